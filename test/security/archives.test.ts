import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { describe, type TestContext, test } from "node:test";
import { END_OF_ARCHIVE, encodeHeader } from "../../src/formats/tar/writer.ts";
import { DistillError, type ErrorCode } from "../../src/lib/errors.ts";
import { archiveTree } from "../../src/rootfs/archives/archive-tree.ts";
import { openArchive } from "../../src/rootfs/archives/open-archive.ts";
import { unpackInto } from "../../src/rootfs/archives/unpack-into.ts";
import { bytesContent, type Content } from "../../src/rootfs/content.ts";
import { diffTrees } from "../../src/rootfs/diff.ts";
import { Attributer } from "../../src/rootfs/node.ts";
import { pathFromBytes } from "../../src/rootfs/path.ts";
import type { Tree } from "../../src/rootfs/tree.ts";
import { TreeEditor } from "../../src/rootfs/tree-editor.ts";
import { temporaryDirectory } from "../support/directories.ts";
import { extension, headers, PACKERS, packedZeros, repeated, tampered } from "../support/hostile-archives.ts";
import { fileNode, symlinkNode, treeOf } from "../support/root-trees.ts";
import { SmallDisk, unlessSmallDisk } from "../support/small-disk.ts";
import { archiveOf, bare, type Entry, file, header } from "../support/tar.ts";
import { unlessTools } from "../support/tools.ts";

/** How it may end: refused with one of these codes, taken for no archive, or unpacked to nothing but this. */
type End = ErrorCode | "no archive" | readonly string[];

interface Case {
  readonly name: string;
  readonly archive: () => readonly Entry[] | Uint8Array | Content;
  /** As ADD unpacks it into /app of an image. */
  readonly add: End;
  /** As a build context; where it is not told, as ADD. */
  readonly context?: End;
  readonly says?: RegExp;
  readonly skip?: false | string;
  readonly maxEntries?: number;
}

const symlink = (path: string, linkname: string): Entry => bare({ path, type: "symlink", linkname });
const hardlink = (path: string, linkname: string): Entry => bare({ path, type: "hardlink", linkname });
const dir = (path: string): Entry => bare({ path, type: "directory", mode: 0o755 });

/** Bytes that a packed archive may unpack to here; in real builds 16 GiB. */
const LIMIT = 100e6;
const TEN_GIGABYTES = 10e9;

/** /etc/passwd and /etc/shadow of the image lie outside of where ADD unpacks to; some links lead there. */
const IMAGE = treeOf({
  "etc/passwd": fileNode("root:x:0:0", { mode: 0o644 }),
  "etc/shadow": fileNode("root:!", { mode: 0o600 }),
  "app/link-out": symlinkNode("/etc"),
  "app/link-up": symlinkNode("../etc"),
});

const first = (): Buffer => archiveOf([file("first", "1")]).subarray(0, -END_OF_ARCHIVE.length);
const behindFirst = (...parts: readonly Uint8Array[]): Buffer => Buffer.concat([first(), ...parts, END_OF_ARCHIVE]);
const deep = (depth: number, leaf: string): string => `${"d/".repeat(depth)}${leaf}`;

