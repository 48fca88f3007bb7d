import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { it, type TestContext } from "node:test";
import { applyCaptured, capture } from "../../src/build/run/captured.ts";
import { BackingFile, readContent } from "../../src/rootfs/content.ts";
import { wholeTree } from "../../src/rootfs/diff.ts";
import { UNKNOWN_OWNER } from "../../src/rootfs/owner.ts";
import type { Tree } from "../../src/rootfs/tree.ts";
import { quoted } from "../../src/sandbox/shell.ts";
import { TreeFiles } from "../../src/sandbox/trees.ts";
import { Store } from "../../src/store/store.ts";
import { temporaryDirectory } from "../support/directories.ts";
import { diskTree } from "../support/disk-tree.ts";
import { randomNumbers } from "../support/random.ts";
import { describeTree, treeOf } from "../support/root-trees.ts";
import { unlessRun } from "../support/run-scene.ts";

/** Few names, so that they meet. */
const NAMES = ["a", "b", "c", "a/b", "a/c", "b/a", "b/c", "a/b/c", "c/a/b", "line\nbreak", "-n", "a/\xe9"];

/** What files and links are, without times, of which directories of an overlay have others, and without which are hard links. */
async function seen(tree: Tree): Promise<unknown> {
  const described = (await describeTree(tree)) as Record<string, Record<string, unknown>>;
  return Object.fromEntries(Object.entries(described).map(([path, { mtime: _, links: __, ...rest }]) => [path, rest]));
}

/** A line of sh(1) that changes something, or fails. */
function change(random: () => number): string {
  const name = (): string => `./${NAMES[Math.floor(random() * NAMES.length)]}`;
  const [first, second] = [quoted(name()), quoted(name())];
  const lines = [
    ...[`rm -rf ${first}`, `mkdir -p ${first}`, `echo ${second} > ${first}`, `mv -T ${first} ${second}`],
    ...[
      `ln ${first} ${second}`,
      `ln -s ${first} ${second}`,
      `chmod 0700 ${first}`,
      `true >> ${first}`,
      `chown 7:8 ${first}`,
    ],
    `rm -rf ${first} && mkdir -p ${first} && echo new > ${first}/b`,
    `cp -a ${first} ${second}`,
  ];
  return lines[Math.floor(random() * lines.length)] as string;
}

async function round(t: TestContext, seed: number): Promise<void> {
  const random = randomNumbers(seed);
  const directory = temporaryDirectory(t);
  const store = Store.open(join(directory, "store"));
  t.after(() => store.close());
  await using lease = store.lease("test");
  const files = new TreeFiles(store, { kind: "root" });
  const chosen = ["a/b/c", "a/c", "b/a", "b/c", "c", "line\nbreak"].filter(() => random() < 0.7);
  const lower = treeOf(Object.fromEntries(chosen.map((name) => [name, `lower ${name}`])));
  const [below, above] = [store.draftSnapshot(lease), store.draftSnapshot(lease)];
  await files.unpack(wholeTree(lower), below, undefined);
  const [merged, copy] = [join(directory, "merged"), join(directory, "copy")];
  mkdirSync(merged);
  const at = (path: string): string => join(store.snapshotsDirectory, path);
  const options = `lowerdir=${at(below.directory)},upperdir=${at(above.directory)},workdir=${above.workDirectory}`;
  const changes = Array.from({ length: 12 }, () => `{ ${change(random)}; } 2>/dev/null || :`);
  const script = [
    `mount -t overlay -o ${options},redirect_dir=off,metacopy=off,index=off overlay ${merged}`,
    ...[`cd ${merged}`, ...changes, "cd /", `cp -a ${merged} ${copy}`],
  ];
  const { status, stderr } = spawnSync("unshare", ["-m", "sh", "-c", `set -e\n${script.join("\n")}`], {
    encoding: "latin1",
  });
  assert.equal(status, 0, stderr);

  const captured = await capture(lease, files.pack(above, undefined));
  const archive = new BackingFile(store.blobPath(captured.archive));
  const list = new BackingFile(store.blobPath(captured.digests));
  const size = store.blob(captured.digests)?.size ?? 0;
  const digests = await readContent(list.range(0, size), size);
  const { tree } = await applyCaptured(
    lower,
    { archive, digests },
    { owner: UNKNOWN_OWNER, keepsOwners: false, stubs: [] },
  );
  assert.deepEqual(await seen(tree), await seen(diskTree(copy)), `seed ${seed}:\n${changes.join("\n")}`);
  await archive.close();
  await list.close();
}

const ROUNDS = Number(process.env.DISTILL_TEST_OVERLAYS ?? 25);

it(`what ${ROUNDS} random programs left in an overlay is what the kernel shows`, { skip: unlessRun() }, async (t) => {
  for (let seed = 1; seed <= ROUNDS; seed++) await round(t, seed);
});
