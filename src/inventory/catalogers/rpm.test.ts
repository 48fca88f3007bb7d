import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { claimsOf } from "../../../test/support/layer-files.ts";
import { ndbDatabase, rpmHeader, sqliteDatabase, type TagValue } from "../../../test/support/rpm-databases.ts";
import { unlessTools } from "../../../test/support/tools.ts";
import type { PackageClaim } from "../claim.ts";
import { rpmCataloger } from "./rpm.ts";

const SQLITE = "var/lib/rpm/rpmdb.sqlite";
const NDB = "usr/lib/sysimage/rpm/Packages.db";

async function read(entries: Parameters<typeof claimsOf>[1]) {
  const { claims, warnings } = await claimsOf(rpmCataloger, entries);
  return { claims: claims as readonly PackageClaim[], warnings };
}

const RPMLIB = 1 << 24;
const BASH = {
  1000: { text: "bash" },
  1001: { text: "5.1.8" },
  1002: { text: "9.el9" },
  1014: { text: "GPLv3+" },
  1022: { text: "x86_64" },
  1027: { texts: [] },
  1029: { bytes: [0, 0, 2, 0] },
  1030: { shorts: [0o100755, 0o40755, 0o100644, 0o120777] },
  1044: { text: "bash-5.1.8-9.el9.src.rpm" },
  1047: { texts: ["bash", "/bin/sh", "config(bash)"] },
  1048: { numbers: [0, 0, RPMLIB, 0, 0] },
  1049: { texts: ["config(bash)", "libc.so.6()(64bit)", "rpmlib(X)", "(a if b)", "filesystem"] },
  1116: { numbers: [0, 1, 1, 0] },
  1117: { texts: ["bash", "bash", "COPYING", "sh"] },
  1118: { texts: ["/usr/bin/", "/usr/share/doc/"] },
} as const satisfies Record<number, TagValue>;
const GLIBC = {
  1000: { text: "glibc" },
  1001: { text: "2.34" },
  1002: { text: "100.el9" },
  1003: { numbers: [1] },
  1014: { text: "LGPLv2+ ünd MIT" },
  1022: { text: "x86_64" },
  1044: { text: "glibc-source-2.34-100.el9.src.rpm" },
  1047: { texts: ["libc.so.6()(64bit)"] },
  1049: { texts: ["/usr/bin/sh", "/bin/sh", "libmissing.so.1"] },
} as const satisfies Record<number, TagValue>;
const KEY = { 1000: { text: "gpg-pubkey" }, 1001: { text: "8483c65d" }, 1002: { text: "5ccc5b19" } };

const EXPECTED = [
  {
    kind: "package",
    package: {
      type: "rpm",
      name: "bash",
      version: "5.1.8-9.el9",
      architecture: "x86_64",
      source: undefined,
      licenses: ["GPLv3+"],
      dependencies: [["glibc"], ["filesystem"]],
    },
    files: ["usr/bin/bash", "usr/bin/sh"],
    directories: [],
  },
  {
    kind: "package",
    package: {
      type: "rpm",
      name: "glibc",
      version: "1:2.34-100.el9",
      architecture: "x86_64",
      source: { name: "glibc-source", version: "1:2.34-100.el9" },
      licenses: ["LGPLv2+ ünd MIT"],
      dependencies: [["bash"], ["libmissing.so.1"]],
    },
    files: [],
    directories: [],
  },
];

const headers = [BASH, GLIBC, KEY].map(rpmHeader);

test("packages with source, licence, files and what they need by names of packages; keys are none", async () => {
  for (const entries of [{ [SQLITE]: sqliteDatabase(headers) }, { [NDB]: ndbDatabase(headers) }]) {
    assert.deepEqual(await read(entries), { claims: EXPECTED, warnings: [] });
  }
});

test("a database of Berkeley DB is told, a log that was not taken in too, and other files are not read", async () => {
  assert.deepEqual(await read({ "var/lib/rpm/Packages": "\0" }), {
    claims: [],
    warnings: ["/var/lib/rpm/Packages: databases of Berkeley DB are not read: the packages of rpm are not known"],
  });
  const logged = await read({ [SQLITE]: sqliteDatabase(headers), [`${SQLITE}-wal`]: "x".repeat(5000) });
  assert.equal(logged.claims.length, 2);
  assert.deepEqual(logged.warnings, [`/${SQLITE}: what is only in its log (-wal) is not read`]);
  for (const path of ["var/lib/rpm/Name", "srv/var/lib/rpm/rpmdb.sqlite", "var/lib/rpm/Packages.db.lock"]) {
    assert.deepEqual(await read({ [path]: "x" }), { claims: [], warnings: [] });
  }
  for (const path of [SQLITE, NDB, "var/lib/rpm/Packages"]) {
    assert.deepEqual(await read({ [path]: "" }), { claims: [], warnings: [] });
  }
});

test("a package that is broken is told, and the others are read", async () => {
  const bad: readonly Buffer[] = [
    Buffer.alloc(3),
    rpmHeader(BASH).subarray(0, 100),
    rpmHeader({ ...BASH, 1000: { text: "\x1b[31m" } }),
    rpmHeader({ ...BASH, 1000: { numbers: [1] } }),
    Buffer.concat([Buffer.from("00000001 7fffffff".replace(" ", ""), "hex"), Buffer.alloc(64)]),
  ];
  for (const blob of bad) {
    for (const entries of [
      { [SQLITE]: sqliteDatabase([blob, ...headers]) },
      { [NDB]: ndbDatabase([blob, ...headers]) },
    ]) {
      const { claims, warnings } = await read(entries);
      assert.deepEqual(claims, EXPECTED);
      assert.equal(warnings.length, 1);
    }
  }
});

