import assert from "node:assert/strict";
import { chmodSync, lutimesSync, mkdirSync, renameSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { temporaryDirectory } from "../../../test/support/directories.ts";
import { symlinkNode, treeOf } from "../../../test/support/root-trees.ts";
import { type ErrorCode, isDistillError } from "../../lib/errors.ts";
import type { CopyStep } from "../../plan/plan.ts";
import { readContent } from "../../rootfs/content.ts";
import { diffTrees } from "../../rootfs/diff.ts";
import type { Node } from "../../rootfs/node.ts";
import { textOfBytes } from "../../rootfs/path.ts";
import type { Tree } from "../../rootfs/tree.ts";
import { BuildContext, type ContextSource } from "../context/build-context.ts";
import { copyInto, fingerprint } from "./copy.ts";

/** A small usr-merged image. */
const IMAGE: Parameters<typeof treeOf>[0] = {
  bin: symlinkNode("usr/bin"),
  "usr/bin/python3": "python",
  run: undefined,
  "var/run": symlinkNode("/run"),
  "etc/hosts": "hosts",
  "etc/alternatives/editor": symlinkNode("/usr/bin/vi"),
  "opt/out": symlinkNode("../../../../etc"),
  "opt/dangling": symlinkNode("/data/here"),
  "srv/x/kept": "kept",
};

/** A context with app/{main.py,run.sh,lib/util.py,link}, a.txt and b.txt. */
function makeContext(t: TestContext): string {
  const directory = temporaryDirectory(t);
  mkdirSync(join(directory, "app/lib"), { recursive: true });
  for (const name of ["a.txt", "b.txt", "app/main.py", "app/run.sh", "app/lib/util.py"]) {
    writeFileSync(join(directory, name), name);
  }
  chmodSync(join(directory, "app/run.sh"), 0o755);
  symlinkSync("main.py", join(directory, "app/link"));
  return directory;
}

async function readAll(t: TestContext, directory: string, ...sources: readonly string[]): Promise<ContextSource[]> {
  const context = BuildContext.open(directory);
  t.after(() => context.close());
  return Promise.all(sources.map((source) => context.read(source)));
}

function step(destination: string, mode?: number): CopyStep {
  return { kind: "copy", text: "copy", sources: [], destination, owner: undefined, mode };
}

async function describe(node: Node | undefined): Promise<string> {
  if (node === undefined) return "removed";
  const { mode, uid, gid } = node.attributes;
  const owner = uid === 0 && gid === 0 ? "" : ` ${uid}:${gid}`;
  if (node.type === "symlink") return `>${node.target}${owner}`;
  if (node.type === "directory") return `${mode.toString(8)}${owner}`;
  assert.ok(node.type === "file");
  return `${Buffer.from(await readContent(node.content, 1000))} ${mode.toString(8)}${owner}`;
}

/** What is new or different; a layer also lists the directories above, which stay as they are. */
async function changes(before: Tree, after: Tree): Promise<Record<string, string>> {
  const all: Record<string, string> = {};
  for (const { path, node } of diffTrees(before, after)) {
    const present = before.get(path);
    if (node?.type === "directory" && present?.type === "directory") assert.equal(node.attributes, present.attributes);
    else all[textOfBytes(path)] = await describe(node);
  }
  return all;
}

interface Case {
  readonly name: string;
  readonly from: readonly string[];
  readonly to: string;
  /** What the layer holds. */
  readonly gives?: Readonly<Record<string, string>>;
  readonly refused?: readonly [code: ErrorCode, message: RegExp];
}

const APP = {
  lib: "755",
  "lib/util.py": "app/lib/util.py 644",
  link: ">main.py",
  "main.py": "app/main.py 644",
  "run.sh": "app/run.sh 755",
};

function below(prefix: string, entries: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(entries).map(([name, value]) => [`${prefix}/${name}`, value]));
}

