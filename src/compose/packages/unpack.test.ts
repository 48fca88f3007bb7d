import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { type PackageSpec, payloadOf } from "../../../test/support/packages.ts";
import { describeTree, treeOf } from "../../../test/support/root-trees.ts";
import { bare, type Entry, file } from "../../../test/support/tar.ts";
import { Attributer } from "../../rootfs/node.ts";
import { pathFromText } from "../../rootfs/path.ts";
import type { Tree } from "../../rootfs/tree.ts";
import { TreeEditor } from "../../rootfs/tree-editor.ts";
import { type Unpacked, unpackPayloads } from "./unpack.ts";
import { makeUsrMergeLinks } from "./usr-merge.ts";

const OWNER = { kind: "composed", piece: "skeleton" } as const;
const directory = (path: string, mode = 0o755): Entry => bare({ path, type: "directory", mode });
const link = (path: string, linkname: string): Entry => bare({ path, type: "symlink", linkname, mode: 0o777 });
const hardlink = (path: string, linkname: string): Entry => bare({ path, type: "hardlink", linkname });

/** Unpacks each list of packages as a tier of its own, in the order given. */
async function unpack(
  t: TestContext,
  ...tiers: readonly (readonly PackageSpec[])[]
): Promise<Unpacked & { tree: Tree }> {
  const attributer = new Attributer();
  let editor = TreeEditor.empty(attributer.of({ mode: 0o755, owner: OWNER }));
  makeUsrMergeLinks(editor, attributer, OWNER, { name: "amd64", tuple: "x86_64-linux-gnu" });
  const installed = [];
  let unpacked: Unpacked | undefined;
  for (const tier of tiers) {
    const payloads = await Promise.all(tier.map((spec) => payloadOf(t, spec)));
    unpacked = unpackPayloads(editor, payloads, attributer, installed);
    installed.push(...payloads.map((payload) => payload.package));
    editor = new TreeEditor(editor.done());
  }
  if (unpacked === undefined) throw new Error("no tier");
  return { ...unpacked, tree: editor.done() };
}

const single = (t: TestContext, ...entries: readonly Entry[]) => unpack(t, [{ name: "demo", entries }]);

async function textAt(tree: Tree, path: string): Promise<string | undefined> {
  const { node } = tree.follow(pathFromText(path));
  return node?.type === "file" ? Buffer.from(await node.content.read(0, node.content.size)).toString() : undefined;
}

const shape = async (tree: Tree): Promise<readonly string[]> =>
  Object.entries(await describeTree(tree)).map(([path, entry]) => `${(entry as { type: string }).type} ${path}`);

const REAL_DIRECTORIES = ["./bin/", "./lib/", "./lib64/", "./sbin/", "./lib/x86_64-linux-gnu/"];

test("files of /bin, /lib, /lib64 and /sbin land in /usr, however the package has the directories", async (t) => {
  const { tree } = await single(
    t,
    ...REAL_DIRECTORIES.map((path) => directory(path)),
    file("./bin/true", "1", { mode: 0o755 }),
    file("./lib/x86_64-linux-gnu/libc.so.6", "2"),
    link("./lib64/ld-linux-x86-64.so.2", "/lib/x86_64-linux-gnu/libc.so.6"),
    file("./usr/sbin/fsck", "3"),
  );
  for (const name of ["bin", "lib", "lib64", "sbin"]) assert.equal(tree.get(pathFromText(name))?.type, "symlink");
  assert.equal(await textAt(tree, "/usr/bin/true"), "1");
  assert.equal(await textAt(tree, "/lib64/ld-linux-x86-64.so.2"), "2");
  assert.equal(await textAt(tree, "/sbin/fsck"), "3");
});

test("the links of a usr-merged base-files are the ones that are there, and nothing else takes their place", async (t) => {
  const links = [link("./bin", "usr/bin"), link("./lib", "/usr/lib"), link("./sbin", "./usr/sbin")];
  const { tree } = await single(t, ...links, file("./bin/x", "1"));
  assert.equal(await textAt(tree, "/usr/bin/x"), "1");
  for (const name of ["bin", "lib", "sbin"]) {
    const node = tree.get(pathFromText(name));
    assert.equal(node?.type === "symlink" && node.target, `usr/${name}`);
  }
  const refused = { code: "FILE_CONFLICT", message: "package demo 1: /lib is a file here and a symlink in the image" };
  await assert.rejects(single(t, file("./lib", "1")), refused);
});

