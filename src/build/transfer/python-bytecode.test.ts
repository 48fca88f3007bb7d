import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryDirectory } from "../../../test/support/directories.ts";
import { unlessTools } from "../../../test/support/tools.ts";
import { digestOf } from "../../lib/digest.ts";
import { bytesContent, readContent } from "../../rootfs/content.ts";
import { wholeTree } from "../../rootfs/diff.ts";
import { Attributer } from "../../rootfs/node.ts";
import { type Owner, UNKNOWN_OWNER } from "../../rootfs/owner.ts";
import { parentOf, pathFromText } from "../../rootfs/path.ts";
import type { Tree } from "../../rootfs/tree.ts";
import { TreeEditor } from "../../rootfs/tree-editor.ts";
import { withBytecodeTimes } from "./python-bytecode.ts";

const STEP: Owner = { kind: "step", stage: "build", line: 3 };
const NOW = 1_700_000_000.25;

interface Given {
  readonly bytes: Uint8Array;
  readonly mtime?: number;
  readonly owner?: Owner;
}

function treeOf(files: Readonly<Record<string, Given>>): Tree {
  const attributer = new Attributer();
  const editor = TreeEditor.empty(attributer.of({ mode: 0o755, owner: UNKNOWN_OWNER }));
  for (const [name, { bytes, mtime = NOW, owner = STEP }] of Object.entries(files)) {
    const path = pathFromText(name);
    editor.makeDirectories(parentOf(path), attributer.of({ mode: 0o755, owner: UNKNOWN_OWNER }));
    const attributes = attributer.of({ mode: 0o644, mtime, owner });
    editor.put(path, { type: "file", attributes, content: bytesContent(bytes), inode: undefined });
  }
  return editor.done();
}

async function written(tree: Tree, name: string, timestamp: number): Promise<Uint8Array> {
  const change = [...withBytecodeTimes(wholeTree(tree), tree, timestamp)].find(({ path }) => path === name);
  return change?.node?.type === "file" ? readContent(change.node.content, 1e6) : assert.fail(`no ${name}`);
}

function compiled({ magic = 3627, flags = 0, time = Math.floor(NOW) } = {}): Buffer {
  const bytes = Buffer.alloc(24, "code....");
  bytes.writeUInt16LE(magic, 0);
  bytes.write("\r\n", 2);
  bytes.writeUInt32LE(flags, 4);
  bytes.writeUInt32LE(time, 8);
  return bytes;
}

const COMPILE =
  "import py_compile, sys; py_compile.compile(sys.argv[1], invalidation_mode=py_compile.PycInvalidationMode.TIMESTAMP)";

const SOURCE = { bytes: Buffer.from("x = 1\n") };
const CACHED = "a/__pycache__/m.cpython-313.pyc";

test("what was compiled from a file with the time of its layer says that time, and nothing else changes", async () => {
  const bytes = compiled();
  const tree = treeOf({ "a/m.py": SOURCE, [CACHED]: { bytes } });
  bytes.writeUInt32LE(77, 8);
  assert.deepEqual(Buffer.from(await written(tree, CACHED, 77)), bytes);
});

test("what does not fit its source, names a hash, or has no source, stays", async () => {
  for (const [bytes, files] of [
    [compiled({ time: 5 }), { "a/m.py": SOURCE }],
    [compiled({ flags: 3 }), { "a/m.py": SOURCE }],
    [compiled(), {}],
    [compiled(), { "a/m.py": { ...SOURCE, mtime: 12 } }],
    [compiled(), { "a/m.py": { ...SOURCE, owner: { kind: "base", digest: digestOf("") } as Owner } }],
    [Buffer.from("short"), { "a/m.py": SOURCE }],
    [Buffer.from("a text that is longer than a header is"), { "a/m.py": SOURCE }],
  ] as const) {
    const tree = treeOf({ ...files, [CACHED]: { bytes } });
    assert.deepEqual(Buffer.from(await written(tree, CACHED, 77)), Buffer.from(bytes));
  }
});

test("Python 2.7 has the time elsewhere, and files beside their sources", async () => {
  const bytes = Buffer.from("\x03\xf3\r\n....more than a header", "latin1");
  bytes.writeUInt32LE(Math.floor(NOW), 4);
  const tree = treeOf({ "a/m.py": SOURCE, "a/m.pyc": { bytes } });
  assert.equal(Buffer.from(await written(tree, "a/m.pyc", 77)).readUInt32LE(4), 77);
});

test("python3 takes what was changed, and not what was not", { skip: unlessTools("python3") }, async (t) => {
  const directory = temporaryDirectory(t);
  const source = join(directory, "m.py");
  writeFileSync(source, "x = 1\n");
  utimesSync(source, NOW, NOW);
  execFileSync("python3", ["-c", COMPILE, source]);
  const cache = join(directory, "__pycache__");
  const name = execFileSync("ls", [cache], { encoding: "utf8" }).trim();
  const path = `__pycache__/${name}`;
  const tree = treeOf({ "m.py": SOURCE, [path]: { bytes: readFileSync(join(cache, name)) } });
  const moved = join(directory, "moved");
  mkdirSync(join(moved, "__pycache__"), { recursive: true });
  writeFileSync(join(moved, "m.py"), "x = 1\n");
  utimesSync(join(moved, "m.py"), 77, 77);
  const isFresh = async (timestamp: number): Promise<boolean> => {
    writeFileSync(join(moved, path), await written(tree, path, timestamp));
    const { stderr } = spawnSync("python3", ["-v", "-c", "import m"], {
      cwd: moved,
      encoding: "utf8",
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: "1" },
    });
    return stderr.includes(`${moved}/${path} matches`);
  };
  assert.deepEqual([await isFresh(77), await isFresh(78)], [true, false]);
});
