import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { temporaryDirectory } from "../../../test/support/directories.ts";
import { claimsOf, layerOf } from "../../../test/support/layer-files.ts";
import { unlessTools } from "../../../test/support/tools.ts";
import { type ZipPart, zipOf } from "../../../test/support/zip-writer.ts";
import { bytesContent } from "../../rootfs/content.ts";
import { ArchiveReader } from "./java/archive.ts";
import { javaCataloger } from "./java.ts";

const pomPath = (group: string, artifact: string, file = "properties"): string =>
  `META-INF/maven/${group}/${artifact}/pom.${file}`;

function pom(group: string, artifact: string, version: string): ZipPart {
  const bytes = `#Created by Apache Maven\nartifactId=${artifact}\r\ngroupId=${group}\nversion=${version}\n`;
  return { name: pomPath(group, artifact), bytes };
}

function manifest(attributes: Readonly<Record<string, string>>): ZipPart {
  const lines = Object.entries({ "Manifest-Version": "1.0", ...attributes }).map(
    ([name, value]) => `${name}: ${value}`,
  );
  return {
    name: "META-INF/MANIFEST.MF",
    bytes: `${lines.join("\r\n")}\r\n\r\nName: x\r\nImplementation-Version: 9\r\n`,
  };
}

async function librariesOf(name: string, bytes: Uint8Array) {
  const { claims, warnings } = await claimsOf(javaCataloger, { [`app/${name}`]: bytes });
  const packages = claims.map((claim) => {
    assert.ok(claim.kind === "package");
    assert.deepEqual([claim.package.type, claim.files, claim.directories], ["maven", [`app/${name}`], []]);
    return { ...claim.package, inside: claim.inside };
  });
  const shown = packages.map(
    ({ name, version, inside }) => `${name} ${version}${inside === undefined ? "" : ` in ${inside}`}`,
  );
  return { shown, packages, warnings };
}

/** File name, entries, and what they are expected to be. */
const CASES: readonly (readonly [string, readonly ZipPart[], readonly string[]])[] = [
  ["x.jar", [pom("org.example", "lib", "1.2")], ["org.example:lib 1.2"]],
  [
    "lib-1.2.jar",
    [manifest({ "Implementation-Version": "7" }), pom("org.example", "lib", "1.2")],
    ["org.example:lib 1.2"],
  ],
  // Merged libraries keep their records; the archive is what it is called.
  [
    "app-2.0-all.jar",
    [pom("org.example", "app", "2.0"), pom("com.google.guava", "guava", "33.0.0-jre")],
    ["org.example:app 2.0", `com.google.guava:guava 33.0.0-jre in ${pomPath("com.google.guava", "guava")}`],
  ],
  ["app.jar", [pom("com.google.guava", "guava", "33.0.0-jre")], ["com.google.guava:guava 33.0.0-jre"]],
  [
    "app-2.0.jar",
    [pom("com.google.guava", "guava", "33.0.0-jre")],
    ["app 2.0", `com.google.guava:guava 33.0.0-jre in ${pomPath("com.google.guava", "guava")}`],
  ],
  [
    "app-2.0.jar",
    [
      manifest({ "Implementation-Title": "app", "Implementation-Version": "2.0" }),
      pom("com.google.guava", "guava", "33.0.0-jre"),
    ],
    ["app 2.0", `com.google.guava:guava 33.0.0-jre in ${pomPath("com.google.guava", "guava")}`],
  ],
  [
    "slf4j-api-2.0.9.jar",
    [manifest({ "Bundle-SymbolicName": "org.slf4j.api; singleton:=true" })],
    ["org.slf4j:slf4j-api 2.0.9"],
  ],
  [
    "jackson-core-2.15.3.jar",
    [manifest({ "Bundle-SymbolicName": "com.fasterxml.jackson.core.jackson-core" })],
    ["com.fasterxml.jackson.core:jackson-core 2.15.3"],
  ],
  [
    "guava.jar",
    [manifest({ "Bundle-SymbolicName": "com.google.guava", "Bundle-Version": "31.1.0.jre" })],
    ["com.google.guava:guava 31.1.0.jre"],
  ],
  [
    "jspecify-1.0.0.jar",
    [manifest({ "Automatic-Module-Name": "org.jspecify.jspecify" })],
    ["org.jspecify:jspecify 1.0.0"],
  ],
  ["junit-4.13.2.jar", [manifest({ "Implementation-Vendor-Id": "junit" })], ["junit:junit 4.13.2"]],
  ["app.jar", [manifest({ "Implementation-Title": "the-app", "Implementation-Version": "3" })], ["the-app 3"]],
  [
    "git.hpi",
    [manifest({ "Short-Name": "git", "Group-Id": "org.jenkins-ci.plugins", "Plugin-Version": "5.2.1" })],
    ["org.jenkins-ci.plugins:git 5.2.1"],
  ],
  ["spring-core-6.1.0.jar", [], ["spring-core 6.1.0"]],
  ["log4j-1.2-api-2.17.0.jar", [], ["log4j-1.2-api 2.17.0"]],
  ["javax.inject-1.jar", [], ["javax.inject 1"]],
  ["x-1.0-20240101.120000-3.jar", [], ["x 1.0-20240101.120000-3"]],
  [
    "epoll-4.1.100.Final-linux-x86_64.jar",
    [manifest({ "Implementation-Version": "4.1.100.Final" })],
    ["epoll 4.1.100.Final"],
  ],
  // Neither a name nor a version: the runtime's own, and what was given a name of its own.
  ["rt.jar", [manifest({ "Implementation-Title": "Java Runtime Environment", "Implementation-Version": "1.8" })], []],
  ["app.jar", [manifest({ "Main-Class": "Main" })], []],
  ["app.jar", [manifest({ "Implementation-Title": "$\u007btitle}", "Implementation-Version": "$\u007bv}" })], []],
  ["app.war", [pom("g", "", "1"), pom("g", "a", "$\u007bv}"), pom("../g", "a", "1")], []],
];