const CASES: readonly Case[] = [
  { name: "a file to a new name", from: ["a.txt"], to: "/etc/new", gives: { "etc/new": "a.txt 644" } },
  { name: "a file over a file", from: ["a.txt"], to: "/etc/hosts", gives: { "etc/hosts": "a.txt 644" } },
  {
    name: "a file into missing directories",
    from: ["a.txt"],
    to: "/data/x/y",
    gives: { data: "755", "data/x": "755", "data/x/y": "a.txt 644" },
  },
  { name: "a file into a directory that is there", from: ["a.txt"], to: "/etc", gives: { "etc/a.txt": "a.txt 644" } },
  {
    name: "a file into a directory that a slash asks for",
    from: ["app/main.py"],
    to: "/data/",
    gives: { data: "755", "data/main.py": "app/main.py 644" },
  },
  { name: "a file into the root", from: ["a.txt"], to: "/", gives: { "a.txt": "a.txt 644" } },
  {
    name: "several files, into a directory even without a slash",
    from: ["a.txt", "b.txt"],
    to: "/data",
    gives: { data: "755", "data/a.txt": "a.txt 644", "data/b.txt": "b.txt 644" },
  },
  {
    name: "what lies in a directory",
    from: ["app"],
    to: "/srv/new",
    gives: { "srv/new": "755", ...below("srv/new", APP) },
  },
  { name: "a directory with a slash", from: ["app/"], to: "/srv/x/", gives: below("srv/x", APP) },
  { name: "a directory into the root", from: ["app"], to: "/", gives: APP },
  {
    name: "a directory and a file",
    from: ["app/lib", "a.txt"],
    to: "/srv/x",
    gives: { "srv/x/a.txt": "a.txt 644", "srv/x/util.py": "app/lib/util.py 644" },
  },
  { name: "through /bin", from: ["app/run.sh"], to: "/bin/run", gives: { "usr/bin/run": "app/run.sh 755" } },
  {
    name: "through /var/run",
    from: ["app/lib"],
    to: "/var/run/app",
    gives: { "run/app": "755", "run/app/util.py": "app/lib/util.py 644" },
  },
  { name: "to a link to a directory", from: ["a.txt"], to: "/var/run", gives: { "run/a.txt": "a.txt 644" } },
  {
    name: "through a link that climbs: it stops at the root",
    from: ["a.txt"],
    to: "/opt/out/x",
    gives: { "etc/x": "a.txt 644" },
  },
  {
    name: "to a link to nothing: where it leads",
    from: ["a.txt"],
    to: "/opt/dangling",
    gives: { data: "755", "data/here": "a.txt 644" },
  },
  {
    name: "a link that lies in a directory, not followed, over a file",
    from: ["linked"],
    to: "/etc",
    gives: { "etc/hosts": ">/a.txt" },
  },
  {
    name: "a file of a directory over a link: the link goes, what it leads to stays",
    from: ["over"],
    to: "/etc",
    gives: { "etc/alternatives/editor": "editor 644" },
  },
  {
    name: "a directory over a link to a directory: the link stays",
    from: ["merge"],
    to: "/",
    gives: { "usr/bin/tool": "tool 644" },
  },
  { name: "an empty directory", from: ["empty"], to: "/srv/empty", gives: { "srv/empty": "755" } },
  { name: "an empty directory that is there", from: ["empty"], to: "/srv", gives: {} },
  {
    name: "a directory over a file",
    from: ["app"],
    to: "/etc/hosts",
    refused: ["FILE_CONFLICT", /\/etc\/hosts must be a directory/],
  },
  { name: "a file below a file", from: ["a.txt"], to: "/etc/hosts/x", refused: ["FILE_CONFLICT", /\/etc\/hosts/] },
  { name: "a file into a file", from: ["a.txt"], to: "/etc/hosts/", refused: ["FILE_CONFLICT", /\/etc\/hosts/] },
  {
    name: "a file over a directory",
    from: ["clash"],
    to: "/srv",
    refused: ["FILE_CONFLICT", /^clash\/x cannot be copied to \/srv\/x: the image has a directory there$/],
  },
];

for (const { name, from, to, gives, refused } of CASES) {
  test(`copy ${name}`, async (t) => {
    const directory = makeContext(t);
    for (const [path, text] of [
      ["over/alternatives/editor", "editor"],
      ["merge/bin/tool", "tool"],
      ["clash/x", "x"],
    ] as const) {
      mkdirSync(join(directory, path, ".."), { recursive: true });
      writeFileSync(join(directory, path), text);
    }
    mkdirSync(join(directory, "empty"));
    mkdirSync(join(directory, "linked"));
    symlinkSync("/a.txt", join(directory, "linked/hosts"));
    const before = treeOf(IMAGE);
    const sources = await readAll(t, directory, ...from);
    const copy = () => copyInto(before, step(to), sources, { uid: 0, gid: 0 });
    if (refused === undefined) {
      assert.deepEqual(await changes(before, copy()), gives);
    } else {
      const [code, message] = refused;
      assert.throws(copy, (error) => isDistillError(error, code) && message.test(error.message));
    }
  });
}

test("everything that is made has the owner, what was there keeps its own", async (t) => {
  const before = treeOf(IMAGE);
  const after = copyInto(before, step("/srv/x/new/"), await readAll(t, makeContext(t), "app"), { uid: 7, gid: 8 });
  const expected = { "srv/x/new": "755", ...below("srv/x/new", APP) };
  const owned = Object.entries(expected).map(([path, value]) => [path, `${value} 7:8`]);
  assert.deepEqual(await changes(before, after), Object.fromEntries(owned));
});