const PATHS: readonly Case[] = [
  {
    name: ".. in a name",
    archive: () => [file("../../etc/passwd", "x")],
    add: ["etc", "etc/passwd"],
    context: "FORMAT_INVALID",
  },
  {
    name: ".. within a name",
    archive: () => [file("a/../../../etc/x", "x")],
    add: ["etc", "etc/x"],
    context: "FORMAT_INVALID",
  },
  {
    name: "absolute names",
    archive: () => [file("/etc/passwd", "x"), file("//x", "x")],
    add: ["etc", "etc/passwd", "x"],
  },
  {
    name: "a link out and a file through it",
    archive: () => [symlink("l", "/etc"), file("l/passwd", "x")],
    add: "FILE_CONFLICT",
  },
  {
    name: "a relative link out and a file through it",
    archive: () => [symlink("l", "../../etc"), file("l/passwd", "x")],
    add: "FILE_CONFLICT",
  },
  {
    name: "a chain of links out and a file through it",
    archive: () => [symlink("m", "l"), symlink("l", "/etc"), dir("x"), file("x/../m/passwd", "x")],
    add: "FILE_CONFLICT",
    context: "FORMAT_INVALID",
  },
  {
    name: "a file through a link of the image",
    archive: () => [file("link-out/passwd", "x")],
    add: "FILE_CONFLICT",
    context: ["link-out", "link-out/passwd"],
  },
  {
    name: "a file through a relative link of the image",
    archive: () => [file("link-up/shadow", "x")],
    add: "FILE_CONFLICT",
    context: ["link-up", "link-up/shadow"],
  },
  {
    name: "a directory in place of a link of the image",
    archive: () => [dir("link-out"), file("link-out/passwd", "x")],
    add: ["link-out", "link-out/passwd"],
  },
  { name: "a file in place of a link out", archive: () => [symlink("l", "/etc/passwd"), file("l", "x")], add: ["l"] },
  {
    name: "a link out to a directory that the archive brings itself",
    archive: () => [dir("etc"), symlink("l", "/etc"), file("l/passwd", "x")],
    add: ["etc", "etc/passwd", "l"],
  },
  {
    name: "links out that nothing is written through",
    archive: () => [symlink("l", "/etc/passwd"), symlink("m", "../../../x")],
    add: ["l", "m"],
  },
  { name: "a hard link out", archive: () => [hardlink("h", "/etc/passwd")], add: "FORMAT_INVALID" },
  { name: "a relative hard link out", archive: () => [hardlink("h", "../etc/shadow")], add: "FORMAT_INVALID" },
  {
    name: "a hard link through a link out",
    archive: () => [symlink("l", "/etc"), hardlink("h", "l/shadow")],
    add: "FORMAT_INVALID",
  },
  {
    name: "a hard link through a link of the image",
    archive: () => [hardlink("h", "link-out/shadow")],
    add: "FORMAT_INVALID",
  },
  {
    name: "a hard link to a link out, and a file in its place",
    archive: () => [symlink("l", "/etc/passwd"), hardlink("h", "l"), file("h", "x")],
    add: ["h", "l"],
  },
  { name: "a hard link to a directory", archive: () => [dir("d"), hardlink("h", "d")], add: "FORMAT_INVALID" },
  { name: "a hard link to the destination", archive: () => [hardlink("h", "/")], add: "FORMAT_INVALID" },
  { name: "hard links in a circle", archive: () => [hardlink("a", "b"), hardlink("b", "a")], add: "FORMAT_INVALID" },
  { name: "a hard link to itself", archive: () => [file("a", "x"), hardlink("a", "a")], add: "FORMAT_INVALID" },
  {
    name: "links in a circle",
    archive: () => [symlink("a", "b"), symlink("b", "a"), file("a/x", "")],
    add: "FORMAT_INVALID",
  },
  {
    name: "a chain of more links than Linux follows",
    archive: () => [
      dir("l0"),
      ...Array.from({ length: 60 }, (_, at) => symlink(`l${at + 1}`, `l${at}`)),
      file("l60/x", ""),
    ],
    add: "FORMAT_INVALID",
  },
  {
    name: "a link whose target is longer than a path",
    archive: () => [symlink("l", "t/".repeat(2500))],
    add: "FORMAT_INVALID",
  },
  { name: "a file in place of the destination", archive: () => [file("..", "x")], add: "FORMAT_INVALID" },
  { name: "a path below a file", archive: () => [file("f", ""), file("f/x", "")], add: "FILE_CONFLICT" },
  { name: "two entries of one name", archive: () => [file("f", "1"), file("./f", "2"), file("/f", "3")], add: ["f"] },
  {
    name: "a directory that becomes a file, and one again",
    archive: () => [dir("d"), file("d/x", ""), file("d", ""), dir("d"), file("d/y", "")],
    add: ["d", "d/y"],
  },
  {
    name: "a directory that becomes a link out before the next file in it",
    archive: () => [dir("d"), file("d/x", ""), symlink("d", "/etc"), file("d/passwd", "")],
    add: "FILE_CONFLICT",
  },
  {
    name: "names that are not UTF-8",
    archive: () => [file("\xff\xfe\x80", ""), file("\xc3/\xa9", "")],
    add: ["\xc3", "\xc3/\xa9", "\xff\xfe\x80"],
  },
  {
    name: "names of control characters and backslashes",
    archive: () => [file("a\n\x1b[2J", ""), file("..\\..\\x", "")],
    add: ["..\\..\\x", "a\n\x1b[2J"],
  },
  {
    name: "a NUL in a long name",
    archive: () =>
      behindFirst(extension("x", Buffer.from("17 path=a\0/../b\n\n")), encodeHeader(header({ path: "short" }))),
    add: "FORMAT_INVALID",
  },
  { name: "a component longer than a name may be", archive: () => [file("n".repeat(300), "")], add: "FORMAT_INVALID" },
  { name: "a 4,000-deep path", archive: () => [file(deep(4000, "f"), "")], add: "FORMAT_INVALID" },
  {
    name: "a path made deep by links, each below the last",
    archive: () => [
      dir(deep(1000, "e")),
      symlink("l", deep(1000, "e")),
      dir(`l/${deep(1000, "e")}`),
      symlink("m", `l/${deep(1000, "e")}`),
      dir(`m/${deep(1000, "e")}`),
    ],
    add: "FORMAT_INVALID",
  },
];

