import assert from "node:assert/strict";
import { test } from "node:test";
import { TestArchive, type TestSuite } from "../../../test/support/archive.ts";
import { temporaryDirectory } from "../../../test/support/directories.ts";
import { FaultServer } from "../../../test/support/fault-server.ts";
import { openArchives } from "../../debian/archive/archive.ts";
import { isDistillError } from "../../lib/errors.ts";
import { closeHttp } from "../../lib/http/agent.ts";
import { readSupport } from "./take-support.ts";

const FOLDER = "/usr/share/debian-security-support";

function suiteWith(codename: string, version: string, files: Readonly<Record<string, string>>): TestSuite {
  const named = Object.entries(files).map(([name, text]) => [`${FOLDER}/${name}`, text]);
  const others = { "/usr/bin/check-support-status": "#!", [`${FOLDER}/check-support-status.hook`]: "x y z\n" };
  const entry = { name: "debian-security-support", version, architecture: "all" };
  return { codename, packages: [{ ...entry, files: { ...Object.fromEntries(named), ...others } }] };
}

const TRIXIE = suiteWith("trixie", "1:13+2026.01.04", {
  "security-support.deb13": "binutils limited only for trusted content\n",
  "security-support.deb12": "zoo non-supported 1-1 2025-01-01 as trixie knows it\n",
  "security-support.deb8": "iceweasel limited of a release that distill does not know\n",
});

const BOOKWORM = suiteWith("bookworm", "1:12+2026.06.30", {
  "security-support-ended.deb12": "zoo 1-1 2024-02-03 as bookworm knows it\n",
  "security-support-ended.deb13": "newer 1-1 2024-02-03 not this package's business\n",
  "security-support-limited": "golang.* limited\n",
});

test("the newest release's package has the lists of all; that of an older one counts where its archive is in the cache", async (t) => {
  const archive = await TestArchive.create([TRIXIE, BOOKWORM]);
  const server = await FaultServer.start(archive.directory);
  t.after(async () => {
    await closeHttp();
    await server.close();
    await archive.remove();
  });
  const access = { cacheDirectory: temporaryDirectory(t), policy: { attempts: 1 } };
  const sourcesOf = async (release: string) => archive.sources(server.url, [release]);
  const read = async () => {
    const { items, packages, dated } = await readSupport(sourcesOf, { ...access, refresh: false });
    assert.match(dated, /^20\d\d-\d\d-\d\dT/);
    const said = items.map((item) => {
      assert.ok(item.kind === "support");
      return [item.release, item.source, item.note?.kind, item.note?.text];
    });
    return { said, packages: packages.map(({ place }) => place.split("/").at(-1)) };
  };

  const limited = ["trixie", "binutils", "limited", "only for trusted content"];
  assert.deepEqual(await read(), {
    said: [limited, ["bookworm", "zoo", "ended", "as trixie knows it"]],
    packages: ["debian-security-support_13+2026.01.04_all.deb"],
  });
  assert.deepEqual(server.asked("dists/bookworm"), [], "nobody has asked for bookworm");

  await (await openArchives({ ...access, sources: await sourcesOf("bookworm"), architecture: "amd64" })).index();
  assert.deepEqual(await read(), {
    said: [
      limited,
      ["bookworm", "zoo", "ended", "as bookworm knows it"],
      ["bookworm", "golang.*", "limited", "limited"],
    ],
    packages: ["debian-security-support_13+2026.01.04_all.deb", "debian-security-support_12+2026.06.30_all.deb"],
  });

  const elsewhere = { cacheDirectory: temporaryDirectory(t), policy: { attempts: 1 }, refresh: false };
  server.fault(".deb", { kind: "flip", at: 300 });
  await assert.rejects(readSupport(sourcesOf, elsewhere), (error) => isDistillError(error, "DIGEST_MISMATCH"));
  await server.close();
  await assert.rejects(readSupport(sourcesOf, { ...elsewhere, cacheDirectory: temporaryDirectory(t) }), (error) =>
    isDistillError(error, "NETWORK"),
  );
});