test("a mode is that of the files only", async (t) => {
  const before = treeOf({});
  const after = copyInto(before, step("/", 0o4510), await readAll(t, makeContext(t), "app"), { uid: 0, gid: 0 });
  assert.deepEqual(await changes(before, after), {
    lib: "755",
    "lib/util.py": "app/lib/util.py 4510",
    link: ">main.py",
    "main.py": "app/main.py 4510",
    "run.sh": "app/run.sh 4510",
  });
});

test("the owner of an entry is the path that it was copied from", async (t) => {
  const after = copyInto(treeOf({}), step("/x"), await readAll(t, makeContext(t), "app"), { uid: 0, gid: 0 });
  const owners = Array.from(after.entries(), ([path, { attributes }]) => {
    return [path, attributes.owner.kind === "context" ? attributes.owner.path : "?"];
  });
  assert.deepEqual(Object.fromEntries(owners), {
    x: "app",
    "x/lib": "app/lib",
    "x/lib/util.py": "app/lib/util.py",
    "x/link": "app/link",
    "x/main.py": "app/main.py",
    "x/run.sh": "app/run.sh",
  });
});

test("neither the umask nor times on disk change the layer or its key", async (t) => {
  const results = new Set<string>();
  for (const [file, executable, directoryMode] of [
    [0o600, 0o700, 0o700],
    [0o644, 0o755, 0o755],
    [0o664, 0o775, 0o2775],
    [0o400, 0o500, 0o1777],
  ] as const) {
    const directory = makeContext(t);
    for (const name of ["a.txt", "app/main.py", "app/lib/util.py"]) chmodSync(join(directory, name), file);
    chmodSync(join(directory, "app/run.sh"), executable);
    for (const name of ["app", "app/lib"]) chmodSync(join(directory, name), directoryMode);
    utimesSync(join(directory, "app/main.py"), file, file);
    lutimesSync(join(directory, "app/link"), file, file);
    const sources = await readAll(t, directory, "app");
    const before = treeOf({});
    const layer = await changes(before, copyInto(before, step("/app"), sources, { uid: 0, gid: 0 }));
    results.add(JSON.stringify([fingerprint(sources), layer]));
  }
  assert.equal(results.size, 1);
});

/** Each change with what it changes of the context; all of them, and the context as it was, have different keys. */
const KEY_CHANGES: Readonly<Record<string, (directory: string) => void>> = {
  nothing: () => {},
  contents: (directory) => writeFileSync(join(directory, "app/main.py"), "app/main.pY"),
  "a new file": (directory) => writeFileSync(join(directory, "app/new"), ""),
  "a name": (directory) => renameSync(join(directory, "app/main.py"), join(directory, "app/main.px")),
  "a place": (directory) => renameSync(join(directory, "app/main.py"), join(directory, "app/lib/main.py")),
  "an executable bit": (directory) => chmodSync(join(directory, "app/main.py"), 0o744),
  "a lost executable bit": (directory) => chmodSync(join(directory, "app/run.sh"), 0o655),
  "an empty directory": (directory) => mkdirSync(join(directory, "app/new")),
  "a link": (directory) => symlinkSync("x", join(directory, "app/new")),
  "a link's target": (directory) => {
    renameSync(join(directory, "app/link"), join(directory, "b"));
    symlinkSync("run.sh", join(directory, "app/link"));
  },
  "a link in a file's place": (directory) => {
    renameSync(join(directory, "app/main.py"), join(directory, "b"));
    symlinkSync("app/main.py", join(directory, "app/main.py"));
  },
};

test("path, type, executable bit, contents and link targets are part of the key", async (t) => {
  const keys = new Map<string, string>();
  for (const [name, change] of Object.entries(KEY_CHANGES)) {
    const directory = makeContext(t);
    change(directory);
    const key = fingerprint(await readAll(t, directory, "app"));
    assert.equal(keys.get(key), undefined, `${name} is not part of the key`);
    keys.set(key, name);
  }
});

test("the sources' names and order are part of the key", async (t) => {
  const directory = makeContext(t);
  writeFileSync(join(directory, "same.txt"), "a.txt");
  const [a, b, same] = await readAll(t, directory, "a.txt", "b.txt", "same.txt");
  assert.ok(a && b && same);
  assert.equal(new Set([[a], [b], [same], [a, b], [b, a], [a, a]].map(fingerprint)).size, 6);
});
