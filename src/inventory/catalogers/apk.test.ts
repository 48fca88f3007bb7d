import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { claimsOf } from "../../../test/support/layer-files.ts";
import type { PackageClaim } from "../claim.ts";
import { apkCataloger } from "./apk.ts";

const PATH = "lib/apk/db/installed";

async function read(text: string | Uint8Array, path = PATH) {
  const { claims, warnings } = await claimsOf(apkCataloger, { [path]: text });
  return { claims: claims as readonly PackageClaim[], warnings };
}

const ALPINE = `C:Q1qQY0Ey1Iavk3ftWJ6ZlPWPeHxjk=
P:musl
V:1.2.5-r0
A:x86_64
S:407278
I:667648
T:the musl c library (libc) implementation
U:https://musl.libc.org/
L:MIT
o:musl
m:Timo <t@example.org>
t:1711557119
c:8d8acbff
p:so:libc.musl-x86_64.so.1=1
F:lib
R:ld-musl-x86_64.so.1
a:0:0:755
Z:Q1+K6J4ouBGiTMWAbDAeuWf1RqHEs=
R:libc.musl-x86_64.so.1
F:etc/empty

C:Q1
P:ssl_client
V:1.36.1-r29
A:x86_64
L:GPL-2.0-only
o:busybox
D:so:libc.musl-x86_64.so.1 so:libssl.so.3
p:cmd:ssl_client=1.36.1-r29

P:busybox
V:1.36.1-r29
A:x86_64
L:GPL-2.0-only AND MIT
o:busybox
D:so:libc.musl-x86_64.so.1 cmd:ssl_client~1 /bin/sh !uclibc tzdata>=2024 musl@edge
p:/bin/sh cmd:sh=1.36.1-r29
F:
R:linuxrc
F:bin
R:busybox
`;

test("packages of Alpine with their source, licence and files; libraries and commands are those of packages", async () => {
  const { claims, warnings } = await read(ALPINE);
  assert.deepEqual(warnings, []);
  const common = { type: "apk", architecture: "x86_64" };
  assert.deepEqual(claims, [
    {
      kind: "package",
      package: {
        ...common,
        name: "musl",
        version: "1.2.5-r0",
        source: undefined,
        licenses: ["MIT"],
        dependencies: [],
      },
      files: ["lib/ld-musl-x86_64.so.1", "lib/libc.musl-x86_64.so.1"],
      directories: [],
    },
    {
      kind: "package",
      package: {
        ...common,
        name: "ssl_client",
        version: "1.36.1-r29",
        source: { name: "busybox", version: "1.36.1-r29" },
        licenses: ["GPL-2.0-only"],
        dependencies: [["musl"], ["so:libssl.so.3"]],
      },
      files: [],
      directories: [],
    },
    {
      kind: "package",
      package: {
        ...common,
        name: "busybox",
        version: "1.36.1-r29",
        source: undefined,
        licenses: ["GPL-2.0-only AND MIT"],
        dependencies: [["musl"], ["ssl_client"], ["tzdata"]],
      },
      files: ["linuxrc", "bin/busybox"],
      directories: [],
    },
  ]);
});

test("where several packages provide a name, each is an alternative, but a package of that name is the one", async () => {
  const text = "P:a\nV:1\np:mta\n\nP:b\nV:1\np:mta=2 c\n\nP:c\nV:1\n\nP:d\nV:1\nD:mta c\n";
  const { claims } = await read(text);
  assert.deepEqual(claims[3]?.package.dependencies, [["a", "b"], ["c"]]);
});

test("only apk's own database is read, in either of its places", async () => {
  const entry = "P:a\nV:1\n";
  assert.equal((await read(entry, "usr/lib/apk/db/installed")).claims.length, 1);
  for (const path of ["srv/lib/apk/db/installed", "lib/apk/db/installed/x", "lib/apk/db/triggers"]) {
    assert.deepEqual(await read(entry, path), { claims: [], warnings: [] });
  }
});

test("what is damaged is told once with its line, and the rest is read", async () => {
  const text = `P:a\nV:1\nnothing\nF:../..\nR:etc/passwd\nF:ok\nR:x\n\nP:no version\n\nV:1\n\nP:b\nV:${"1".repeat(300_000)}\n\nP:c\nV:1\n`;
  const { claims, warnings } = await read(text);
  assert.deepEqual(
    claims.map((claim) => [claim.package.name, claim.files]),
    [
      ["a", ["ok/x"]],
      ["c", []],
    ],
  );
  assert.deepEqual(warnings, [
    "/lib/apk/db/installed: line 3 is no field",
    "/lib/apk/db/installed: line 5 is no path",
    "/lib/apk/db/installed: the entry at line 9 is no package of apk's",
  ]);
  for (const hostile of ["\x1b[31m", "a b", "x".repeat(300)]) {
    assert.deepEqual((await read(`P:${hostile}\nV:1\n\nP:a\nV:${hostile}\n`)).claims, []);
  }
});

test("a database that asks for far more memory than it has bytes is read up to there", async () => {
  const long = `F:${"d/".repeat(2000)}\n${"R:c\n".repeat(40_000)}`;
  const { claims, warnings } = await read(`P:a\nV:1\nF:b\nR:c\n\nP:b\nV:1\n${long}\n\nP:c\nV:1\n`);
  assert.deepEqual(
    claims.map((claim) => claim.package.name),
    ["a"],
  );
  assert.deepEqual(warnings, ["/lib/apk/db/installed: its entries behind a are not read: they name too much"]);
});

test("a name that everybody provides and everybody needs is looked up in no time", async () => {
  const entry = (index: number): string => `P:p${index}\nV:1\np:all\nD:all ${"other ".repeat(5)}\n\n`;
  const { claims } = await read(Array.from({ length: 30_000 }, (_, index) => entry(index)).join(""));
  assert.equal(claims.at(-1)?.package.dependencies[0]?.length, 10);
});

test("any bytes give claims or warnings and never an error, and what follows them is read", async () => {
  const piece = fc.oneof(
    fc.constantFrom("P:a\n", "V:1\n", "F:x\n", "R:y\n", "R:", "D:so:x\n", "p:a a=1 =\n", "\n"),
    fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes).toString("latin1")),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 20 }), async (pieces) => {
      const { claims } = await read(Buffer.from(`${pieces.join("")}\n\nP:last\nV:1\n`, "latin1"));
      assert.equal(claims.at(-1)?.package.name, "last");
    }),
    { numRuns: 100 },
  );
});