test("paths that cannot be are left out, and a database that asks for too much memory is read up to there", async () => {
  const paths = {
    1116: { numbers: [0, 1, 7, 0, 0] },
    1117: { texts: ["ok", "x", "y", "..", "a/b"] },
    1118: { texts: ["/usr/", "/../"] },
  };
  const some = await read({ [SQLITE]: sqliteDatabase([rpmHeader({ ...GLIBC, ...paths })]) });
  assert.deepEqual(some.claims[0]?.files, ["usr/ok"]);
  const greedy = {
    1116: { numbers: Array.from({ length: 150_000 }, () => 0) },
    1117: { texts: Array.from({ length: 150_000 }, () => "x") },
    1118: { texts: [`/${"d".repeat(200)}/`.repeat(15)] },
  };
  const { claims, warnings } = await read({
    [NDB]: ndbDatabase([rpmHeader(BASH), rpmHeader({ ...GLIBC, ...greedy })]),
  });
  assert.deepEqual(
    claims.map((claim) => claim.package.name),
    ["bash"],
  );
  assert.deepEqual(warnings, [`/${NDB}: its packages name too much`]);
  const many = { ...GLIBC, 1049: { texts: Array.from({ length: 500_001 }, () => "") } };
  assert.match((await read({ [NDB]: ndbDatabase([rpmHeader(many)]) })).warnings.join(), /more than 500000 values/);
});

test("slots that overlap or lie outside cost their packages only", async () => {
  const bytes = ndbDatabase(headers);
  const changed = (at: number, value: number): Buffer => {
    const copy = Buffer.from(bytes);
    copy.writeUInt32LE(value, at);
    return copy;
  };
  const cases = [changed(40, 0xffffffff), changed(44, 0), changed(36, 9), changed(40, 260), changed(32, 0)];
  for (const database of cases) {
    const { claims, warnings } = await read({ [NDB]: database });
    assert.deepEqual(
      claims.map((claim) => claim.package.name),
      ["glibc"],
    );
    assert.equal(warnings.length, 1);
  }
  for (const database of [changed(44, 0xffffffff), changed(12, 0xffffffff), changed(4, 1), changed(0, 0)]) {
    assert.equal((await read({ [NDB]: database })).warnings.length, 1);
  }
});

test("any damage gives claims or warnings and never an error", async () => {
  for (const [path, sound] of [
    [SQLITE, sqliteDatabase(headers, 512)],
    [NDB, ndbDatabase(headers)],
  ] as const) {
    const change = fc.tuple(fc.nat(sound.length - 1), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 30 }), fc.nat(sound.length), async (changes, length) => {
        const bytes = Buffer.from(sound);
        for (const [at, byte] of changes) bytes[at] = byte;
        for (const each of [bytes, bytes.subarray(0, length)]) await read({ [path]: each });
      }),
      { numRuns: 150 },
    );
  }
});

const SPEC = `Name: tiny
Epoch: 2
Version: 1.0
Release: 3
Summary: x
License: MIT and GPLv2+
BuildArch: noarch
Requires: tiny-libs >= 1, /opt/tiny/lib/x, libmissing.so.1()(64bit)
%description
x
%package libs
Summary: y
License: BSD
%description libs
y
%install
mkdir -p %{buildroot}/opt/tiny/lib/empty %{buildroot}/opt/tiny/bin
echo a > %{buildroot}/opt/tiny/bin/tiny
echo b > %{buildroot}/opt/tiny/lib/x
%files
/opt/tiny/bin/tiny
%dir /opt/tiny
%files libs
/opt/tiny/lib
`;

test("what rpm itself wrote is read as rpm reads it", { skip: unlessTools("rpm", "rpmbuild") }, async () => {
  const directory = mkdtempSync(join(tmpdir(), "rpm-oracle-"));
  const run = (program: string, ...words: readonly string[]): string =>
    execFileSync(program, words, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  try {
    writeFileSync(join(directory, "tiny.spec"), SPEC);
    run("rpmbuild", "--define", `_topdir ${directory}/top`, "-bb", join(directory, "tiny.spec"));
    const packages = ["tiny", "tiny-libs"].map((name) => `${directory}/top/RPMS/noarch/${name}-1.0-3.noarch.rpm`);
    const database = ["--dbpath", `${directory}/db`, "--define", "_db_backend sqlite"];
    run("rpm", ...database, "-i", "--justdb", "--nodeps", ...packages);
    const format = ["NAME", "EVR", "ARCH", "LICENSE"].map((tag) => `%{${tag}}`).join("|");
    const listed = run("rpm", ...database, "-qa", "--qf", `${format}\\n`)
      .trimEnd()
      .split("\n");
    const { claims, warnings } = await read({ [SQLITE]: readFileSync(`${directory}/db/rpmdb.sqlite`) });
    assert.deepEqual(warnings, []);
    const shown = claims.map(({ package: { name, version, architecture, licenses } }) =>
      [name, version, architecture, ...licenses].join("|"),
    );
    assert.deepEqual(shown.sort(), listed.sort());
    const tiny = claims.find(({ package: { name } }) => name === "tiny");
    const libs = claims.find(({ package: { name } }) => name === "tiny-libs");
    assert.deepEqual([tiny?.files, libs?.files], [["opt/tiny/bin/tiny"], ["opt/tiny/lib/x"]]);
    assert.deepEqual(tiny?.package.dependencies, [["tiny-libs"], ["libmissing.so.1()(64bit)"]]);
    assert.deepEqual(libs?.package.source, { name: "tiny", version: "2:1.0-3" });
  } finally {
    rmSync(directory, { recursive: true });
  }
});
