import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { gzipSync } from "node:zlib";
import { makeTar, type TestFile } from "../../../test/support/deb-writer.ts";
import { temporaryDirectory } from "../../../test/support/directories.ts";
import { digestOf } from "../../lib/digest.ts";
import { DistillError } from "../../lib/errors.ts";
import { BackingFile } from "../../rootfs/content.ts";
import { readMembers } from "../packages/payload.ts";
import type { ChosenPackage } from "../record.ts";
import { changesBetween } from "./lock-changes.ts";
import { type ChangelogFiles, type SourceFixes, sourceFixes } from "./source-fixes.ts";

const CHANGELOG = gzipSync(`lib (2) trixie-security; urgency=high

  * CVE-2026-1111. Closes: #7

 -- A <a@example.org>  Sat, 21 Nov 2026 10:00:00 +0000

lib (1) unstable; urgency=low

  * Closes: #6

 -- A <a@example.org>  Fri, 20 Nov 2026 10:00:00 +0000
`);

const FIXED = { source: "lib", from: "1", to: "2", cves: ["CVE-2026-1111"], closes: [7], security: true };

type Files = Readonly<Record<string, TestFile>>;

/** What is told when these packages, all of the source lib, go from version 1 to 2. */
async function fixesOf(t: TestContext, packages: Readonly<Record<string, Files>>): Promise<readonly SourceFixes[]> {
  const section = (version: string) => ({
    ...{ asked: {}, archives: [] },
    packages: Object.keys(packages).map(
      (name): ChosenPackage => ({
        ...{ name, version, architecture: "amd64", source: { name: "lib", version }, archive: 0, filename: "x" },
        ...{ size: 1, digest: digestOf(`${name} ${version}`), tiers: [], ignored: [] },
      }),
    ),
  });
  const [before, now] = [section("1"), section("2")];
  return sourceFixes(changesBetween(before, now), now.packages, async ({ name }): Promise<ChangelogFiles> => {
    const files = packages[name] as Files;
    if ("missing" in files) throw new DistillError("OFFLINE", "not in the cache: it");
    const path = join(temporaryDirectory(t), "data.tar");
    writeFileSync(path, makeTar(Object.entries(files)));
    const data = new BackingFile(path);
    t.after(() => data.close());
    return { data, members: await readMembers(data) };
  });
}

test("what a source's changelog says is told once, of whichever package has one", async (t) => {
  const doc = "/usr/share/doc";
  assert.deepEqual(await fixesOf(t, { lib: { [`${doc}/lib/changelog.Debian.gz`]: CHANGELOG }, "lib-bin": {} }), [
    FIXED,
  ]);
  assert.deepEqual(await fixesOf(t, { a: {}, lib: { [`${doc}/lib/changelog.gz`]: CHANGELOG } }), [FIXED]);
});

test("documentation may lie in another package", async (t) => {
  const common = { "/usr/share/doc/common/changelog.Debian.gz": CHANGELOG };
  assert.deepEqual(await fixesOf(t, { a: { "/usr/share/doc/a": { link: "common" } }, common }), [FIXED]);
  const link = { link: "../common/changelog.Debian.gz" };
  assert.deepEqual(await fixesOf(t, { a: { "/usr/share/doc/a/changelog.Debian.gz": link }, common }), [FIXED]);
});

test("a changelog that is missing, damaged, too large or leads in a circle is no failure: it is told", async (t) => {
  const only = async (files: Files): Promise<string> => {
    const [fixes] = await fixesOf(t, { lib: files });
    assert.ok(fixes !== undefined && "unknown" in fixes, JSON.stringify(fixes));
    return fixes.unknown;
  };
  const path = "/usr/share/doc/lib/changelog.Debian.gz";
  assert.match(await only({}), /^lib has no changelog$/);
  assert.match(await only({ missing: "" }), /not in the cache/);
  assert.match(await only({ [path]: "no gzip" }), /gzip stream is damaged/);
  assert.match(await only({ [path]: gzipSync("x".repeat(1_000_000)) }), /longer than/);
  assert.match(await only({ [path]: gzipSync("\n".repeat(17 * 1024 * 1024)) }), /larger than/);
  assert.match(await only({ [path]: { link: "changelog.Debian.gz" } }), /no changelog/);
  assert.match(await only({ [path]: { link: "../../../../../../etc/passwd" } }), /no changelog/);
});
