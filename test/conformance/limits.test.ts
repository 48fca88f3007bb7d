import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { bytesContent } from "../../src/rootfs/content.ts";
import { wholeTree } from "../../src/rootfs/diff.ts";
import { Attributer } from "../../src/rootfs/node.ts";
import { UNKNOWN_OWNER } from "../../src/rootfs/owner.ts";
import { pathFromText, ROOT } from "../../src/rootfs/path.ts";
import type { Tree } from "../../src/rootfs/tree.ts";
import { TreeEditor } from "../../src/rootfs/tree-editor.ts";
import { makeCgroup } from "../../src/sandbox/cgroup/cgroup.ts";
import { readHierarchies, upwards } from "../../src/sandbox/cgroup/hierarchies.ts";
import { openSandbox } from "../../src/sandbox/choose.ts";
import type { ExecutorName } from "../../src/sandbox/executors/executor.ts";
import { findTargets } from "../../src/sandbox/root/targets.ts";
import { Store } from "../../src/store/store.ts";
import { compileC } from "../support/compiled.ts";
import { makeTemporaryDirectory } from "../support/directories.ts";
import { unlessTools } from "../support/tools.ts";

const LIMITS = { memory: 32 * 2 ** 20, cpus: 2 };

describe("limits of a RUN", { skip: unlessLimits() || unlessTools("gcc", "tar") }, () => {
  const directory = makeTemporaryDirectory();
  after(() => directory.remove());
  let tree: Tree;
  before(async () => {
    const program = readFileSync(await compileC("hog.c", directory.path, "-static"));
    const attributes = new Attributer().of({ mode: 0o755, owner: UNKNOWN_OWNER });
    const editor = TreeEditor.empty(attributes);
    editor.put(pathFromText("/hog"), { type: "file", attributes, content: bytesContent(program), inode: undefined });
    tree = editor.done();
  });

  for (const name of ["crun", "runc", "util-linux"] as const) {
    test(`hold under ${name}, are told when they are met, and go`, {
      skip: unlessTools(...toolsOf(name)),
    }, async () => {
      assert.deepEqual(await run(name, 8), { status: 0, output: "" });
      const { status, output } = await run(name, 256);
      assert.notEqual(status, 0);
      assert.match(output, /came to the limit of --memory\n$/);
      assert.deepEqual(groupsLeft(), []);
    });
  }

  async function run(name: ExecutorName, size: number): Promise<{ readonly status: number; readonly output: string }> {
    const store = Store.open(join(directory.path, "store"));
    try {
      await using lease = store.lease("test");
      const sandbox = openSandbox(store, name, LIMITS);
      const [lower, upper] = [store.draftSnapshot(lease), store.draftSnapshot(lease)];
      await sandbox.files.unpack(wholeTree(tree), lower, undefined);
      let output = "";
      const status = await sandbox.run(
        {
          ...{ lowers: [lower.directory], upper, environment: [], directory: ROOT, signal: undefined, mounts: [] },
          ...{ user: { uid: 0, gid: 0, groups: [] }, hostname: "localhost", network: "none" },
          arguments: ["/hog", String(size)],
          stubs: findTargets(tree, []).stubs,
          onOutput: (chunk) => {
            output += chunk.toString("utf8");
          },
        },
        lease,
      );
      return { status, output };
    } finally {
      await store.close();
    }
  }
});

function toolsOf(name: ExecutorName): readonly string[] {
  return ["unshare", "setpriv", ...(name === "util-linux" ? [] : [name])];
}

function groupsLeft(): readonly string[] {
  const places = new Set(readHierarchies().flatMap(upwards));
  return [...places].flatMap((place) =>
    readdirSync(place).filter((each) => each.startsWith(`distill-${process.pid}-`)),
  );
}

function unlessLimits(): false | string {
  if (process.getuid?.() !== 0) return "needs root";
  try {
    void makeCgroup(LIMITS).remove();
    return false;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
