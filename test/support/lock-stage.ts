import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { gzipSync } from "node:zlib";
import { TestArchive, type TestSuite } from "./archive.ts";
import { type CliRun, MAIN, NODE } from "./cli.ts";
import type { TestPackage } from "./deb-writer.ts";
import { Scene } from "./scene.ts";
import { removeApp, smallSuite, writeApp } from "./small-archive.ts";
import { unlessTools } from "./tools.ts";

/** Dates of what is published first. */
export const OLD = new Date(Date.now() - 3 * 24 * 60 * 60 * 1000);

/** An ordinary user: nobody. */
export const USER = 65534;
/** Hands over to an ordinary user. */
export const ORDINARY = ["setpriv", `--reuid=${USER}`, `--regid=${USER}`, "--clear-groups"];

/** For a test's `skip` option. */
export function unlessOrdinaryUser(): false | string {
  const missing = unlessTools("setpriv");
  if (missing !== false) return missing;
  if (process.getuid?.() !== 0) return "needs root to become an ordinary user";
  const [file = "", ...args] = [...ORDINARY, NODE, "--eval", `require("fs").accessSync(${JSON.stringify(MAIN)})`];
  return spawnSync(file, args).status === 0 ? false : "needs a checkout that ordinary users can read";
}

/** An archive of one test's own, with a scene for it and an app. */
export interface Stage {
  readonly archive: TestArchive;
  readonly scene: Scene;
  readonly app: string;
  readonly lock: string;
}

/** Opens a stage that everybody can read; it goes with the test. */
export async function stage(test: TestContext): Promise<Stage> {
  const archive = await TestArchive.create([smallSuite({ date: OLD })]);
  const app = await writeApp();
  for (const directory of [archive.directory, app]) chmodSync(directory, 0o755);
  test.after(async () => {
    await archive.remove();
    await removeApp(app);
  });
  return { archive, scene: await Scene.open(test, archive), app, lock: join(app, "distill.lock") };
}

/** The small suite with some packages replaced or added. */
export function suiteWith(...changed: readonly TestPackage[]): TestSuite {
  const names = new Set(changed.map(({ name }) => name));
  const kept = (smallSuite().packages ?? []).filter(({ name }) => !names.has(name));
  return { packages: [...kept, ...changed] };
}

const CHANGELOG = `demo (2.0-1) trixie-security; urgency=high

  * Fix an overflow (CVE-2026-1234). Closes: #900001, #900002

 -- Tests <tests@example.org>  Sat, 21 Nov 2026 10:00:00 +0000

demo (1.0-1) unstable; urgency=low

  * CVE-2020-1 was never ours. Closes: #1

 -- Tests <tests@example.org>  Thu, 01 Jan 2026 10:00:00 +0000
`;

/** A later version of a package of the small suite, with a changelog. */
export const NEWER_DEMO: TestPackage = {
  name: "demo",
  version: "2.0-1",
  fields: { Depends: "demo-common (>= 1.0)" },
  files: {
    "/usr/share/demo/words": "newer\n",
    "/usr/share/doc/demo/changelog.Debian.gz": gzipSync(CHANGELOG),
  },
};

/** The digest that a run printed. */
export function printedDigest({ stdout }: CliRun): string {
  assert.match(stdout, /^sha256:[0-9a-f]{64}\n$/);
  return stdout.trimEnd();
}

/** The version of a package in a lock file. */
export function versionIn(lock: string, name: string): string | undefined {
  return new RegExp(`"name":"${name}","version":"([^"]+)"`).exec(readFileSync(lock, "utf8"))?.[1];
}

/** Makes the scene's directories those of the ordinary user. */
export function openTo(scene: Scene): void {
  mkdirSync(scene.home);
  for (const path of [join(scene.home, ".."), scene.home, scene.directory]) chownSync(path, USER, USER);
}
