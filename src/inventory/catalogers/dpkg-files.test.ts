import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { claimsOf } from "../../../test/support/layer-files.ts";
import { unlessTools } from "../../../test/support/tools.ts";
import type { FilesClaim } from "../claim.ts";
import { dpkgFilesCataloger } from "./dpkg-files.ts";

const SUM = "0123456789abcdef0123456789abcdef";

async function read(entries: Parameters<typeof claimsOf>[1]) {
  const { claims, warnings } = await claimsOf(dpkgFilesCataloger, entries);
  return { claims: claims as readonly FilesClaim[], warnings };
}

test("a list names files of a package of an architecture; directories that hold some are left out", async () => {
  const list = "/.\n/usr\n/usr/lib\n/usr/lib/libc.so.6\n/usr/share\n/usr/share/a b\n/var\n/var/empty\n";
  assert.deepEqual(await read({ "var/lib/dpkg/info/libc6:amd64.list": list }), {
    claims: [
      {
        kind: "files",
        type: "deb",
        name: "libc6",
        architecture: "amd64",
        files: ["usr/lib/libc.so.6", "usr/share/a b", "var/empty"],
        md5: [],
      },
    ],
    warnings: [],
  });
});

test("checksums name files and their MD5, in both places", async () => {
  const sums = `${SUM}  usr/bin/a b\n${SUM.toUpperCase()} *./usr/bin/c\n`;
  const found = { kind: "files", type: "deb", files: ["usr/bin/a b", "usr/bin/c"], md5: [SUM, SUM] };
  const { claims, warnings } = await read({
    "var/lib/dpkg/info/bash.md5sums": sums,
    "var/lib/dpkg/status.d/zlib1g.md5sums": sums,
  });
  assert.deepEqual(claims, [
    { ...found, name: "bash", architecture: undefined },
    { ...found, name: "zlib1g", architecture: undefined },
  ]);
  assert.deepEqual(warnings, []);
});

test("the stanza beside checksums says whose they are", async () => {
  const { claims } = await read({
    "var/lib/dpkg/status.d/base": "Package: base-files\nVersion: 1\nArchitecture: arm64\n",
    "var/lib/dpkg/status.d/base.md5sums": `${SUM}  etc/x\n`,
    "var/lib/dpkg/status.d/odd": "no stanza",
    "var/lib/dpkg/status.d/odd.md5sums": `${SUM}  etc/y\n`,
  });
  assert.deepEqual(
    claims.map(({ name, architecture }) => [name, architecture]),
    [
      ["base-files", "arm64"],
      ["odd", undefined],
    ],
  );
});

test("other files are not read, and empty ones claim nothing", async () => {
  const nothing = { claims: [], warnings: [] };
  for (const path of ["var/lib/dpkg/info/a.postinst", "var/lib/dpkg/status.d/a.list", "srv/info/a.list", "a.md5sums"]) {
    assert.deepEqual(await read({ [path]: "/a\n" }), nothing, path);
  }
  assert.deepEqual(await read({ "var/lib/dpkg/info/a.list": "", "var/lib/dpkg/info/b.md5sums": "" }), nothing);
  assert.deepEqual(await read({ "var/lib/dpkg/info/a b.list": "/a\n" }), {
    claims: [],
    warnings: ["/var/lib/dpkg/info/a b.list: its name is that of no package"],
  });
});

test("lines that are none are told once, and the rest is read", async () => {
  const long = "y".repeat(10_000);
  const list = await read({ "var/lib/dpkg/info/a.list": `/../x\n/a\n${long}\n/a\0b\n/c\n` });
  assert.deepEqual(list.claims[0]?.files, ["a", "c"]);
  assert.deepEqual(list.warnings, [
    "/var/lib/dpkg/info/a.list: line 1 is no path",
    "/var/lib/dpkg/info/a.list: line 3 is longer than 8192 bytes",
  ]);
  const sums = await read({ "var/lib/dpkg/info/a.md5sums": `x  y\n${SUM}  ok\n${SUM}\n${SUM}  ../z\n${SUM}  /\n` });
  assert.deepEqual(sums.claims[0]?.files, ["ok"]);
  assert.deepEqual(sums.warnings, ["/var/lib/dpkg/info/a.md5sums: line 1 is no checksum"]);
});

test("more lines than the limit are left out", async () => {
  const { claims, warnings } = await read({ "var/lib/dpkg/info/a.list": "/x\n".repeat(500_001) });
  assert.equal(claims[0]?.files.length, 500_000);
  assert.deepEqual(warnings, ["/var/lib/dpkg/info/a.list: it has more than 500000 lines"]);
});

test("any bytes give claims or warnings and never an error", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
      const { claims } = await read({ "var/lib/dpkg/info/a.list": bytes, "var/lib/dpkg/info/a.md5sums": bytes });
      for (const { files, md5 } of claims) assert.ok(md5.length === 0 || md5.length === files.length);
    }),
    { numRuns: 100 },
  );
});

test("files of a package are those of dpkg-query", { skip: unlessTools("dpkg-query") }, async () => {
  const listed = execFileSync("dpkg-query", ["-L", "dpkg"], { encoding: "utf8" }).trimEnd().split("\n");
  const expected = listed.filter((path) => !statSync(path, { throwIfNoEntry: false })?.isDirectory());
  const info = "var/lib/dpkg/info/dpkg";
  const { claims } = await read({
    [`${info}.list`]: readFileSync(`/${info}.list`),
    [`${info}.md5sums`]: readFileSync(`/${info}.md5sums`),
  });
  const [fromList, fromSums] = claims.map(({ files }) => new Set(files.map((path) => `/${path}`)));
  assert.ok(expected.length > 50 && fromList !== undefined && fromSums !== undefined);
  assert.deepEqual(
    expected.filter((path) => !fromList.has(path)),
    [],
  );
  assert.deepEqual(
    [...fromSums].filter((path) => !fromList.has(path)),
    [],
  );
});
