import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import fc from "fast-check";
import { unpacked } from "../../../test/support/archives.ts";
import { makeTemporaryDirectory } from "../../../test/support/directories.ts";
import { applied, describeTree, emptyTree, layerBytes } from "../../../test/support/root-trees.ts";
import { archiveOf, bare, type Entry, file } from "../../../test/support/tar.ts";
import { unlessTools } from "../../../test/support/tools.ts";
import { END_OF_ARCHIVE } from "../../formats/tar/writer.ts";
import { isDistillError } from "../../lib/errors.ts";
import { wholeTree } from "../diff.ts";
import type { Tree } from "../tree.ts";

const skip = process.getuid?.() === 0 ? unlessTools("tar", "ldd", "chroot") : "needs root";
const ENVIRONMENT = { env: { ...process.env, LC_ALL: "C" } };

/** A tar that can be run in a chroot: with its libraries, under a name that no archive of this test has. */
const TOOLS = ".tools";
const directory = makeTemporaryDirectory();
const tools = join(directory.path, "tools");

before(() => {
  if (skip !== false) return;
  mkdirSync(tools);
  const tar = execFileSync("sh", ["-c", "command -v tar"], { encoding: "utf8" }).trim();
  const libraries = execFileSync("ldd", [tar], { encoding: "utf8" }).match(/\/\S+/g) ?? [];
  for (const path of [tar, ...libraries]) {
    const name = path.slice(path.lastIndexOf("/") + 1);
    copyFileSync(path, join(tools, /^ld-/.test(name) ? "ld" : name));
  }
});
process.on("exit", () => directory.remove());

/**
 * What GNU tar makes of `base` and an archive, in a chroot there; undefined where it fails. The archive's paths are taken
 * as they are (-P): in a chroot they lead nowhere else.
 */
async function asTarDoes(base: Tree, archive: Uint8Array): Promise<Tree | undefined> {
  const root = join(directory.path, "root");
  rmSync(root, { recursive: true, force: true });
  mkdirSync(root);
  const layer = join(directory.path, "layer.tar");
  writeFileSync(layer, await layerBytes(wholeTree(base)));
  execFileSync("tar", ["-xpf", layer, "--numeric-owner", "-C", root], ENVIRONMENT);
  cpSync(tools, join(root, TOOLS), { recursive: true });
  writeFileSync(join(root, TOOLS, "archive.tar"), archive);
  const inside = `/${TOOLS}`;
  const run = [`${inside}/ld`, "--library-path", inside, `${inside}/tar`];
  const options = ["-xPpf", `${inside}/archive.tar`, "--numeric-owner"];
  const { status } = spawnSync("chroot", [root, ...run, ...options], ENVIRONMENT);
  if (status !== 0) return undefined;
  rmSync(join(root, TOOLS), { recursive: true });
  execFileSync("tar", ["-cf", layer, "--numeric-owner", "--format=posix", "-C", root, "."], ENVIRONMENT);
  return applied(emptyTree(), readFileSync(layer), directory.path);
}

/** Without the times of directories, which tar takes from the clock where the archive does not list them. */
async function comparable(tree: Tree): Promise<Record<string, unknown>> {
  const described = await describeTree(tree);
  for (const entry of Object.values(described) as { type: string; mtime?: number }[]) {
    if (entry.type === "directory") delete entry.mtime;
  }
  return described;
}

/** ".." stands at the beginning only: elsewhere moby takes it as text, as we do, and tar leaves it to the kernel. */
const name = fc.constantFrom("a", "b", "c", "a/x", "a/y", "b/x", "c/x/z", "/a/y", "./b", "../c");
const target = fc.constantFrom("a", "/a", "../a", "b/x", "/b", "../../b", "nowhere", "c");
const common = fc.record({ mode: fc.constantFrom(0o700, 0o755, 0o1777), uid: fc.nat(3), mtime: fc.nat(1000) });

/** Files and their links all have these: moby lets the header of a hard link count for its file, GNU tar does not. */
const OF_FILES = { mode: 0o4755, uid: 2, gid: 3, mtime: 1000 };
const entry: fc.Arbitrary<Entry> = fc.oneof(
  { weight: 3, arbitrary: name.map((path) => file(path, path, OF_FILES)) },
  fc.tuple(name, common).map(([path, parts]) => bare({ path: `${path}/`, type: "directory", ...parts })),
  fc
    .tuple(name, target, common)
    .map(([path, linkname, { uid, mtime }]) => bare({ path, type: "symlink", linkname, mode: 0o777, uid, mtime })),
  fc.tuple(name, name).map(([path, linkname]) => bare({ path, type: "hardlink", linkname, ...OF_FILES })),
);

async function treeAfter(entries: readonly Entry[]): Promise<Tree> {
  const accepted = await acceptable(emptyTree(), entries);
  return accepted.length === 0 ? emptyTree() : (await unpacked(emptyTree(), accepted)).tree;
}

/** Those of the entries that can be unpacked, one after the other: the rest is an error for tar too, or it makes do. */
async function acceptable(base: Tree, entries: readonly Entry[]): Promise<Entry[]> {
  const accepted: Entry[] = [];
  let tree = base;
  for (const each of entries) {
    try {
      tree = (await unpacked(tree, [each])).tree;
      accepted.push(each);
    } catch (error) {
      if (!isDistillError(error)) throw error;
    }
  }
  return accepted;
}

test("an archive is unpacked as GNU tar does it in a chroot, where both can", { skip }, async () => {
  let compared = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(entry, { minLength: 1, maxLength: 4 }),
      fc.array(entry, { minLength: 1, maxLength: 7 }),
      async (first, second) => {
        const base = await treeAfter(first);
        const archive = archiveOf(await acceptable(base, second));
        if (archive.length === END_OF_ARCHIVE.length) return;
        const theirs = await asTarDoes(base, archive);
        if (theirs === undefined) return;
        assert.deepEqual(await comparable((await unpacked(base, archive)).tree), await comparable(theirs));
        compared++;
      },
    ),
    { numRuns: 100 },
  );
  assert.ok(compared >= 25, `only ${compared} of 100 were compared`);
});
