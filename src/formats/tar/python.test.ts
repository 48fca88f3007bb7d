import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import fc from "fast-check";
import { archiveOf, type Entry, sought, streamed } from "../../../test/support/tar.ts";
import { anyEntry } from "../../../test/support/tar-arbitraries.ts";
import { unlessTools } from "../../../test/support/tools.ts";
import type { TarHeader, TarType } from "./header.ts";

const directory = mkdtempSync(join(tmpdir(), "distill-tar-"));
after(() => rmSync(directory, { recursive: true, force: true }));
const skip = unlessTools("python3");

const CODES: Readonly<Record<TarType, string>> = {
  file: "0",
  hardlink: "1",
  symlink: "2",
  char: "3",
  block: "4",
  directory: "5",
  fifo: "6",
};

// Python keeps names as UTF-8 with surrogates for other bytes, so hex carries them here. It strips trailing slashes.
const PRELUDE = `
import sys, json, io, tarfile
def enc(text): return text.encode("utf-8", "surrogateescape").hex()
def dec(text): return bytes.fromhex(text).decode("utf-8", "surrogateescape")
X = "SCHILY.xattr."
`;
const READ = `${PRELUDE}
with tarfile.open(sys.argv[1], "r:") as tar:
    print(json.dumps([dict(path=enc(m.name), type=m.type.decode(), mode=m.mode, uid=m.uid, gid=m.gid, size=m.size,
        mtime=m.mtime, linkname=enc(m.linkname), uname=enc(m.uname), gname=enc(m.gname), devmajor=m.devmajor,
        devminor=m.devminor, xattrs={enc(k[len(X):]): enc(v) for k, v in m.pax_headers.items() if k.startswith(X)},
        body=tar.extractfile(m).read().hex() if m.isreg() else "") for m in tar]))
`;
// Prints the positions of the entries that Python can write in this format (attribute names that are not UTF-8 it cannot).
const WRITE = `${PRELUDE}
format = {"ustar": tarfile.USTAR_FORMAT, "gnu": tarfile.GNU_FORMAT, "pax": tarfile.PAX_FORMAT}[sys.argv[2]]
kept = []
with tarfile.open(sys.argv[1], "w:", format=format) as tar:
    for at, e in enumerate(json.load(sys.stdin)):
        m = tarfile.TarInfo(dec(e["path"]))
        m.type, m.linkname, m.uname, m.gname = e["type"].encode(), dec(e["linkname"]), dec(e["uname"]), dec(e["gname"])
        for key in ("mode", "uid", "gid", "size", "mtime", "devmajor", "devminor"): setattr(m, key, e[key])
        if format == tarfile.PAX_FORMAT: m.pax_headers = {X + dec(k): dec(v) for k, v in e["xattrs"].items()}
        try: tar.addfile(m, io.BytesIO(bytes.fromhex(e["body"])))
        except ValueError: continue
        kept.append(at)
print(json.dumps(kept))
`;

function python(script: string, input: string, ...args: readonly string[]): unknown {
  const env = { ...process.env, PYTHONUTF8: "1" };
  return JSON.parse(
    execFileSync("python3", ["-c", script, ...args], { input, encoding: "utf8", env, maxBuffer: 1 << 27 }),
  );
}

const hex = (text: string): string => Buffer.from(text, "latin1").toString("hex");

function forPython({ header, body }: Entry): Record<string, unknown> {
  return {
    ...header,
    type: CODES[header.type],
    path: hex(header.path.replace(/\/+$/, "")),
    linkname: hex(header.linkname),
    uname: hex(header.uname),
    gname: hex(header.gname),
    xattrs: Object.fromEntries(
      [...header.xattrs].map(([name, value]) => [hex(name), Buffer.from(value).toString("hex")]),
    ),
    body: body.toString("hex"),
  };
}

const sampleOf = (count: number): Entry[] => fc.sample(anyEntry, count);

test("Python reads what we write", { skip }, () => {
  const entries = sampleOf(300);
  writeFileSync(join(directory, "ours.tar"), archiveOf(entries));
  assert.deepStrictEqual(python(READ, "", join(directory, "ours.tar")), entries.map(forPython));
});

/** `header` without what Python cannot keep in that format: fractions, attributes and long user names outside PAX. */
function holdable(header: TarHeader, format: string): TarHeader {
  if (format === "pax") return Math.abs(header.mtime) > 1 ? header : { ...header, mtime: Math.floor(header.mtime) };
  const kept = { ...header, mtime: Math.floor(header.mtime), xattrs: new Map<string, Uint8Array>() };
  const short = { ...kept, uname: header.uname.slice(0, 31), gname: header.gname.slice(0, 31) };
  const small = (id: number): number => id % 2 ** 21;
  return format === "gnu"
    ? short
    : { ...short, mtime: Math.abs(short.mtime), uid: small(short.uid), gid: small(short.gid) };
}

for (const format of ["ustar", "gnu", "pax"]) {
  test(`what Python writes as ${format} is read as it was meant`, { skip }, async () => {
    // Python loses the first slash of an absolute path that it splits for ustar.
    const sample = sampleOf(300).filter(({ header }) => format !== "ustar" || !header.path.startsWith("/"));
    const entries = sample.map(({ header, body }): Entry => ({ header: holdable(header, format), body }));
    const path = join(directory, `${format}.tar`);
    const kept = python(WRITE, JSON.stringify(entries.map(forPython)), path, format) as number[];
    assert.ok(kept.length > 50, `Python wrote only ${kept.length}`);
    const expected = kept.map((at) => entries[at] as Entry);
    const bytes = readFileSync(path);
    const { entries: found, message } = await streamed(bytes, [1000, 70000]);
    assert.equal(message, "");
    assert.deepStrictEqual(found.map(forPython), expected.map(forPython));
    assert.deepStrictEqual(sought(bytes, directory).entries, found);
  });
}