const KINDS: readonly Case[] = [
  {
    name: "devices",
    archive: () => [
      bare({ path: "sda", type: "block", devmajor: 8 }),
      bare({ path: "mem", type: "char", devmajor: 1 }),
    ],
    add: ["mem", "sda"],
    context: "UNSUPPORTED",
  },
  { name: "a fifo", archive: () => [bare({ path: "pipe", type: "fifo" })], add: ["pipe"], context: "UNSUPPORTED" },
  {
    name: "a sparse file of GNU tar",
    archive: () => behindFirst(tampered(encodeHeader(header({ path: "s" })), "type", Buffer.from("S"))),
    add: "UNSUPPORTED",
  },
  {
    name: "a sparse file of PAX",
    archive: () =>
      behindFirst(extension("x", Buffer.from("22 GNU.sparse.major=1\n")), encodeHeader(header({ path: "s" }))),
    add: "UNSUPPORTED",
  },
  {
    name: "an unknown type",
    archive: () => behindFirst(tampered(encodeHeader(header({ path: "s" })), "type", Buffer.from("?"))),
    add: "UNSUPPORTED",
  },
  {
    name: "a negative size at the beginning",
    archive: () =>
      Buffer.concat([tampered(encodeHeader(header({ path: "n" })), "size", Buffer.alloc(12, 0xff)), END_OF_ARCHIVE]),
    add: "no archive",
  },
  {
    name: "a negative size further on",
    archive: () => behindFirst(tampered(encodeHeader(header({ path: "n" })), "size", Buffer.alloc(12, 0xff))),
    add: "FORMAT_INVALID",
  },
  {
    name: "a size of 8 GiB that is not there",
    archive: () => behindFirst(tampered(encodeHeader(header({ path: "n" })), "size", Buffer.from("77777777777\0"))),
    add: "FORMAT_INVALID",
  },
  {
    name: "a size of 2^80",
    archive: () =>
      behindFirst(
        tampered(
          encodeHeader(header({ path: "n" })),
          "size",
          Buffer.concat([Buffer.from([0x80, 1]), Buffer.alloc(10)]),
        ),
      ),
    add: "FORMAT_INVALID",
  },
  { name: "a wrong checksum further on", archive: () => behindFirst(Buffer.alloc(512, 1)), add: "FORMAT_INVALID" },
  {
    name: "an extended header of 2 MiB",
    archive: () => behindFirst(extension("x", Buffer.alloc(2 << 20, "1")), encodeHeader(header())),
    add: "LIMIT_EXCEEDED",
  },
  {
    name: "an extended header whose record is longer than it",
    archive: () => behindFirst(extension("x", Buffer.from("99 path=x\n")), encodeHeader(header())),
    add: "FORMAT_INVALID",
  },
  {
    name: "a long name of 1 MiB",
    archive: () => behindFirst(extension("L", Buffer.alloc(1 << 20, "n")), encodeHeader(header())),
    add: "LIMIT_EXCEEDED",
  },
  {
    name: "extended headers without an entry",
    archive: () => behindFirst(extension("x", Buffer.from("10 path=x\n"))),
    add: "FORMAT_INVALID",
  },
  {
    name: "an archive in an archive's packing",
    archive: () => PACKERS.gzip(PACKERS.gzip(archiveOf([file("f", "")]))),
    add: "no archive",
  },
  {
    name: "a zstd window of 1 TiB",
    archive: () => Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xf0, 0x01, 0x00, 0x00]),
    add: "LIMIT_EXCEEDED",
  },
];