test("libraries are named by Maven's records, their manifest and their file name", async () => {
  for (const [name, parts, expected] of CASES) {
    const { shown, warnings } = await librariesOf(name, zipOf(parts));
    assert.deepEqual(shown, expected, name);
    assert.deepEqual(warnings, []);
  }
});

test("archives are told by their names", () => {
  const names = ["a.jar", "a.war", "a.ear", "a.jpi", "a.hpi", "a.zip", "a.jar.txt", "jar"];
  const { files } = layerOf(Object.fromEntries(names.map((name) => [name, zipOf([])])));
  assert.deepEqual(
    files.filter((file) => javaCataloger.wants(file)).map(({ path }) => path),
    names.slice(0, 5).sort(),
  );
});

test("libraries in archives are found, stored or compressed, with their path", async () => {
  const inner = zipOf([pom("g", "inner", "1")]);
  const middle = zipOf([pom("g", "middle", "2"), { name: "WEB-INF/lib/inner-1.jar", bytes: inner }]);
  const outer = zipOf([
    manifest({ "Implementation-Title": "app", "Implementation-Version": "3" }),
    { name: "BOOT-INF/lib/inner-1.jar", bytes: inner, method: 0 },
    { name: "middle.war", bytes: middle },
    { name: "BOOT-INF/classes/x.class", bytes: "x" },
  ]);
  const { shown, warnings } = await librariesOf("app.jar", Buffer.concat([Buffer.from("#!/bin/sh\n"), outer]));
  assert.deepEqual(shown, [
    "app 3",
    "g:inner 1 in BOOT-INF/lib/inner-1.jar",
    "g:middle 2 in middle.war",
    "g:inner 1 in middle.war!/WEB-INF/lib/inner-1.jar",
  ]);
  assert.deepEqual(warnings, []);
});