test("a directory that exists keeps its mode; the one that is made first gives it", async (t) => {
  const [a, b] = [
    { name: "a", entries: [directory("./var/lib/x/", 0o2750), file("./var/lib/x/a", "1")] },
    { name: "b", entries: [directory("./var/lib/x/", 0o700), file("./var/lib/x/b", "1")] },
  ];
  for (const tiers of [[[a, b]], [[a], [b]]]) {
    const { tree } = await unpack(t, ...tiers);
    assert.equal(tree.get(pathFromText("/var/lib/x"))?.attributes.mode, 0o2750);
  }
});

test("where one package has a directory and another a link to one, what is there stays and is followed", async (t) => {
  const plain = { name: "a", entries: [directory("./etc/x/"), directory("./etc/y/"), file("./etc/x/a", "a")] };
  const linked = { name: "b", entries: [link("./etc/x", "y"), file("./etc/x/b", "b")] };
  const first = await unpack(t, [plain, linked]);
  assert.equal(first.tree.get(pathFromText("/etc/x"))?.type, "directory");
  assert.equal(await textAt(first.tree, "/etc/x/b"), "b");
  const second = await unpack(t, [{ name: "0", entries: [directory("./etc/y/")] }, linked, plain]);
  assert.equal(second.tree.get(pathFromText("/etc/x"))?.type, "symlink");
  assert.deepEqual([await textAt(second.tree, "/etc/y/a"), await textAt(second.tree, "/etc/y/b")], ["a", "b"]);
});

const CLASHES: readonly { readonly name: string; readonly first: Entry[]; readonly second: Entry[] }[] = [
  { name: "two files", first: [file("./etc/x", "1")], second: [file("./etc/x", "2")] },
  { name: "two files of equal content", first: [file("./etc/x", "1")], second: [file("./etc/x", "1")] },
  { name: "a file and a link", first: [file("./etc/x", "1")], second: [link("./etc/x", "y")] },
  { name: "two links", first: [link("./etc/x", "y")], second: [link("./etc/x", "z")] },
  { name: "one file in /lib and one in /usr/lib", first: [file("./lib/x", "1")], second: [file("./usr/lib/x", "2")] },
  { name: "a file and a directory", first: [file("./etc/x", "1")], second: [directory("./etc/x/")] },
  { name: "a file and one below it", first: [file("./etc/x", "1")], second: [file("./etc/x/y", "2")] },
  { name: "a directory and a file", first: [file("./etc/x/y", "1")], second: [file("./etc/x", "2")] },
  { name: "a directory and a link to a file", first: [file("./etc/x/y", "1")], second: [link("./etc/x", "x/y")] },
  {
    name: "a link to a directory and a file",
    first: [directory("./etc/y/"), link("./etc/x", "y")],
    second: [file("./etc/x", "2")],
  },
];

for (const { name, first, second } of CLASHES) {
  test(`${name} in two packages are refused with the path and both packages, in one tier or two`, async (t) => {
    const [a, b] = [
      { name: "a", version: "1.2", entries: first },
      { name: "b", version: "3.4", entries: second },
    ];
    const refused = { code: "FILE_CONFLICT", message: /^package b 3\.4: \/(?:etc|usr\/lib)\/x / };
    for (const tiers of [[[a, b]], [[a], [b]]]) await assert.rejects(unpack(t, ...tiers), refused);
  });
}

test("the same link in two packages is no conflict", async (t) => {
  const entries = [link("./usr/share/x", "y")];
  await unpack(t, [
    { name: "a", entries },
    { name: "b", entries },
  ]);
});

const REPLACES = [
  { name: "the later one says that it replaces the earlier", b: { Replaces: "a" }, wins: "b" },
  { name: "the earlier one says that it replaces the later", a: { Replaces: "b" }, wins: "a" },
  { name: "the version is one that is replaced", b: { Replaces: "x, a (<< 2)" }, wins: "b" },
  { name: "the version is not one that is replaced", b: { Replaces: "a (<< 1)" }, wins: "neither" },
] as const;

for (const { name, wins, ...fields } of REPLACES) {
  test(`of a file in two packages ${wins} stays where ${name}`, async (t) => {
    const of = (which: "a" | "b"): PackageSpec => ({
      name: which,
      fields: which in fields ? ((fields as Record<string, Record<string, string>>)[which] ?? {}) : {},
      entries: [file("./etc/x", which)],
    });
    for (const tiers of [[[of("a"), of("b")]], [[of("a")], [of("b")]]]) {
      const result = unpack(t, ...tiers);
      if (wins === "neither") await assert.rejects(result, { code: "FILE_CONFLICT" });
      else assert.equal(await textAt((await result).tree, "/etc/x"), wins);
    }
  });
}