const SIZES: readonly Case[] = [
  ...(["gzip", "zstd", "bzip2", "xz"] as const).map((packing): Case => {
    const skip = packing === "bzip2" || packing === "xz" ? unlessTools(packing) : false;
    return {
      name: `10 GB of zeros packed with ${packing}`,
      archive: () => packedZeros(PACKERS[packing], TEN_GIGABYTES),
      ...{ add: "LIMIT_EXCEEDED", says: /^the unpacked hostile is larger than 100000000 bytes$/, skip },
    };
  }),
  {
    name: "10 GB of zeros behind the end of a packed archive",
    archive: () => repeated(PACKERS.gzip(archiveOf([file("f", "")])), PACKERS.gzip(Buffer.alloc(32 << 20)), 300),
    add: "LIMIT_EXCEEDED",
  },
  {
    name: "10 GB of zeros and no archive, packed with bzip2",
    archive: () => repeated(new Uint8Array(0), PACKERS.bzip2(Buffer.alloc(32 << 20)), 300),
    add: "no archive",
    skip: unlessTools("bzip2"),
  },
  {
    name: "20,000 empty gzip members",
    archive: () => repeated(new Uint8Array(0), PACKERS.gzip(Buffer.alloc(0)), 20_000),
    add: "no archive",
  },
  {
    name: "20,000 empty bzip2 streams",
    archive: () => repeated(new Uint8Array(0), PACKERS.bzip2(Buffer.alloc(0)), 20_000),
    add: "no archive",
    skip: unlessTools("bzip2"),
  },
  {
    name: "more entries than an archive may have",
    archive: () => headers(1_000_000, (at) => encodeHeader(header({ path: `${at % 1000}/${at}` }))),
    add: "LIMIT_EXCEEDED",
    maxEntries: 50_000,
  },
  {
    name: "paths that each make a thousand directories",
    archive: () =>
      headers(10_000, (at) =>
        encodeHeader(header({ path: deep(1000, "").replaceAll("d", String(at % 10)) + String(at).padStart(9, "0") })),
      ),
    add: "LIMIT_EXCEEDED",
    maxEntries: 8000,
  },
  {
    name: "a gigabyte of extended attributes",
    archive: () =>
      headers(1000, (at) => encodeHeader(header({ path: String(at), xattrs: new Map([["user.x", ZEROS]]) }))),
    add: "LIMIT_EXCEEDED",
    says: /names and extended attributes/,
  },
];

const ZEROS = new Uint8Array(1_000_000);

/** Bytes that a case may cost for good or at a time, above what the tests themselves need. */
const MEMORY = 600e6;

async function attack(
  t: TestContext,
  each: Case,
  use: (content: Content, directory: string) => Promise<End>,
  end: End,
) {
  const directory = temporaryDirectory(t);
  const made = each.archive();
  const content =
    made instanceof Uint8Array ? bytesContent(made) : "size" in made ? made : bytesContent(archiveOf(made));
  const before = process.memoryUsage().rss;
  let found: End;
  try {
    found = await use(content, directory);
  } catch (error) {
    if (!(error instanceof DistillError)) throw error;
    found = error.code;
    assert.match(error.message, each.says ?? /hostile/);
  }
  assert.deepEqual(found, end);
  assert.deepEqual(readdirSync(directory), []);
  assert.ok(process.memoryUsage().rss - before < MEMORY, "memory");
}

const options = (directory: string) => ({ name: "hostile", temporaryDirectory: directory, limit: LIMIT });

