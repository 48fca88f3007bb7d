import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { claimsOf, layerOf } from "../../../test/support/layer-files.ts";
import { unlessTools } from "../../../test/support/tools.ts";
import type { PackageClaim } from "../claim.ts";
import { dpkgStatusCataloger } from "./dpkg-status.ts";

const STATUS = "var/lib/dpkg/status";

async function read(text: string | Uint8Array, path = STATUS) {
  const { claims, warnings } = await claimsOf(dpkgStatusCataloger, { [path]: text });
  return { claims: claims as readonly PackageClaim[], warnings };
}

const stanza = (name: string, more = "Status: install ok installed\n"): string =>
  `Package: ${name}\n${more}Version: 1:2-3\nArchitecture: amd64\nDescription: x\n more\n .\n\n`;

const namesOf = (claims: readonly PackageClaim[]): readonly string[] => claims.map((claim) => claim.package.name);

test("a stanza becomes a package with its source, what it needs, what it provides and its conffiles", async () => {
  const text = `Package: libpam-modules
Essential: yes
Status: install ok installed
Architecture: amd64
Multi-Arch: same
Source: pam (1.5.2-6)
Version: 1.5.2-6+b1
Provides: libpam-motd, libpam-umask (= 1.1.3-7)
Depends: libaudit1 (>= 1:2.2.1), libc6 (>= 2.34),
 debconf (>= 0.5) | debconf-2.0, default-dbus:any
Pre-Depends: libc6 (>= 2.14), init [linux-any] <!nocheck>
Conffiles:
 /etc/security/a b.conf 89abcdef0123456789abcdef01234567
 /etc/gone 0123456789abcdef0123456789abcdef obsolete
 /etc/new newconffile
Description: Pluggable
`;
  const { claims, warnings } = await read(text);
  assert.deepEqual(warnings, []);
  assert.deepEqual(claims, [
    {
      kind: "package",
      package: {
        type: "deb",
        name: "libpam-modules",
        version: "1.5.2-6+b1",
        architecture: "amd64",
        source: { name: "pam", version: "1.5.2-6" },
        licenses: [],
        dependencies: [["libaudit1"], ["libc6"], ["debconf", "debconf-2.0"], ["default-dbus"], ["init"]],
        provides: ["libpam-motd", "libpam-umask"],
      },
      files: ["etc/security/a b.conf", "etc/gone", "etc/new"],
      directories: [],
    },
  ]);
});

test("the source is what Source says, and of the package's own version where that has none", async () => {
  const cases = [
    ["", undefined],
    ["Source: a\n", undefined],
    ["Source: a (1:2-3)\n", undefined],
    ["Source: a (1:2-2)\n", { name: "a", version: "1:2-2" }],
    ["Source: src\n", { name: "src", version: "1:2-3" }],
    ["Source: src (4)\n", { name: "src", version: "4" }],
    ["Source: not a source\n", undefined],
  ] as const;
  for (const [field, expected] of cases) {
    const { claims } = await read(stanza("a", field));
    assert.deepEqual(claims[0]?.package.source, expected, field);
  }
});

test("packages whose files are not there are not", async () => {
  const states = [
    ["install ok installed", true],
    ["deinstall ok config-files", false],
    ["install ok not-installed", false],
    ["install reinstreq half-configured", true],
    ["install ok unpacked", true],
  ] as const;
  for (const [state, isThere] of states) {
    assert.equal((await read(stanza("a", `Status: ${state}\n`))).claims.length, isThere ? 1 : 0, state);
  }
});

test("only dpkg's own files are read: status, and in status.d what is no checksums", () => {
  const paths = {
    [STATUS]: true,
    "var/lib/dpkg/status.d/libc6": true,
    "var/lib/dpkg/status.d/libc6.md5sums": false,
    "var/lib/dpkg/status.d/deeper/libc6": false,
    "var/lib/dpkg/status-old": false,
    "srv/app/status": false,
    "rootfs/var/lib/dpkg/status": false,
  };
  for (const [path, isWanted] of Object.entries(paths)) {
    const [file] = layerOf({ [path]: "" }).files;
    assert.equal(file !== undefined && dpkgStatusCataloger.wants(file), isWanted, path);
  }
});

test("a file of status.d needs no Status", async () => {
  const text = "Package: libc6\nVersion: 2.41-12\nArchitecture: amd64\nSource: glibc\n";
  const { claims, warnings } = await read(text, "var/lib/dpkg/status.d/libc6");
  assert.deepEqual(namesOf(claims), ["libc6"]);
  assert.deepEqual(warnings, []);
});

