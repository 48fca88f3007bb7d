import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isDistillError } from "../../lib/errors.ts";
import { readSecdb } from "./alpine-secdb.ts";

const bytesOf = (value: unknown) => Buffer.from(JSON.stringify(value));

const fileOf = (packages: unknown, distroversion: unknown = "v3.20") => ({
  apkurl: "{{urlprefix}}/{{distroversion}}/{{reponame}}/{{arch}}/{{pkg.name}}-{{pkg.ver}}.apk",
  archs: ["x86_64"],
  reponame: "main",
  urlprefix: "https://dl-cdn.alpinelinux.org/alpine",
  distroversion,
  packages,
});

const secfixes = (fixes: unknown) => fileOf([{ pkg: { name: "xen", secfixes: fixes } }]);

const flawsOf = (fixes: unknown) =>
  readSecdb(bytesOf(secfixes(fixes)), "main.json").flatMap((item) => {
    if (item.kind !== "entry") return [];
    assert.ok(item.rule.kind === "secdb" && item.ecosystem === "secdb:v3.20" && item.name === "xen");
    return [[item.record.id, item.record.aliases, item.rule.fixed]];
  });

test("each flaw that a version fixes is an entry, and the release is told", () => {
  const items = readSecdb(bytesOf(secfixes({ "4.7.0-r0": ["CVE-2016-6258", "CVE-2016-6259"] })), "main.json");
  assert.deepEqual(items[0], { kind: "ecosystem", ecosystem: "secdb:v3.20" });
  assert.deepEqual(items[1], {
    kind: "entry",
    ecosystem: "secdb:v3.20",
    name: "xen",
    record: {
      id: "CVE-2016-6258",
      aliases: [],
      summary: "",
      severities: [],
      published: undefined,
      modified: undefined,
      withdrawn: undefined,
      link: "https://security.alpinelinux.org/vuln/CVE-2016-6258",
    },
    rule: { kind: "secdb", fixed: "4.7.0-r0" },
  });
  assert.equal(items.length, 3);
});

test("several CVEs in one text are as many flaws, and a bulletin is no name of one", () => {
  assert.deepEqual(flawsOf({ "1-r0": ["CVE-2015-8339 CVE-2015-8340 XSA-159"] }), [
    ["CVE-2015-8339", [], "1-r0"],
    ["CVE-2015-8340", [], "1-r0"],
  ]);
  assert.deepEqual(flawsOf({ "1-r0": ["XSA-158 CVE-2015-8338"] }), [["CVE-2015-8338", [], "1-r0"]]);
  assert.deepEqual(flawsOf({ "1-r0": ["CVE-2024-1234 GHSA-2226-4v3c-cff8"] }), [
    ["CVE-2024-1234", ["GHSA-2226-4v3c-cff8"], "1-r0"],
  ]);
  assert.deepEqual(flawsOf({ "1-r0": ["XSA-248", "ZBX-11023", "GNUTLS-SA-2020-09-04", "VSV00003"] }).length, 4);
  assert.deepEqual(flawsOf({ "1-r0": ["GHSA-2226-4v3c-cff8"] }), [["GHSA-2226-4v3c-cff8", [], "1-r0"]]);
});

test("remarks and other spellings do not hide a CVE", () => {
  assert.deepEqual(flawsOf({ "1-r0": ["CVE-2017-2616 (+ regression fix)", "CVE_2019-2426", "CVE-2018-1234?"] }), [
    ["CVE-2017-2616", [], "1-r0"],
    ["CVE-2019-2426", [], "1-r0"],
    ["CVE-2018-1234", [], "1-r0"],
  ]);
  assert.deepEqual(flawsOf({ "1-r0": ["regression fix"] }), []);
});

test("version 0 says that it never was affected", () => {
  assert.deepEqual(flawsOf({ 0: ["CVE-2021-1234"] }), [["CVE-2021-1234", [], "0"]]);
});

test("null is as good as empty", () => {
  assert.deepEqual(flawsOf(null), []);
  assert.deepEqual(flawsOf({ "1-r0": null }), []);
  assert.deepEqual(readSecdb(bytesOf(fileOf(null)), "x"), [{ kind: "ecosystem", ecosystem: "secdb:v3.20" }]);
});

test("the release is that of the file", () => {
  const release = (text: unknown) => readSecdb(bytesOf(fileOf([], text)), "main.json")[0];
  assert.deepEqual(release("edge"), { kind: "ecosystem", ecosystem: "secdb:edge" });
  assert.deepEqual(release("edge-main"), { kind: "ecosystem", ecosystem: "secdb:edge" });
  for (const wrong of ["3.20", "v3.20.1", "v3", null, 3, "v3.20\n"]) {
    assert.throws(
      () => release(wrong),
      { code: "FORMAT_INVALID", message: /main\.json: distroversion/ },
      String(wrong),
    );
  }
});

test("a package that cannot be read is told, and the others are read", () => {
  const good = { pkg: { name: "zlib", secfixes: { "1-r0": ["CVE-2022-37434"] } } };
  const wrong = [
    null,
    {},
    { pkg: { name: 1 } },
    { pkg: { name: "a", secfixes: [] } },
    { pkg: { name: "a", secfixes: { 1: "CVE-2022-1" } } },
    { pkg: { name: "a", secfixes: { 1: [7] } } },
    { pkg: { name: "a\u0007" } },
  ];
  const problems: string[] = [];
  const items = readSecdb(bytesOf(fileOf([...wrong, good])), "main.json", ({ message }) => problems.push(message));
  assert.equal(items.length, 2);
  assert.equal(problems.length, wrong.length);
  assert.equal(problems[5], 'main.json: packages[5].pkg.secfixes["1"][0] is not a text');
  assert.throws(() => readSecdb(bytesOf(fileOf(wrong)), "main.json"), { code: "FORMAT_INVALID" });
});

test("long words that are no names take no time", () => {
  const words = Array.from({ length: 2000 }, () => "A".repeat(1000));
  assert.deepEqual(flawsOf({ "1-r0": words }), []);
});

test("any JSON is read or refused", () => {
  const fixes = fc.oneof(fc.dictionary(fc.string(), fc.oneof(fc.array(fc.string()), fc.jsonValue())), fc.jsonValue());
  const near = fc
    .array(fc.oneof(fc.record({ pkg: fc.record({ name: fc.string(), secfixes: fixes }) }), fc.jsonValue()))
    .map((packages) => fileOf(packages));
  fc.assert(
    fc.property(fc.oneof(near, fc.jsonValue()), (value) => {
      try {
        readSecdb(bytesOf(value), "x");
      } catch (error) {
        assert.ok(isDistillError(error, "FORMAT_INVALID"), String(error));
      }
    }),
    { numRuns: 500 },
  );
});