test("hard links are one file, and lead only to what the package itself brought", async (t) => {
  const { tree } = await single(t, file("./usr/a", "1"), hardlink("./usr/b", "./usr/a"), hardlink("./lib/c", "usr/b"));
  const inodes = ["/usr/a", "/usr/b", "/usr/lib/c"].map((path) => {
    const node = tree.get(pathFromText(path));
    return node?.type === "file" ? node.inode : undefined;
  });
  assert.ok(inodes[0] !== undefined);
  assert.equal(new Set(inodes).size, 1);

  const other = { name: "a", entries: [file("./etc/shadow", "1")] };
  const thief = { name: "b", entries: [hardlink("./usr/share/b", "etc/shadow")] };
  const refused = { code: "FORMAT_INVALID", message: /^package b 1: hard link \/usr\/share\/b leads to \/etc\/shadow/ };
  await assert.rejects(unpack(t, [other, thief]), refused);
});

test("a hard link to a file that is left out is that file, and further links are links of one another", async (t) => {
  const { tree, leftOut } = await single(
    t,
    file("./usr/share/man/man1/x", "text"),
    hardlink("./usr/share/x", "./usr/share/man/man1/x"),
    hardlink("./usr/share/y", "usr/share/man/man1/x"),
  );
  assert.deepEqual(await textAt(tree, "/usr/share/x"), "text");
  const described = await describeTree(tree);
  assert.equal((described["usr/share/y"] as { links?: string }).links, "usr/share/x");
  assert.deepEqual(leftOut.get("documentation"), { files: 1, bytes: 4 });
});

test("a hard link to a file that another package replaces leads to the package's own", async (t) => {
  const winner = { name: "a", fields: { Replaces: "b" }, entries: [file("./etc/x", "a")] };
  const { tree } = await unpack(t, [
    winner,
    { name: "b", entries: [file("./etc/x", "b"), hardlink("./etc/y", "etc/x")] },
  ]);
  assert.deepEqual([await textAt(tree, "/etc/x"), await textAt(tree, "/etc/y")], ["a", "b"]);
});

test("modes, owners and extended attributes are those of the package, setuid too", async (t) => {
  const xattrs = new Map([["security.capability", Buffer.from([1, 0, 0xff])]]);
  const { tree } = await single(
    t,
    file("./usr/bin/su", "1", { mode: 0o4755, xattrs }),
    file("./usr/bin/wall", "1", { mode: 0o2755, gid: 5 }),
  );
  const su = tree.get(pathFromText("/usr/bin/su"))?.attributes;
  assert.deepEqual([su?.mode, su?.xattrs.get("security.capability")], [0o4755, Uint8Array.of(1, 0, 0xff)]);
  const wall = tree.get(pathFromText("/usr/bin/wall"))?.attributes;
  assert.deepEqual([wall?.mode, wall?.gid], [0o2755, 5]);
  assert.deepEqual(wall?.owner, { kind: "package", purl: "pkg:deb/debian/demo@1?arch=amd64", evidence: "dpkg" });
});

test("left-out files are counted by slice, certificates set aside, copyright kept", async (t) => {
  const { tree, leftOut, sources } = await single(
    t,
    directory("./usr/share/doc/demo/", 0o700),
    file("./usr/share/doc/demo/copyright", "free"),
    file("./usr/share/doc/demo/README", "12345"),
    link("./usr/share/doc/libdemo", "demo"),
    directory("./usr/share/man/man1/"),
    file("./usr/share/man/man1/demo.1.gz", "123"),
    file("./usr/share/ca-certificates/mozilla/One.crt", "PEM"),
  );
  assert.deepEqual(await shape(tree), [
    ...["symlink bin", "symlink lib", "symlink lib64", "symlink sbin", "directory usr", "directory usr/bin"],
    ...["directory usr/lib", "directory usr/lib64", "directory usr/sbin", "directory usr/share"],
    ...["directory usr/share/doc", "directory usr/share/doc/demo", "file usr/share/doc/demo/copyright"],
    "symlink usr/share/doc/libdemo",
  ]);
  assert.deepEqual([...leftOut], [["documentation", { files: 2, bytes: 8 }]]);
  assert.deepEqual([...sources.keys()], ["usr/share/ca-certificates/mozilla/One.crt"]);
});

