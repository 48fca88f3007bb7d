import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import fc from "fast-check";
import { unlessTools } from "../../../test/support/tools.ts";
import { isDistillError } from "../../lib/errors.ts";
import { type ArMember, type ArOptions, readAr } from "./reader.ts";

const directory = mkdtempSync(join(tmpdir(), "distill-ar-"));
after(() => rmSync(directory, { recursive: true, force: true }));

function member(name: string, body: string, size = String(body.length), end = "`\n"): string {
  const header = `${name.padEnd(16)}${"0".padEnd(12)}${"0".padEnd(6)}${"0".padEnd(6)}${"100644".padEnd(8)}${size.padEnd(10)}${end}`;
  return `${header}${body}${body.length % 2 ? "\n" : ""}`;
}

async function membersOf(path: string, options?: ArOptions): Promise<readonly ArMember[]> {
  const handle = await open(path, "r");
  try {
    return await readAr(handle, options);
  } finally {
    await handle.close();
  }
}

async function read(text: string | Buffer, options?: ArOptions): Promise<readonly ArMember[]> {
  const path = join(directory, "test.ar");
  writeFileSync(path, text, "latin1");
  return membersOf(path, options);
}

const sample = `!<arch>\n${member("debian-binary", "2.0\n")}${member("control.tar.xz/", "odd")}${member("data.tar", "")}`;

test("names, sizes and offsets of plain members; a trailing slash is dropped", async () => {
  assert.deepStrictEqual(await read(sample), [
    { name: "debian-binary", size: 4, offset: 68 },
    { name: "control.tar.xz", size: 3, offset: 132 },
    { name: "data.tar", size: 0, offset: 196 },
  ]);
  assert.deepStrictEqual(await read("!<arch>\n"), []);
});

const refused: Record<string, { archive: string; code: string; says: RegExp; options?: ArOptions }> = {
  "an empty file": { archive: "", code: "FORMAT_INVALID", says: /not an ar archive/ },
  "another format": { archive: "!<thin>\nabc", code: "FORMAT_INVALID", says: /not an ar archive/ },
  "a cut header": { archive: sample.slice(0, 40), code: "FORMAT_INVALID", says: /byte 8/ },
  "a cut body": { archive: sample.slice(0, 133), code: "FORMAT_INVALID", says: /inside member "control.tar.xz"/ },
  "missing padding": { archive: sample.slice(0, 135), code: "FORMAT_INVALID", says: /inside member/ },
  "bytes behind the last member": { archive: `${sample}junk`, code: "FORMAT_INVALID", says: /byte 196/ },
  "a size that is larger than the file": {
    archive: `!<arch>\n${member("a", "x", "9999999999")}`,
    code: "FORMAT_INVALID",
    says: /inside member "a"/,
  },
  "a negative size": { archive: `!<arch>\n${member("a", "", "-1")}`, code: "FORMAT_INVALID", says: /no size/ },
  "a header without its end": {
    archive: `!<arch>\n${member("a", "", "0", "``")}`,
    code: "FORMAT_INVALID",
    says: /no member header/,
  },
  "a name with a slash inside": {
    archive: `!<arch>\n${member("../a", "")}`,
    code: "FORMAT_INVALID",
    says: /plain member name/,
  },
  "a blank name": { archive: `!<arch>\n${member("", "")}`, code: "FORMAT_INVALID", says: /plain member name/ },
  "GNU's long names": { archive: `!<arch>\n${member("//", "")}`, code: "UNSUPPORTED", says: /long name/ },
  "BSD's long names": { archive: `!<arch>\n${member("#1/20", "")}`, code: "UNSUPPORTED", says: /long name/ },
  "more members than allowed": {
    archive: sample,
    code: "LIMIT_EXCEEDED",
    says: /more than 2 members/,
    options: { members: 2 },
  },
};

for (const [what, { archive, code, says, options }] of Object.entries(refused)) {
  test(`refuses ${what}`, async () => {
    await assert.rejects(read(archive, options), (error) => {
      assert.ok(isDistillError(error));
      assert.equal(error.code, code);
      assert.match(error.message, says);
      return true;
    });
  });
}

test("cut and flipped archives fail with nothing but a DistillError", async () => {
  const position = fc.nat(sample.length - 1);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(position, fc.nat(255)), { maxLength: 3 }), position, async (flips, cut) => {
      const bytes = Buffer.from(sample, "latin1");
      for (const [at, value] of flips) bytes[at] = value;
      try {
        for (const { offset, size } of await read(bytes.subarray(0, cut))) assert.ok(offset + size <= cut);
      } catch (error) {
        assert.ok(isDistillError(error), String(error));
      }
    }),
    { numRuns: 300 },
  );
});

test("a .deb of dpkg-deb has the members that ar and dpkg-deb see", {
  skip: unlessTools("dpkg-deb", "ar"),
}, async () => {
  const tree = join(directory, "package");
  mkdirSync(join(tree, "DEBIAN"), { recursive: true });
  writeFileSync(
    join(tree, "DEBIAN/control"),
    "Package: hello\nVersion: 1\nArchitecture: all\nMaintainer: A <a@example.org>\nDescription: a test\n",
  );
  writeFileSync(join(tree, "file"), "content");
  for (const compression of ["none", "gzip", "xz"]) {
    const deb = join(directory, `${compression}.deb`);
    execFileSync("dpkg-deb", ["--root-owner-group", "--uniform-compression", `-Z${compression}`, "-b", tree, deb], {
      stdio: "ignore",
    });
    const members = await membersOf(deb);
    const listed = execFileSync("ar", ["t", deb], { encoding: "utf8" }).trimEnd().split("\n");
    assert.deepStrictEqual(
      members.map(({ name }) => name),
      listed,
    );
    const bytes = readFileSync(deb);
    for (const { name, offset, size } of members) {
      assert.deepStrictEqual(bytes.subarray(offset, offset + size), execFileSync("ar", ["p", deb, name]));
    }
    if (compression !== "none") continue;
    for (const [at, option] of ["--ctrl-tarfile", "--fsys-tarfile"].entries()) {
      const { offset, size } = members[at + 1] as ArMember;
      assert.deepStrictEqual(bytes.subarray(offset, offset + size), execFileSync("dpkg-deb", [option, deb]));
    }
  }
});