test("licences are those of the pom, or of the manifest", async () => {
  const xml =
    "<project><name>x</name><licenses><license>\n<name> Apache-2.0\n</name></license><license><name>MIT</name></license></licenses></project>";
  const licensed = zipOf([
    manifest({ "Bundle-License": "BSD" }),
    pom("g", "a", "1"),
    { name: pomPath("g", "a", "xml"), bytes: xml },
  ]);
  assert.deepEqual((await librariesOf("a.jar", licensed)).packages[0]?.licenses, ["Apache-2.0", "MIT"]);
  const bundle = manifest({ "Bundle-License": '"Apache-2.0";link="https://x", https://opensource.org/licenses/MIT' });
  assert.deepEqual((await librariesOf("a-1.jar", zipOf([bundle]))).packages[0]?.licenses, [
    "Apache-2.0",
    "https://opensource.org/licenses/MIT",
  ]);
  for (const bytes of ["<licenses><name>", "<licenses></licenses>", "<licenses><name>x", "</licenses><licenses>"]) {
    const odd = zipOf([pom("g", "a", "1"), { name: pomPath("g", "a", "xml"), bytes }]);
    assert.deepEqual((await librariesOf("a.jar", odd)).packages[0]?.licenses, []);
  }
});

test("lines of a manifest go on in the middle of a character", async () => {
  const title = Buffer.from("Implementation-Title: na\r\n me\r\nBundle-License: caf\xc3\r\n \xa9\r\n", "latin1");
  const bytes = Buffer.concat([title, Buffer.from("implementation-version: 1\r\n")]);
  const { packages } = await librariesOf("x.jar", zipOf([{ name: "META-INF/MANIFEST.MF", bytes }]));
  assert.deepEqual([packages[0]?.name, packages[0]?.licenses], ["name", ["café"]]);
});

test("what is damaged is told with its path, and the rest is read", async () => {
  const good = { name: "good-1.jar", bytes: zipOf([pom("g", "good", "1")]) };
  const cases: readonly [ZipPart, RegExp][] = [
    [{ name: "bad.jar", bytes: zipOf([pom("g", "bad", "1")]), crc: 1 }, /^\/app\/x\.war: bad\.jar: .*CRC/],
    [
      { ...pom("g", "bad", "1"), size: 10 },
      /^\/app\/x\.war: META-INF\/maven\/g\/bad\/pom\.properties: .*larger than 10/,
    ],
    [{ ...pom("g", "bad", "1"), size: 100_000 }, /pom\.properties: .*more than 65536 bytes/],
    [{ name: "bad.jar", bytes: zipOf([], { directorySize: 2 ** 31 }) }, /bad\.jar: .*directory lies outside/],
    [{ name: "\x1b[31m.jar", bytes: "", offset: 2 ** 31 }, /^\/app\/x\.war: \?\[31m\.jar: /],
  ];
  for (const [bad, warning] of cases) {
    const { shown, warnings } = await librariesOf("x.war", zipOf([bad, good]));
    assert.deepEqual(shown, ["g:good 1 in good-1.jar"]);
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? "", warning);
  }
});

test("what is called an archive and is none gives nothing", async () => {
  assert.deepEqual((await librariesOf("x-1.jar", Buffer.from("no archive, but long enough"))).shown, []);
  assert.deepEqual((await librariesOf("x-1.war", zipOf([{ name: "y-1.jar", bytes: "" }]))).shown, ["x 1"]);
});

