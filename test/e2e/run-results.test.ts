import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { makeTemporaryDirectory } from "../support/directories.ts";
import { compilePrograms, type Programs, RunScene, unlessRun } from "../support/run-scene.ts";

const BASE = "FROM scratch\nCOPY mischief /\n";

describe("what a program leaves that is hard to read back", { skip: unlessRun() }, () => {
  const shared = makeTemporaryDirectory();
  let programs: Programs;

  before(async () => {
    programs = await compilePrograms(shared.path);
  });

  after(() => shared.remove());

  it("a sparse file of 1 TiB is refused before its holes are read", async (test) => {
    const scene = RunScene.open(test, programs);
    const { status, stderr } = await scene.build(`${BASE}RUN ["/mischief", "sparse"]\n`, "util-linux");
    assert.equal(status, 2, stderr);
    assert.match(stderr, /with 1099511627776 bytes of "\.\/sparse".*\n(?:.*\n)*.*LIMIT_EXCEEDED/);
    await scene.mustBeClean();
  });

  it("names, kinds and depths of every sort come through, and the next program finds them", async (test) => {
    const scene = RunScene.open(test, programs);
    const again = '["/mischief", "directory", "/names/deep/more"]';
    const { status, stderr } = await scene.build(`${BASE}RUN ["/mischief", "names"]\nRUN ${again}\n`, "util-linux");
    assert.equal(status, 0, stderr);
    await scene.mustBeClean();
  });

  it("marks of overlays that a program sets hide nothing from the next one", async (test) => {
    const scene = RunScene.open(test, programs);
    const lines = 'COPY mischief /base/program\nRUN ["/mischief", "marks"]\nRUN ["/base/program", "show"]\n';
    const { status, stderr } = await scene.build(`${BASE}${lines}`, "util-linux");
    assert.equal(status, 0, stderr);
    await scene.mustBeClean();
  });

  it("a name that means a removal in layers is refused by its name", async (test) => {
    const scene = RunScene.open(test, programs);
    const { status, stderr } = await scene.build(`${BASE}RUN ["/mischief", "directory", "/.wh.x"]\n`, "util-linux");
    assert.equal(status, 2, stderr);
    assert.match(stderr, /\/\.wh\.x cannot be put into a layer/);
    await scene.mustBeClean();
  });
});
