import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { temporaryDirectory } from "../../test/support/directories.ts";
import { diskTree } from "../../test/support/disk-tree.ts";
import { type ElfImage, elfImage } from "../../test/support/elf-image.ts";
import { symlinkNode, treeOf } from "../../test/support/root-trees.ts";
import { unlessTools } from "../../test/support/tools.ts";
import { bytesContent } from "../rootfs/content.ts";
import { pathFromBytes } from "../rootfs/path.ts";
import { ElfReader } from "./elf-reader.ts";
import { findLibrary } from "./search.ts";

const TUPLE = "x86_64-linux-gnu";
const LIBRARY = elfImage({ soname: "libx.so.1" });

/** Where `program`, at opt/app/bin/program, finds `name` in a tree of these entries. */
async function search(
  program: ElfImage,
  entries: Parameters<typeof treeOf>[0],
  name = "libx.so.1",
): Promise<string | undefined> {
  const tree = treeOf({ "opt/app/bin/program": elfImage({ soname: "p", ...program }), ...entries });
  const reader = new ElfReader();
  const found = tree.find("opt/app/bin/program");
  const elf = await reader.read(pathFromBytes("opt/app/bin/program"), found?.node);
  assert.ok(elf !== undefined);
  return findLibrary(tree, reader, { path: pathFromBytes("opt/app/bin/program"), elf }, name);
}

describe("findLibrary", () => {
  test("prefers RUNPATH to the system's directories, and RPATH only where there is no RUNPATH", async () => {
    const entries = { "a/libx.so.1": LIBRARY, "b/libx.so.1": LIBRARY, "usr/lib/libx.so.1": LIBRARY };
    assert.equal(await search({ runpath: "/none:/a", rpath: "/b" }, entries), "a/libx.so.1");
    assert.equal(await search({ runpath: "/none", rpath: "/b" }, entries), "usr/lib/libx.so.1");
    assert.equal(await search({ rpath: "/b" }, entries), "b/libx.so.1");
    assert.equal(await search({}, entries), "usr/lib/libx.so.1");
  });

  test("replaces the tokens that are known, and nothing that only begins like one", async () => {
    const beside = { "opt/app/lib/libx.so.1": LIBRARY };
    for (const runpath of ["$ORIGIN/../lib", `$${"{ORIGIN}"}/../lib`, "/opt/app//./lib/"]) {
      assert.equal(await search({ runpath }, beside), "opt/app/lib/libx.so.1", runpath);
    }
    const multiarch = { [`opt/lib/${TUPLE}/libx.so.1`]: LIBRARY };
    assert.equal(await search({ runpath: "/opt/$LIB" }, multiarch), `opt/lib/${TUPLE}/libx.so.1`);
    assert.equal(
      await search({ runpath: "/opt/$LIBRARY" }, { "opt/$LIBRARY/libx.so.1": LIBRARY }),
      "opt/$LIBRARY/libx.so.1",
    );
    assert.equal(await search({ runpath: "$ORIGINAL" }, { "opt/app/bin/libx.so.1": LIBRARY }), undefined);
    assert.equal(await search({ runpath: "/opt/$PLATFORM" }, { "opt/$PLATFORM/libx.so.1": LIBRARY }), undefined);
  });

  test("does not look into directories that depend on where the program is started", async () => {
    const entries = { "libx.so.1": LIBRARY, "lib64/libx.so.1": LIBRARY };
    for (const runpath of ["", ":", ".", "lib64", "./lib64", "..", "/none:"]) {
      assert.equal(await search({ runpath }, entries), undefined, JSON.stringify(runpath));
    }
    assert.equal(await search({}, { "sub/libx.so.1": LIBRARY }, "sub/libx.so.1"), undefined);
  });

  test("takes '..' behind a link from where the link leads, as the kernel does", async () => {
    const entries = {
      "opt/link": symlinkNode("/srv/deep/dir"),
      "srv/deep/dir": undefined,
      "srv/deep/lib/libx.so.1": LIBRARY,
      "opt/lib/libx.so.1": LIBRARY,
    };
    assert.equal(await search({ runpath: "/opt/link/../lib" }, entries), "srv/deep/lib/libx.so.1");
  });

  test("takes a name with a slash as a path", async () => {
    const entries = { "opt/x/libx.so.1": LIBRARY };
    assert.equal(await search({}, entries, "/opt/x/libx.so.1"), "opt/x/libx.so.1");
    assert.equal(await search({}, entries, "$ORIGIN/../../x/libx.so.1"), "opt/x/libx.so.1");
  });

  test("passes over files of another machine, word size or byte order, and over what is no library", async () => {
    const wrong: Record<string, ElfImage> = {
      machine: { machine: 183 },
      class: { class: 32, machine: 62 },
      order: { littleEndian: false },
    };
    for (const [what, image] of Object.entries(wrong)) {
      const entries = { "a/libx.so.1": elfImage({ soname: "x", ...image }), "usr/lib/libx.so.1": LIBRARY };
      assert.equal(await search({ runpath: "/a" }, entries), "usr/lib/libx.so.1", what);
    }
    for (const other of ["text".padEnd(100), LIBRARY.subarray(0, 100), undefined, symlinkNode("libx.so.1")]) {
      const entries = { "a/libx.so.1": other, "usr/lib/libx.so.1": LIBRARY };
      assert.equal(await search({ runpath: "/a" }, entries), "usr/lib/libx.so.1");
    }
  });

  test("survives names and search paths that no file system could hold", async () => {
    assert.equal(await search({}, {}, "x".repeat(4000)), undefined);
    assert.equal(await search({ runpath: `/${"x/".repeat(3000)}` }, {}), undefined);
    assert.equal(await search({}, { "usr/lib/..": LIBRARY }, "..").catch((error) => error.code), "FORMAT_INVALID");
    assert.equal(await search({}, {}, ".."), undefined);
    assert.equal(await search({}, {}, ""), undefined);
  });
});