test("a status file that is not dpkg's is not taken for one", async () => {
  for (const text of ["up and running\n", "\0".repeat(5000), "{}", "Status: 200\n\n"]) {
    const { claims, warnings } = await read(text);
    assert.deepEqual(claims, []);
    assert.match(warnings.join("\n"), /^\/var\/lib\/dpkg\/status: /);
  }
  assert.deepEqual(await read(""), { claims: [], warnings: [] });
});

test("what is damaged is told once with its line, and the rest is read", async () => {
  const bad = "Package: bad name\nVersion: 1\n\n";
  const conffiles = "Conffiles:\n /etc/../../x 0123456789abcdef0123456789abcdef\n /ok newconffile\n";
  const { claims, warnings } = await read(`${stanza("good")}no field\n${bad}${bad}${stanza("next", conffiles)}`);
  assert.deepEqual(namesOf(claims), ["good", "next"]);
  assert.deepEqual(claims[1]?.files, ["ok"]);
  assert.deepEqual(warnings, [
    "/var/lib/dpkg/status: line 9 is no field",
    "/var/lib/dpkg/status: the entry at line 9 is no package of dpkg's",
    "/var/lib/dpkg/status: the entry at line 16 names conffiles that are no paths",
  ]);
});

test("names and versions that hold anything but themselves are refused, and relations passed over", async () => {
  for (const hostile of ["\x1b[31m", "x".repeat(300), "../../etc", ""]) {
    const text = `${stanza(hostile)}${stanza("fine", `Depends: ok, ${hostile}, also-ok\n`)}`;
    const { claims } = await read(text);
    assert.deepEqual(namesOf(claims), ["fine"]);
    assert.deepEqual(claims[0]?.package.dependencies, [["ok"], ["also-ok"]]);
  }
});

test("a field without end is cut, and more names than a distribution has end the reading", async () => {
  const long = await read(`${stanza("a")}${stanza("b", `Conffiles:\n${" /x newconffile\n".repeat(70_000)}`)}`);
  assert.deepEqual(namesOf(long.claims), ["a", "b"]);
  assert.match(long.warnings.join(), /line \d+ makes its field too long/);
  const many = await read(stanza("a", `Depends: ${"b|c,".repeat(20_000)}\nPre-Depends: ${"d|".repeat(40_000)}\n`));
  assert.deepEqual(many.claims[0]?.package.dependencies, [["b", "c"], ["d"]]);
  const distinct = Array.from({ length: 90_000 }, (_, index) => `p${index}`).join();
  const greedy = await read(stanza("a", `Depends: ${distinct}\n`).repeat(4));
  assert.equal(greedy.claims.length, 3);
  assert.match(greedy.warnings.join(), /from line \d+ on are not read/);
});

test("any bytes give claims or warnings and never an error, and what follows them is read", async () => {
  const piece = fc.oneof(
    fc.constantFrom("Package: a\n", "Version: 1\n", "Status: x\n", " \n", "\n", "Conffiles:\n", " /x newconffile\n"),
    fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes).toString("latin1")),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 20 }), async (pieces) => {
      const { claims } = await read(Buffer.from(`${pieces.join("")}\n\n${stanza("last")}`, "latin1"));
      assert.equal(claims.at(-1)?.package.name, "last");
    }),
    { numRuns: 100 },
  );
});

test("this machine's packages are those that dpkg-query lists", { skip: unlessTools("dpkg-query") }, async () => {
  const fields = ["db:Status-Status", "Package", "Version", "Architecture", "source:Package", "source:Version"];
  const format = `${fields.map((field) => `\${${field}}`).join(" ")}\n`;
  const listed = execFileSync("dpkg-query", ["-W", "-f", format], { encoding: "utf8" }).trimEnd().split("\n");
  const expected = listed
    .filter((line) => !/^(?:config-files|not-installed) /.test(line))
    .map((line) => line.slice(line.indexOf(" ") + 1));
  const { claims, warnings } = await read(readFileSync("/var/lib/dpkg/status"));
  const found = claims.map(({ package: { name, version, architecture, source } }) =>
    [name, version, architecture, source?.name ?? name, source?.version ?? version].join(" "),
  );
  assert.deepEqual(warnings, []);
  assert.deepEqual(found.sort(), expected.sort());
});
