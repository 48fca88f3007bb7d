import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { ORDINARY, openTo, printedDigest, stage, unlessOrdinaryUser } from "../support/lock-stage.ts";

describe("a lock that is not right", () => {
  it("is refused with the line, before anything is done", async (test) => {
    const { scene, app, lock } = await stage(test);
    await scene.must(["build", app]);
    const text = readFileSync(lock, "utf8");
    const asked = scene.server.requests.length;
    const refused = async (changed: string, code: string, says: readonly (string | RegExp)[]) => {
      writeFileSync(lock, changed);
      await scene.refuses(["build", app], { status: 2, code, says });
      assert.equal(readFileSync(lock, "utf8"), changed);
    };
    await refused(`${text.slice(0, -2)}<<<<<<< ours\n${text}`, "CONFIG_INVALID", [/distill\.lock:\d+:1: a merge/]);
    await refused(text.replace('"size":', '"sise":'), "CONFIG_INVALID", [/distill\.lock:18:\d+: there is no such key/]);
    await refused(text.slice(0, 900), "CONFIG_INVALID", [/distill\.lock:\d+:\d+: .*the file ends/]);
    await refused(text.replace('"lockVersion": 1', '"lockVersion": 2'), "UNSUPPORTED", ["lockVersion 2"]);
    await refused(text.replace("pool/main/d", "../main/d"), "CONFIG_INVALID", ["leaves the archive"]);
    assert.equal(scene.server.requests.length, asked);
  });

  it("is refused where its packages are not what it says, or do not belong together", async (test) => {
    const { scene, app, lock } = await stage(test);
    await scene.must(["build", app]);
    const text = readFileSync(lock, "utf8");
    rmSync(join(scene.home, "store"), { recursive: true });
    writeFileSync(lock, text.replace('"name":"extra-1","version":"1.0-1"', '"name":"extra-1","version":"9.0-1"'));
    await scene.refuses(["build", app], {
      status: 2,
      code: "CONFIG_INVALID",
      says: ["extra-1 9.0-1", "extra-1 1.0-1"],
    });
    writeFileSync(lock, text.replace(/.*"name":"demo-data".*\n/, ""));
    await scene.refuses(["build", app], { status: 2, code: "CONFIG_INVALID", says: ["demo-data", "distill.lock"] });
  });

  it("or is missing fails under --locked; flags that contradict each other are refused", async (test) => {
    const { scene, app, lock } = await stage(test);
    const missing = { status: 2, code: "CONFIG_INVALID", says: ["there is no lock file", "distill.lock", "--locked"] };
    await scene.refuses(["build", app, "--locked"], missing);
    assert.ok(!existsSync(lock));
    await scene.refuses(["build", app, "--locked", "--update"], { status: 2, code: "USAGE", says: ["--update"] });
    for (const flag of ["--locked", "--update"]) {
      await scene.refuses(["compose", "static", flag], { status: 2, code: "USAGE", says: ["--lock FILE"] });
    }
    const nowhere = join(app, "none/my.lock");
    await scene.refuses(["compose", "static", "--lock", nowhere], { status: 2, code: "NO_SUCH_PATH", says: [nowhere] });
    assert.deepEqual(scene.server.requests, []);
    const own = join(app, "my.lock");
    const first = await scene.must(["compose", "static", "--lock", own]);
    assert.equal(
      printedDigest(await scene.must(["compose", "static", "--lock", own, "--locked"])),
      printedDigest(first),
    );
  });

  it("that cannot be written beside the build file is a warning", { skip: unlessOrdinaryUser() }, async (test) => {
    const { scene, app, lock } = await stage(test);
    openTo(scene);
    const run = await scene.must(["build", app], { through: ORDINARY });
    assert.match(run.stderr, /^warning: this build is not locked: .*distill\.lock/m);
    assert.ok(!existsSync(lock));
  });
});
