import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isDistillError } from "../../lib/errors.ts";
import { readKev } from "./kev.ts";

const bytesOf = (value: unknown) => Buffer.from(JSON.stringify(value));

const item = {
  cveID: "CVE-2026-24858",
  dateAdded: "2026-01-27",
  dueDate: "2026-01-30",
  knownRansomwareCampaignUse: "Known",
};

test("the catalogue tells its date, and since when each vulnerability is exploited", () => {
  const vulnerabilities = [
    item,
    { cveID: "CVE-2026-1", dateAdded: "2026-01-26", knownRansomwareCampaignUse: "Unknown" },
  ];
  const dateReleased = "2026-01-27T20:51:50.7688Z";
  assert.deepEqual(readKev(bytesOf({ title: "CISA", count: 2, dateReleased, vulnerabilities }), "kev.json"), [
    { kind: "dated", date: dateReleased },
    {
      kind: "exploited",
      cve: "CVE-2026-24858",
      exploited: { added: "2026-01-27", due: "2026-01-30", ransomware: true },
    },
    { kind: "exploited", cve: "CVE-2026-1", exploited: { added: "2026-01-26", due: undefined, ransomware: false } },
  ]);
});

test("an item that cannot be read is told, and the others are read", () => {
  const wrong = [
    7,
    {},
    { ...item, cveID: "" },
    { ...item, dateAdded: "27 January" },
    { ...item, dateAdded: "2026-13-01" },
  ];
  const problems: string[] = [];
  const bytes = bytesOf({ vulnerabilities: [...wrong, item] });
  assert.equal(readKev(bytes, "kev.json", ({ message }) => problems.push(message)).length, 1);
  assert.equal(problems.length, wrong.length);
  assert.equal(problems[3], "kev.json: vulnerabilities[3].dateAdded is not a day (2026-01-27)");
  for (const other of [{}, [], { vulnerabilities: {} }, { vulnerabilities: null }]) {
    assert.throws(() => readKev(bytesOf(other), "kev.json"), { code: "FORMAT_INVALID" });
  }
});

test("any JSON is read or refused", () => {
  const near = fc.record({ dateReleased: fc.jsonValue(), vulnerabilities: fc.array(fc.jsonValue()) });
  fc.assert(
    fc.property(fc.oneof(near, fc.jsonValue()), (value) => {
      try {
        readKev(bytesOf(value), "x");
      } catch (error) {
        assert.ok(isDistillError(error, "FORMAT_INVALID"), String(error));
      }
    }),
  );
});