interface Linked {
  readonly name: string;
  readonly path: string | undefined;
}

/** What the real loader resolves for a program. */
function askLoader(program: string): readonly Linked[] {
  const { stdout } = spawnSync("ldd", [program], { encoding: "utf8", env: { PATH: process.env.PATH, LC_ALL: "C" } });
  return stdout.split("\n").flatMap((line) => {
    const match = /^\t(\S+) => (?:(\/\S+) \(|not found)/.exec(line);
    return match ? [{ name: match[1] as string, path: match[2] }] : [];
  });
}

function hostPrograms(): readonly string[] {
  const paths = readdirSync("/usr/bin").map((name) => `/usr/bin/${name}`);
  const programs = paths.filter((path) => startsWithMagic(path)).sort();
  const stride = Math.max(1, Math.floor(programs.length / 50));
  return programs.filter((_, index) => index % stride === 0);
}

function startsWithMagic(path: string): boolean {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return false;
  const file = openSync(path, "r");
  const start = Buffer.alloc(4);
  readSync(file, start);
  closeSync(file);
  return start.toString("latin1") === "\x7fELF";
}

const debian = process.arch === "x64" && spawnSync("test", ["-e", `/usr/lib/${TUPLE}/libc.so.6`]).status === 0;

describe("findLibrary against the real loader", { skip: debian ? unlessTools("ldd", "gcc") : "needs Debian" }, () => {
  test("finds what ldd finds for programs of the host", async () => {
    const wanted = new Set([
      "lib",
      "lib64",
      "usr",
      "usr/lib",
      "usr/lib64",
      `usr/lib/${TUPLE}`,
      "usr/local",
      "usr/local/lib",
    ]);
    const tree = diskTree("/", (path) => wanted.has(path) || path.startsWith(`usr/lib/${TUPLE}/`));
    const within = new Set([...wanted].map((directory) => `/${directory}`));
    const reader = new ElfReader();
    let compared = 0;
    for (const program of hostPrograms()) {
      const real = realpathSync(program);
      const bytes = readFileSync(real);
      const path = pathFromBytes(real);
      const node = treeOf({ program: bytes }).find("program")?.node;
      const elf = await reader.read(path, node);
      if (elf === undefined) continue;
      const answers = new Map(askLoader(program).map(({ name, path }) => [name, path]));
      for (const name of elf.needed) {
        const theirs = answers.get(name);
        // Libraries elsewhere are out of the tree; the loader itself is printed without an arrow.
        if (theirs === undefined || !within.has(dirname(realpathSync(theirs)))) continue;
        const ours = await findLibrary(tree, reader, { path, elf }, name);
        assert.equal(`/${ours}`, realpathSync(theirs), `${program} needs ${name}`);
        compared++;
      }
    }
    assert.ok(compared > 50, `compared only ${compared}`);
  });

  test("finds what the loader finds by search paths of every form", async (context) => {
    const root = program(context);
    const cases: readonly [flags: string, places: readonly string[]][] = [
      ["-Wl,--enable-new-dtags,-rpath,$ORIGIN/../own", ["own"]],
      [`-Wl,--enable-new-dtags,-rpath,$${"{ORIGIN}"}/../own:$ORIGIN/other`, ["bin/other"]],
      ["-Wl,--disable-new-dtags,-rpath,$ORIGIN/../own", ["own", "bin/other"]],
      ["-Wl,--enable-new-dtags,-rpath,$ORIGIN/../$LIB", [`lib/${TUPLE}`]],
      ["-Wl,--enable-new-dtags,-rpath,$ORIGIN/../$LIBRARY", ["$LIBRARY", "own"]],
      ["-Wl,--enable-new-dtags,-rpath,$ORIGINAL:$ORIGIN/link/../z", ["z", "real/z"]],
      ["-Wl,--enable-new-dtags,-rpath,$ORIGIN/link/../z", ["z", "real/z"]],
      ["-Wl,--enable-new-dtags,-rpath,$ORIGIN/nowhere", ["own"]],
    ];
    for (const [flags, places] of cases) {
      for (const place of ["own", "lib", "z", "real", "bin/other", "$LIBRARY"])
        rmSync(join(root, place), { recursive: true, force: true });
      mkdirSync(join(root, "real/dir"), { recursive: true });
      for (const place of places) {
        mkdirSync(join(root, place), { recursive: true });
        execFileSync("cp", [join(root, "libdistilltest.so.1"), join(root, place)]);
      }
      const binary = join(root, "bin/m");
      execFileSync("gcc", ["-o", binary, join(root, "m.c"), join(root, "libdistilltest.so.1"), flags]);
      const theirs = askLoader(binary).find(({ name }) => name === "libdistilltest.so.1")?.path;

      const tree = diskTree(root);
      const reader = new ElfReader();
      const node = tree.find("bin/m")?.node;
      const elf = await reader.read(pathFromBytes("bin/m"), node);
      assert.ok(elf !== undefined);
      const ours = await findLibrary(tree, reader, { path: pathFromBytes("bin/m"), elf }, "libdistilltest.so.1");
      const expected = theirs === undefined ? undefined : relative(realpathSync(root), realpathSync.native(theirs));
      assert.equal(ours, expected, flags);
    }
  });
});

function program(context: TestContext): string {
  const root = temporaryDirectory(context);
  mkdirSync(join(root, "bin"));
  symlinkSync("../real/dir", join(root, "bin/link"));
  writeFileSync(join(root, "l.c"), "int f(void) { return 1; }\n");
  writeFileSync(join(root, "m.c"), "int f(void);\nint main(void) { return f(); }\n");
  const output = join(root, "libdistilltest.so.1");
  execFileSync("gcc", ["-shared", "-fPIC", "-Wl,-soname,libdistilltest.so.1", "-o", output, join(root, "l.c")]);
  return root;
}

test("a content is read once however many names lead to it", async () => {
  let reads = 0;
  const inner = bytesContent(LIBRARY);
  const content = {
    size: inner.size,
    read: (offset: number, length: number) => {
      reads++;
      return inner.read(offset, length);
    },
  };
  const reader = new ElfReader();
  const base = treeOf({ a: LIBRARY }).find("a")?.node;
  assert.ok(base?.type === "file");
  const tree = treeOf({ "x/a": { ...base, content }, "y/b": { ...base, content } });
  assert.equal((await reader.all(tree)).length, 2);
  const once = reads;
  await reader.all(tree);
  assert.equal(reads, once);
});
