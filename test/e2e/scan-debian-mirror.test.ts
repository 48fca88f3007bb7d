import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { gzipSync } from "node:zlib";
import { TestArchive, type TestSuite } from "../support/archive.ts";
import { BlackHole } from "../support/black-hole.ts";
import { mustDistill } from "../support/cli.ts";
import { temporaryDirectory } from "../support/directories.ts";
import { FaultServer } from "../support/fault-server.ts";

const OS_RELEASE = 'ID=debian\nVERSION_ID="13"\nVERSION_CODENAME=trixie\nPRETTY_NAME="Debian GNU/Linux 13 (trixie)"\n';

function installed(name: string, version: string, further = ""): string {
  return `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\n${further}Version: ${version}\n\n`;
}

const STATUS =
  installed("libdemo1", "1-1+b2", "Source: demo (1-1)\n") +
  installed("libdemo-dev", "1-1", "Source: demo\n") +
  installed("steady", "5-1") +
  installed("foreign", "7");

const CHANGELOG = gzipSync(
  ["1-1+deb13u1", "1-1"]
    .map(
      (version) =>
        `demo (${version}) trixie-security; urgency=high\n\n  * CVE-2026-${version.length}000\n\n -- A <a@b.c>  Sat, 21 Nov 2026 10:00:00 +0000\n\n`,
    )
    .join(""),
);

const SUITES: readonly TestSuite[] = [
  {
    packages: [
      { name: "libdemo1", version: "1-1+b2", fields: { Source: "demo (1-1)" } },
      { name: "steady", version: "5-1" },
      {
        name: "debian-security-support",
        files: {
          "/usr/share/debian-security-support/security-support.deb13": "steady limited for trusted content only\n",
        },
      },
    ],
  },
  {
    codename: "trixie-security",
    packages: [
      {
        name: "libdemo1",
        version: "1-1+deb13u1",
        fields: { Source: "demo" },
        files: { "/usr/share/doc/libdemo1/changelog.Debian.gz": CHANGELOG },
      },
    ],
  },
];

/** An image with a dpkg database, an archive of Debian's, and nothing else that answers. */
async function scene(t: TestContext) {
  const archive = await TestArchive.create(SUITES);
  const server = await FaultServer.start(archive.directory);
  const hole = await BlackHole.open();
  t.after(async () => {
    await hole.close();
    await server.close();
    await archive.remove();
  });
  const context = temporaryDirectory(t);
  mkdirSync(join(context, "root/etc"), { recursive: true });
  mkdirSync(join(context, "root/var/lib/dpkg"), { recursive: true });
  writeFileSync(join(context, "root/etc/os-release"), OS_RELEASE);
  writeFileSync(join(context, "root/var/lib/dpkg/status"), STATUS);
  writeFileSync(join(context, "Dockerfile"), "FROM scratch\nCOPY root/ /\n");
  const env = {
    ...archive.environment(server.url),
    DISTILL_ADVISORY_MIRROR: `http://127.0.0.1:${hole.port}`,
    DISTILL_HOME: temporaryDirectory(t),
  };
  await mustDistill(["build", context, "-t", "old:1"], { env });
  return { server, env };
}

/** How long ago data was seen is left out, and so is the width of that column. */
function withoutAges(text: string): readonly string[] {
  return text.split("\n").map((line) => line.replace(/ +(?:just now|\d+ \w+ ago)/g, "").trimEnd());
}

interface Shown {
  readonly level: string;
  readonly packages: readonly { readonly name: string; readonly level: string; readonly newer: string | null }[];
  readonly findings: readonly { readonly id: string; readonly fixed: string }[];
}

test("where only Debian's mirror answers a scan says fixes-only, waits once, and later asks nobody", async (t) => {
  const { server, env } = await scene(t);
  const first = await mustDistill(["scan", "old:1"], { env });
  assert.match(first.stdout, /fixes-only/);
  assert.match(first.stdout, /open: unknown/);
  assert.match(first.stdout, /not assessed/);
  const shown = await mustDistill(["scan", "old:1", "--format", "json"], { env });
  const { level, packages, findings } = JSON.parse(shown.stdout) as Shown;
  assert.equal(level, "fixes-only");
  assert.deepEqual(
    packages.map((each) => [each.name, each.level]),
    [
      ["foreign", "none"],
      ["libdemo-dev", "fixes-only"],
      ["libdemo1", "fixes-only"],
      ["steady", "fixes-only"],
    ],
  );
  assert.deepEqual(
    findings.map(({ id, fixed }) => [id, fixed]),
    Array(2).fill(["CVE-2026-11000", "1-1+deb13u1"]),
  );

  server.requests.length = 0;
  const warm = await mustDistill(["scan", "old:1"], { env });
  assert.deepEqual(withoutAges(warm.stdout), withoutAges(first.stdout));
  assert.deepEqual(server.requests, []);
  assert.ok(warm.milliseconds < first.milliseconds - 2000, `${warm.milliseconds} of ${first.milliseconds} ms`);

  // Again with the network cut, from what the first run has kept.
  await server.close();
  const offline = await mustDistill(["scan", "old:1", "--offline"], { env });
  assert.deepEqual(withoutAges(offline.stdout), withoutAges(first.stdout));
});