test("archives in archives end at the depth, the bytes and the number that are allowed", async () => {
  const limits = { depth: 3, bytes: 100_000, entries: 20, directories: 5000, held: 50_000 };
  const read = async (bytes: Uint8Array): Promise<readonly [number, readonly string[]]> => {
    const warnings: string[] = [];
    const found = await new ArchiveReader((problem) => warnings.push(problem), limits).read(
      bytesContent(bytes),
      "x-1.jar",
    );
    return [found.length, warnings];
  };
  let nested = zipOf([]);
  for (let depth = 0; depth < 10; depth++)
    nested = zipOf([{ name: "x-1.jar", bytes: nested, method: (depth % 2) * 8 }]);
  assert.deepEqual(await read(nested), [3, ["x-1.jar!/x-1.jar!/x-1.jar: archives are nested too deep"]]);

  const many = zipOf(
    Array.from({ length: 30 }, (_, index) => ({ name: `x-${index}.jar`, bytes: zipOf([]), method: 0 })),
  );
  assert.deepEqual(await read(many), [21, ["it holds more than is looked at"]]);

  const large = { name: "x-1.jar", bytes: Buffer.alloc(40_000) };
  assert.deepEqual(await read(zipOf([large, large, large])), [1, ["it holds more than is looked at"]]);
  const larger = { name: "x-1.jar", bytes: Buffer.alloc(60_000) };
  assert.match((await read(zipOf([larger])))[1].join(), /more than 50000 bytes/);

  const wide = zipOf(Array.from({ length: 60 }, (_, index) => ({ name: `x-${index}.class`, bytes: "" })));
  const wides = zipOf([1, 2, 3].map((index) => ({ name: `x-${index}.jar`, bytes: wide, method: 0 })));
  assert.match((await read(wides))[1].join(), /^x-2\.jar: ZIP archive with a directory of more than \d+ bytes,x-3/);

  // One entry that many records of the directory point to is paid for each time.
  const bomb = zipOf([large, ...Array.from({ length: 10 }, () => ({ ...large, offset: 0 }))]);
  assert.deepEqual((await read(bomb))[1], ["it holds more than is looked at"]);
});

test("an archive in which everything is damaged is not told without end", async () => {
  const bad = Array.from({ length: 500 }, (_, index) => ({ name: `${index}.jar`, bytes: "x", crc: 1 }));
  assert.equal((await librariesOf("x.jar", zipOf(bad))).warnings.length, 20);
});

test("bytes that were changed or cut anywhere give claims or warnings, and no failure", async () => {
  const inner = zipOf([pom("g", "inner", "1"), manifest({ "Bundle-SymbolicName": "a.b" })]);
  const image = zipOf([
    { ...pom("g", "a", "1"), method: 0 },
    { ...manifest({ "Implementation-Title": "a", "Bundle-License": "MIT" }), method: 0 },
    { name: "a/inner.jar", bytes: inner, method: 0 },
    { name: "b/inner.jar", bytes: inner },
  ]);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(image.length - 1), fc.nat(255)), { maxLength: 6 }),
      fc.option(fc.nat(image.length), { nil: undefined }),
      async (changes, end) => {
        const copy = image.slice(0, end);
        for (const [at, value] of changes) if (at < copy.length) copy[at] = value;
        await librariesOf("a-1.jar", copy);
      },
    ),
    { numRuns: 200 },
  );
});

test("archives that jar(1) writes are read", { skip: unlessTools("jar") }, async (t) => {
  const directory = temporaryDirectory(t);
  const path = (...names: readonly string[]): string => join(directory, ...names);
  mkdirSync(path("lib/META-INF/maven/g/lib"), { recursive: true });
  writeFileSync(path("lib/META-INF/maven/g/lib/pom.properties"), "groupId=g\nartifactId=lib\nversion=1.5\n");
  writeFileSync(path("lib.mf"), `Bundle-License: ${"long ".repeat(30)}\nImplementation-Title: lib\n`);
  mkdirSync(path("app/BOOT-INF/lib"), { recursive: true });
  execFileSync("jar", ["cfm", path("app/BOOT-INF/lib/lib-1.5.jar"), path("lib.mf"), "-C", path("lib"), "."]);
  writeFileSync(path("app.mf"), "Implementation-Title: app\nImplementation-Version: 2\n");
  for (const flags of ["cfm", "cfm0"]) {
    execFileSync("jar", [flags, path("app.jar"), path("app.mf"), "-C", path("app"), "."]);
    const { shown, packages, warnings } = await librariesOf("app.jar", readFileSync(path("app.jar")));
    assert.deepEqual(shown, ["app 2", "g:lib 1.5 in BOOT-INF/lib/lib-1.5.jar"]);
    assert.deepEqual(packages[1]?.licenses, ["long ".repeat(30).trim()]);
    assert.deepEqual(warnings, []);
  }
});
