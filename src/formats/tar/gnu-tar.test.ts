import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { archiveOf, bare, type Entry, file, sought, streamed } from "../../../test/support/tar.ts";
import { unlessTools } from "../../../test/support/tools.ts";
import type { TarHeader } from "./header.ts";

const directory = fs.mkdtempSync(join(tmpdir(), "distill-tar-"));
after(() => fs.rmSync(directory, { recursive: true, force: true }));

const root = process.getuid?.() === 0;
const own = { user: idName("-un"), group: idName("-gn") };
const needsRoot = root ? false : "needs root";
const skip = unlessTools("tar", "mkfifo");

function tar(...args: readonly string[]): string {
  return execFileSync("tar", args, {
    cwd: directory,
    encoding: "latin1",
    env: { ...process.env, LC_ALL: "C", TZ: "UTC" },
  });
}

/** Runs Python for what Node cannot do: extended attributes. False where the file system has none. */
function setAttributes(path: Buffer | string, values: Readonly<Record<string, string>>): boolean {
  const script =
    "import os,sys,json\nfor k,v in json.loads(sys.argv[2]).items(): os.setxattr(sys.argv[1],k,bytes.fromhex(v))";
  try {
    execFileSync("python3", ["-c", script, path.toString(), JSON.stringify(values)], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

function getAttributes(path: string): Record<string, string> {
  const script =
    "import os,sys,json\nprint(json.dumps({k:os.getxattr(sys.argv[1],k).hex() for k in os.listxattr(sys.argv[1])}))";
  return JSON.parse(execFileSync("python3", ["-c", script, path], { encoding: "utf8" }));
}

/** The double nearest to a time in nanoseconds; dividing would round twice. */
function secondsOf(nanoseconds: bigint): number {
  const digits = String(nanoseconds < 0n ? -nanoseconds : nanoseconds).padStart(10, "0");
  return Number(`${nanoseconds < 0n ? "-" : ""}${digits.slice(0, -9)}.${digits.slice(-9)}`);
}

/** What lstat says about a path, in the words of a tar header. */
function factsOf(path: string, base: string): Omit<TarHeader, "uname" | "gname" | "xattrs" | "linkname"> {
  const stat = fs.lstatSync(Buffer.from(`${base}/${path}`, "latin1"), { bigint: true });
  const type = stat.isDirectory()
    ? "directory"
    : stat.isSymbolicLink()
      ? "symlink"
      : stat.isFIFO()
        ? "fifo"
        : stat.isCharacterDevice()
          ? "char"
          : stat.isBlockDevice()
            ? "block"
            : "file";
  const device = type === "char" || type === "block";
  return {
    path,
    type,
    mode: Number(stat.mode) & 0o7777,
    uid: Number(stat.uid),
    gid: Number(stat.gid),
    size: type === "file" ? Number(stat.size) : 0,
    mtime: secondsOf(stat.mtimeNs),
    devmajor: device ? Number((stat.rdev >> 8n) & 0xfffn) : 0,
    devminor: device ? Number((stat.rdev & 0xffn) | ((stat.rdev >> 12n) & 0xfff00n)) : 0,
  };
}

interface FormatCase {
  readonly longest: number;
  readonly special: boolean;
  readonly largeNumbers: boolean;
}

const formats: Readonly<Record<string, FormatCase>> = {
  v7: { longest: 90, special: false, largeNumbers: false },
  ustar: { longest: 200, special: true, largeNumbers: false },
  oldgnu: { longest: 600, special: true, largeNumbers: true },
  gnu: { longest: 600, special: true, largeNumbers: true },
  posix: { longest: 600, special: true, largeNumbers: true },
};

for (const [format, { longest, special, largeNumbers }] of Object.entries(formats)) {
  test(`what GNU tar writes as ${format} is read as the file system has it`, { skip }, async () => {
    const base = join(directory, format);
    const latin1 = (path: string): Buffer => Buffer.from(`${base}/${path}`, "latin1");
    const long = `${"deep/".repeat(Math.floor(longest / 50))}${"n".repeat(longest > 200 ? 200 : 60)}`;
    fs.mkdirSync(latin1(long.replace(/[^/]*$/, "")), { recursive: true });
    fs.writeFileSync(latin1("plain"), "x".repeat(1000), { mode: 0o640 });
    fs.writeFileSync(latin1("gr\xfc\xdf \n"), "");
    fs.writeFileSync(latin1(long), "long");
    fs.chmodSync(latin1("plain"), 0o4755);
    fs.linkSync(latin1("plain"), latin1("plain-again"));
    fs.symlinkSync("t".repeat(Math.min(longest, 99)), latin1("short-link"));
    fs.symlinkSync(long, latin1("long-link"));
    fs.utimesSync(latin1("plain"), 1e9, 1e9);
    if (special) execFileSync("mkfifo", ["-m", "600", join(base, "fifo")]);
    if (special && root) execFileSync("mknod", [join(base, "device"), "b", "8", "300"]);
    if (largeNumbers) {
      fs.utimesSync(latin1(long), -1.25, -1.25);
      if (root) fs.chownSync(latin1(long), 3_000_000, 4_000_000);
    }
    tar(`--format=${format}`, "--sort=name", "-cf", `${format}.tar`, "-C", base, ".");

    const bytes = fs.readFileSync(join(directory, `${format}.tar`));
    const { entries, message } = await streamed(bytes, [777, 5000]);
    assert.equal(message, "");
    assert.deepStrictEqual(sought(bytes, directory).entries, entries);
    const links = entries.filter(({ header }) => header.type === "hardlink");
    assert.deepStrictEqual(
      links.map(({ header }) => [header.path, header.linkname]),
      [["./plain-again", "./plain"]],
    );
    const expected = new Set(fs.readdirSync(base, { recursive: true, encoding: "latin1" }).map((path) => `./${path}`));
    for (const { header, body } of entries) {
      const { uname, gname, xattrs, linkname, ...facts } = header;
      assert.equal(xattrs.size, 0);
      assert.equal(uname, header.uid !== process.getuid?.() || format === "v7" ? "" : own.user);
      assert.equal(gname, header.gid !== process.getgid?.() || format === "v7" ? "" : own.group);
      expected.delete(header.path.replace(/\/$/, ""));
      const truth = factsOf(header.path.replace(/\/$/, ""), base);
      const seconds = format === "posix" ? truth.mtime : Math.floor(truth.mtime);
      if (header.type === "hardlink")
        assert.deepStrictEqual(facts, { ...truth, type: "hardlink", size: 0, mtime: seconds });
      else assert.deepStrictEqual(facts, { ...truth, path: header.path, mtime: seconds });
      if (header.type === "file") assert.deepStrictEqual(body, fs.readFileSync(latin1(header.path)));
      if (header.type === "symlink") assert.equal(linkname, fs.readlinkSync(latin1(header.path), "latin1"));
    }
    assert.deepStrictEqual([...expected], []);
  });
}

test("attributes of GNU tar come as bytes", { skip: unlessTools("tar", "python3") || needsRoot }, async (t) => {
  fs.writeFileSync(join(directory, "capable"), "");
  const values = {
    "security.capability": `010000020004${"00".repeat(14)}`,
    "user.bytes": "00ff0a3d80",
    "user.empty": "",
  };
  if (!setAttributes(join(directory, "capable"), values)) return t.skip("the file system has no extended attributes");
  tar("--xattrs", "--xattrs-include=*", "--format=posix", "-cf", "capable.tar", "capable");
  const { entries } = await streamed(fs.readFileSync(join(directory, "capable.tar")));
  const found = [...(entries[0]?.header.xattrs ?? [])].map(([name, value]) => [
    name,
    Buffer.from(value).toString("hex"),
  ]);
  assert.deepStrictEqual(Object.fromEntries(found), values);
});

test("sparse files of GNU tar are refused by name", { skip: unlessTools("tar") }, async () => {
  const handle = fs.openSync(join(directory, "holes"), "w");
  fs.ftruncateSync(handle, 1 << 20);
  fs.writeSync(handle, "x", 1 << 19);
  fs.closeSync(handle);
  for (const format of [
    "oldgnu",
    "gnu",
    "posix --sparse-version=0.0",
    "posix --sparse-version=0.1",
    "posix --sparse-version=1.0",
  ]) {
    tar("--sparse", ...`--format=${format}`.split(" "), "-cf", "sparse.tar", "holes");
    const { code, message } = await streamed(fs.readFileSync(join(directory, "sparse.tar")));
    assert.equal(code, "UNSUPPORTED", format);
    assert.match(message, /"holes"/, format);
  }
});

const deep = `${"d".repeat(60)}/${"e".repeat(60)}/${"f".repeat(60)}/${"g".repeat(60)}/${"h".repeat(60)}`;
const written: readonly Entry[] = [
  bare({ path: "./", type: "directory", mode: 0o755, mtime: 1 }),
  bare({ path: "dir", type: "directory", mode: 0o1777, mtime: 1e9 }),
  file("dir/plain", "content", { mode: 0o4711, mtime: 1234567890.25, uid: 65532, gid: 65534 }),
  bare({
    path: "dir/again",
    type: "hardlink",
    linkname: "dir/plain",
    mode: 0o4711,
    mtime: 1234567890.25,
    uid: 65532,
    gid: 65534,
  }),
  file("gr\xfc\xdf", "latin1 name", { mtime: -1.5 }),
  file("\xc3\xa4".repeat(70), "long name beyond ASCII", { uid: 3_000_000, gid: 4_000_000 }),
  file(`split/${"m".repeat(97)}/n`, "split name", { uname: "nobody-knows-this-name-of-40-characters!" }),
  file(deep, "long name", { mtime: 2 ** 33 }),
  bare({ path: "link", type: "symlink", mode: 0o777, linkname: deep, mtime: 5 }),
  bare({ path: "pipe", type: "fifo", mode: 0o600 }),
];
const devices: readonly Entry[] = [
  bare({ path: "null", type: "char", mode: 0o666, devmajor: 1, devminor: 3 }),
  bare({ path: "disk", type: "block", mode: 0o660, devmajor: 259, devminor: 70000 }),
];

test("GNU tar lists what we write without a word of complaint", { skip: unlessTools("tar") }, () => {
  fs.writeFileSync(join(directory, "ours.tar"), archiveOf([...written, ...devices]));
  const listing = execFileSync("sh", ["-c", "tar --numeric-owner --full-time -tvvf ours.tar 2>&1"], {
    cwd: directory,
    encoding: "utf8",
    env: { ...process.env, LC_ALL: "C", TZ: "UTC" },
  });
  const lines = listing.trimEnd().split("\n");
  assert.equal(lines.length, written.length + devices.length, listing);
  assert.match(lines[2] ?? "", /^-rws--x--x 65532\/65534 +7 2009-02-13 23:31:30.25 dir\/plain$/);
  assert.match(lines[3] ?? "", /^hrws--x--x 65532\/65534 +0 2009-02-13 23:31:30.25 dir\/again link to dir\/plain$/);
  // GNU tar 1.34 prints a fraction before 1970 a second late; the extraction below checks the time itself.
  assert.match(lines[4] ?? "", /1969-12-31 23:59:5[89].5 +gr\\374\\337$/);
  assert.match(lines[5] ?? "", /^-rw-r--r-- 3000000\/4000000 /);
  assert.match(lines[11] ?? "", /^brw-rw---- 0\/0 +259,70000 /);
});

test("GNU tar extracts what we write", { skip: unlessTools("tar") || needsRoot }, () => {
  const base = join(directory, "extracted");
  fs.mkdirSync(base);
  fs.writeFileSync(join(directory, "ours.tar"), archiveOf([...written, ...devices]));
  tar("--numeric-owner", "--same-owner", "--warning=no-timestamp", "-xpf", "ours.tar", "-C", base);
  for (const { header, body } of [...written, ...devices]) {
    const { uname, gname, xattrs, linkname, ...facts } = header;
    const truth = factsOf(header.path, base);
    if (header.type === "hardlink") assert.deepStrictEqual({ ...truth, size: 0, type: "hardlink" }, facts);
    else assert.deepStrictEqual(truth, facts);
    const path = Buffer.from(`${base}/${header.path}`, "latin1");
    if (header.type === "file") assert.deepStrictEqual(fs.readFileSync(path), body);
    if (header.type === "symlink") assert.equal(fs.readlinkSync(path, "latin1"), linkname);
  }
  assert.equal(fs.statSync(join(base, "dir/plain")).ino, fs.statSync(join(base, "dir/again")).ino);
});

test("GNU tar extracts our attributes", { skip: unlessTools("tar", "python3") || needsRoot }, (t) => {
  fs.writeFileSync(join(directory, "probe"), "");
  if (!setAttributes(join(directory, "probe"), { "user.a": "00" })) return t.skip("no extended attributes here");
  const values = {
    "security.capability": `010000020004${"00".repeat(14)}`,
    "user.bytes": "00ff0a3d80",
    "user.empty": "",
  };
  const xattrs = new Map(Object.entries(values).map(([name, hex]) => [name, new Uint8Array(Buffer.from(hex, "hex"))]));
  fs.writeFileSync(join(directory, "xattrs.tar"), archiveOf([file("capable-too", "", { xattrs })]));
  tar("--xattrs", "--xattrs-include=*", "-xf", "xattrs.tar");
  assert.deepStrictEqual(getAttributes(join(directory, "capable-too")), values);
});

/** Name of the user or the group that the tests run as. */
function idName(flag: "-un" | "-gn"): string {
  return execFileSync("id", [flag], { encoding: "utf8" }).trim();
}