const REFUSED: readonly { readonly name: string; readonly entries: readonly Entry[]; readonly why: RegExp }[] = [
  { name: '".." in a path', entries: [file("./usr/../../etc/x", "1")], why: /"\.\." component/ },
  { name: "a path that is too long", entries: [file(`./${"d/".repeat(2100)}x`, "1")], why: /longer than 4096/ },
  { name: "a name that is too long", entries: [file(`./${"n".repeat(256)}`, "1")], why: /longer than 255/ },
  {
    name: "a character device",
    entries: [bare({ path: "./dev/null", type: "char" })],
    why: /\/dev\/null is a char device/,
  },
  { name: "a block device", entries: [bare({ path: "./dev/sda", type: "block" })], why: /block device/ },
  { name: "a named pipe", entries: [bare({ path: "./run/p", type: "fifo" })], why: /named pipe/ },
  { name: "a hard link out of the root", entries: [hardlink("./x", "../etc/shadow")], why: /"\.\." component/ },
  { name: "a hard link to an absolute path", entries: [hardlink("./x", "/etc/passwd")], why: /leads to \/etc\/passwd/ },
  { name: "a hard link to itself", entries: [hardlink("./x", "./x")], why: /leads to \/x/ },
  { name: "a hard link to a directory", entries: [directory("./d/"), hardlink("./x", "d")], why: /leads to \/d/ },
  {
    name: "a file through links in a circle",
    entries: [link("./a", "b"), link("./b", "a"), file("./a/x", "1")],
    why: /too many symbolic links/,
  },
  { name: "a file below a file", entries: [file("./a", "1"), file("./a/b", "2")], why: /\/a must be a directory/ },
  { name: "a file that was a directory", entries: [file("./a/b", "1"), file("./a", "2")], why: /\/a is a file here/ },
  { name: "a whiteout", entries: [file("./etc/.wh.passwd", "")], why: /\/etc\/\.wh\.passwd would mean a removal/ },
  { name: "an opaque mark", entries: [file("./etc/.wh..wh..opq", "")], why: /would mean a removal/ },
  { name: "a link to nothing", entries: [link("./a", "")], why: /target of 0 bytes/ },
];

for (const { name, entries, why } of REFUSED) {
  test(`${name} is refused with the package's name and version`, async (t) => {
    await assert.rejects(unpack(t, [{ name: "demo", version: "1.0~rc1", entries }]), (error: Error) => {
      assert.match(error.message, /^package demo 1\.0~rc1: /);
      assert.match(error.message, why);
      return true;
    });
  });
}

test("links that lead out of the root end at the root, and what is put behind them lands inside", async (t) => {
  const { tree } = await single(
    t,
    link("./up", "../../../.."),
    file("./up/etc/one", "1"),
    link("./abs", "/srv/../../outside"),
    file("./abs/two", "2"),
    file("/rooted", "3"),
    file("././//usr//./share/four", "4"),
  );
  const paths = (await shape(tree)).filter((line) => line.startsWith("file "));
  assert.deepEqual(paths, ["file etc/one", "file outside/two", "file rooted", "file usr/share/four"]);
});

test("names of any bytes are kept as they are", async (t) => {
  const names = ["a\nb", "\x1b[31mred", "caf\xe9", "\xff\xfe", " ", "-rf", "..."];
  const { tree } = await single(t, ...names.map((name) => file(`./srv/${name}`, name)));
  const found = (await shape(tree)).filter((line) => line.startsWith("file "));
  assert.deepEqual(found.sort(), names.map((name) => `file srv/${name}`).sort());
});

test("of one path that stands twice in a package the last counts", async (t) => {
  const { tree } = await single(
    t,
    file("./etc/x", "1"),
    link("./etc/y", "x"),
    file("./etc/x", "2"),
    file("./etc/y", "3"),
  );
  assert.deepEqual([await textAt(tree, "/etc/x"), await textAt(tree, "/etc/y")], ["2", "3"]);
});

test("a package with very many entries is unpacked in time that grows with their number", async (t) => {
  const cost = async (count: number): Promise<number> => {
    const payload = await payloadOf(t, {
      name: "demo",
      entries: Array.from({ length: count }, (_, index) => file(`./srv/${index % 100}/${index}`, "")),
    });
    const began = process.cpuUsage();
    const editor = new TreeEditor(treeOf({}));
    unpackPayloads(editor, [payload], new Attributer(), []);
    assert.equal(editor.done().countFiles(), count);
    const { user, system } = process.cpuUsage(began);
    return user + system;
  };
  await cost(1000);
  const [few, many] = [await cost(2500), await cost(20_000)];
  assert.ok(many < few * 8 * 4, `8 times the entries took ${(many / few).toFixed(1)} times as long`);
});
