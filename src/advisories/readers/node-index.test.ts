import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isDistillError } from "../../lib/errors.ts";
import { readNodeIndex } from "./node-index.ts";

const bytesOf = (value: unknown) => Buffer.from(JSON.stringify(value));

const item = {
  cve: ["CVE-2017-1000381"],
  ref: "https://nodejs.org/en/blog/vulnerability/july-2017-security-releases/",
  vulnerable: " 8.x || 7.x",
  patched: "^8.1.4 || ^7.10.1",
  description: "memory overread",
  overview: "The function\ncould read",
  publish_date: "2019-08-15",
  severity: "high",
  cvss: "3.0/AV:N/AC:H/PR:N/UI:N/S:U/C:L/I:L/A:N",
};

const entriesOf = (...items: readonly object[]) =>
  readNodeIndex(bytesOf(Object.fromEntries(items.map((each, index) => [`${index + 1}`, each]))), "index.json").flatMap(
    (each) => (each.kind === "entry" ? [each] : []),
  );

test("an item becomes an entry about the runtime", () => {
  assert.deepEqual(readNodeIndex(bytesOf({ 1: item }), "index.json"), [
    { kind: "ecosystem", ecosystem: "node" },
    {
      kind: "entry",
      ecosystem: "node",
      name: "node",
      record: {
        id: "CVE-2017-1000381",
        aliases: [],
        summary: "memory overread",
        severities: [
          { source: "Node.js", type: "CVSS_V3", value: "CVSS:3.0/AV:N/AC:H/PR:N/UI:N/S:U/C:L/I:L/A:N" },
          { source: "Node.js", type: "label", value: "high" },
        ],
        published: "2019-08-15T00:00:00Z",
        modified: undefined,
        withdrawn: undefined,
        link: "https://nodejs.org/en/blog/vulnerability/july-2017-security-releases/",
      },
      rule: { kind: "node", vulnerable: "8.x || 7.x", patched: "^8.1.4 || ^7.10.1" },
    },
  ]);
});

test("several CVEs are as many flaws, and one without any is called by its number", () => {
  const ids = entriesOf({ ...item, cve: [] }, { ...item, cve: ["CVE-1", "CVE-2", "CVE-1"] }).map(({ record }) => [
    record.id,
    record.aliases,
  ]);
  assert.deepEqual(ids, [
    ["NODE-1", []],
    ["CVE-1", []],
    ["CVE-2", []],
  ]);
});

test("an unknown severity is none, and without a description the overview is told", () => {
  const [entry] = entriesOf({ ...item, severity: "unknown", cvss: undefined, description: undefined });
  assert.deepEqual([entry?.record.severities, entry?.record.summary], [[], "The function"]);
});

test("only an address is a link", () => {
  for (const ref of ["javascript:alert(1)", "https://a b", "https://a\u001b[m", 'https://a">', ""]) {
    assert.equal(entriesOf({ ...item, ref })[0]?.record.link, undefined, ref);
  }
});

test("an item that cannot be read is told, and the others are read", () => {
  const wrong = {
    a: item,
    2: [],
    3: { ...item, vulnerable: undefined },
    4: { ...item, cve: [1] },
    5: { ...item, patched: 1 },
  };
  const problems: string[] = [];
  const items = readNodeIndex(bytesOf({ ...wrong, 6: item }), "index.json", ({ message }) => problems.push(message));
  assert.equal(items.length, 2);
  assert.equal(problems.length, 5);
  assert.ok(problems.includes('index.json: "3".vulnerable is not a text'));
  assert.throws(() => readNodeIndex(bytesOf([]), "index.json"), { code: "FORMAT_INVALID", message: /it is not a map/ });
});

test("any JSON is read or refused", () => {
  const near = fc.dictionary(
    fc.constantFrom("1", "2", "x"),
    fc.record({ cve: fc.array(fc.string()), vulnerable: fc.string(), severity: fc.jsonValue(), ref: fc.jsonValue() }),
  );
  fc.assert(
    fc.property(fc.oneof(near, fc.jsonValue()), (value) => {
      try {
        readNodeIndex(bytesOf(value), "x");
      } catch (error) {
        assert.ok(isDistillError(error, "FORMAT_INVALID"), String(error));
      }
    }),
  );
});