function adds({ maxEntries }: Case) {
  return async (content: Content, directory: string): Promise<End> => {
    const archive = await openArchive(content, options(directory));
    if (archive === undefined) return "no archive";
    await using _ = archive;
    const editor = new TreeEditor(IMAGE);
    const written = await unpackInto(editor, pathFromBytes("app"), archive, {
      ...(maxEntries === undefined ? {} : { maxEntries }),
      ...{ account: undefined, owner: { kind: "context", path: "x.tar" }, attributer: new Attributer() },
    });
    const tree = editor.done();
    const changed = diffTrees(IMAGE, tree).map(({ path }) => path);
    assert.ok(
      changed.every((path) => path === "app" || path.startsWith("app/")),
      `outside: ${changed}`,
    );
    assert.equal(tree.get(pathFromBytes("etc")), IMAGE.get(pathFromBytes("etc")));
    assert.ok([...written].every((path) => changed.includes(path)));
    return changed.filter((path) => path !== "app").map((path) => path.slice("app/".length));
  };
}

function asContext({ maxEntries }: Case) {
  return async (content: Content, directory: string): Promise<End> => {
    const archive = await openArchive(content, options(directory));
    if (archive === undefined) return "no archive";
    await using _ = archive;
    const tree: Tree = await archiveTree(archive, maxEntries === undefined ? {} : { maxEntries });
    return Array.from(tree.entries(), ([path]) => path);
  };
}

describe("a hostile archive with", () => {
  for (const each of [...PATHS, ...KINDS, ...SIZES]) {
    const { name, skip = false, add, context = add } = each;
    test(`${name}, unpacked by ADD`, { skip, timeout: 60_000 }, (t) => attack(t, each, adds(each), add));
    // What is stopped by its size is so before anybody asks what it is for.
    if (SIZES.includes(each)) continue;
    test(`${name}, as a context`, { skip, timeout: 60_000 }, (t) => attack(t, each, asContext(each), context));
  }
});

describe("an archive that ends early", () => {
  const bytes = archiveOf([dir("d"), file("d/f", "x".repeat(700)), file(`${"n".repeat(120)}`, "y"), symlink("l", "d")]);
  test("is refused wherever it is cut, unless all of its entries are there", async (t) => {
    const directory = temporaryDirectory(t);
    const end = bytes.length - END_OF_ARCHIVE.length / 2;
    for (let length = 0; length < bytes.length; length += 64) {
      const found = await ending(bytes.subarray(0, length), directory);
      // A whole number of blocks can be a shorter archive, if a careless one, as for every reader.
      const whole = length % 512 === 0 || length >= end;
      if (length < 512) assert.equal(found, "no archive", `cut at ${length}`);
      else if (!whole || found !== "unpacked") assert.equal(found, "FORMAT_INVALID", `cut at ${length}`);
    }
  });

  test("is refused wherever it is cut when it is packed", async (t) => {
    const directory = temporaryDirectory(t);
    const packed = PACKERS.gzip(bytes);
    for (let length = 0; length < packed.length; length += 5) {
      assert.ok(["no archive", "FORMAT_INVALID"].includes(await ending(packed.subarray(0, length), directory)));
    }
    assert.equal(await ending(packed, directory), "unpacked");
  });
});

test("an archive for which the disk has no room is an error that says so", { skip: unlessSmallDisk() }, async (t) => {
  const disk = await SmallDisk.mount(t, 1000);
  const [program = "", ...args] = disk.through;
  const work = `
    const { openArchive } = await import(${JSON.stringify(import.meta.resolve("../../src/rootfs/archives/open-archive.ts"))});
    const { PACKERS, packedZeros } = await import(${JSON.stringify(import.meta.resolve("../support/hostile-archives.ts"))});
    const content = packedZeros(PACKERS.gzip, 20e6);
    await openArchive(content, { name: "app.tar", temporaryDirectory: ${JSON.stringify(disk.path)} }).catch((error) => {
      console.log(error.code + ": " + error.message);
    });`;
  const script = [process.execPath, "--input-type=module", "-e", work];
  const { stdout, stderr } = spawnSync(program, [...args, ...script], { encoding: "utf8" });
  assert.equal(stdout, `DISK_FULL: no space left while writing the unpacked app.tar to ${disk.path}\n`, stderr);
});

async function ending(bytes: Uint8Array, directory: string): Promise<string> {
  try {
    const archive = await openArchive(bytesContent(bytes), options(directory));
    if (archive === undefined) return "no archive";
    await using _ = archive;
    await archiveTree(archive);
    return "unpacked";
  } catch (error) {
    if (!(error instanceof DistillError)) throw error;
    return error.code;
  }
}
