import assert from "node:assert/strict";
import { type ChildProcess, execFileSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { mustDistill } from "../support/cli.ts";
import {
  NEWER_DEMO,
  ORDINARY,
  openTo,
  printedDigest,
  stage,
  suiteWith,
  USER,
  unlessOrdinaryUser,
  versionIn,
} from "../support/lock-stage.ts";
import { unlessMirror } from "../support/mirror.ts";
import { randomNumbers } from "../support/random.ts";
import { Scene } from "../support/scene.ts";

const noMirror = await unlessMirror();

describe("two machines with one lock", { skip: unlessOrdinaryUser() }, () => {
  const ELSEWHERE = { TZ: "Asia/Kathmandu", LANG: "tr_TR.UTF-8", LC_ALL: "tr_TR.UTF-8", UV_THREADPOOL_SIZE: "1" };
  const PRIVATE = ["sh", "-c", 'umask 077; exec "$@"', "sh"];
  let directory: string;

  before(() => {
    directory = mkdtempSync(join(tmpdir(), "distill-machines-"));
    chmodSync(directory, 0o755);
  });

  after(() => rmSync(directory, { recursive: true }));

  it("make the same image, though the archive has moved on", async (test) => {
    const { archive, scene, app } = await stage(test);
    const first = printedDigest(await scene.must(["build", app]));
    await archive.publish(suiteWith(NEWER_DEMO));
    const other = await Scene.open(test, archive);
    openTo(other);
    const copy = join(directory, "copy");
    cpSync(app, copy, { recursive: true });
    execFileSync("chmod", ["-R", "a+rX", copy]);
    const env = { ...ELSEWHERE, TMPDIR: other.directory, HOME: other.directory };
    const run = await other.must(["build", copy], { env, through: [...PRIVATE, ...ORDINARY], cwd: "/" });
    assert.equal(printedDigest(run), first);
  });

  it("make the same image from Debian's own archive", { skip: noMirror }, async () => {
    const wanted = /^DISTILL_DEBIAN_|_proxy$/i;
    const mirror = Object.fromEntries(Object.entries(process.env).filter(([name]) => wanted.test(name)));
    const app = join(directory, "flask");
    cpSync(resolve(import.meta.dirname, "../../examples/flask-debian"), app, { recursive: true });
    rmSync(join(app, "distill.lock"), { force: true });
    const one = { ...mirror, DISTILL_HOME: join(directory, "one") };
    const probe = await mustDistill(["build", app], { env: one });
    const home = join(directory, "two");
    mkdirSync(join(home, "tmp"), { recursive: true });
    for (const path of [home, join(home, "tmp")]) chownSync(path, USER, USER);
    execFileSync("chmod", ["-R", "a+rX", app]);
    const env = { ...mirror, ...ELSEWHERE, HOME: home, TMPDIR: join(home, "tmp"), DISTILL_HOME: undefined };
    const run = await mustDistill(["build", app, "--locked"], { env, through: [...PRIVATE, ...ORDINARY] });
    assert.equal(printedDigest(run), printedDigest(probe));
    assert.ok(readdirSync(join(home, ".cache/distill")).includes("debs"));
    assert.ok(!existsSync(join(home, ".cache/distill/releases")), "no release was asked for");
    appendFileSync(join(app, "distill.lock"), "\n");
    assert.equal(printedDigest(await mustDistill(["build", app, "--offline"], { env: one })), printedDigest(probe));
  });
});

describe("a kill", () => {
  it("at any moment leaves the old lock or the new one, whole", async (test) => {
    const { archive, scene, app, lock } = await stage(test);
    const whole = await scene.must(["build", app]);
    const texts = new Set([readFileSync(lock, "utf8")]);
    const random = randomNumbers(20261125);
    for (let round = 0; round < 5; round++) {
      const version = `2.0-${round}`;
      await archive.publish(suiteWith({ ...NEWER_DEMO, version }));
      const onStart = (child: ChildProcess): void => {
        void sleep(whole.milliseconds * (0.4 + random())).then(() => child.kill("SIGKILL"));
      };
      await scene.run(["build", app, "--update"], { onStart });
      const text = readFileSync(lock, "utf8");
      assert.ok(texts.has(text) || versionIn(lock, "demo") === version, text);
      assert.ok(text.endsWith("}\n"));
      texts.add(text);
      await scene.must(["build", app, "--locked"]);
    }
  });
});
