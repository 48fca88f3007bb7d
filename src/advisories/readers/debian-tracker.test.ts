import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { anyText } from "../../../test/support/any-text.ts";
import { pieces } from "../../../test/support/bytes.ts";
import { isDistillError } from "../../lib/errors.ts";
import type { FeedItem } from "../feeds/item.ts";
import { readTracker } from "./debian-tracker.ts";
import type { Broken } from "./fields.ts";

async function itemsOf(
  bytes: Uint8Array,
  sizes: readonly number[] = [],
  broken?: Broken,
): Promise<readonly FeedItem[]> {
  const items: FeedItem[] = [];
  for await (const some of readTracker(pieces(bytes, ...sizes), broken)) items.push(...some);
  return items;
}

const bytesOf = (tracker: unknown) => Buffer.from(JSON.stringify(tracker));

const bash = {
  "CVE-2024-1": {
    scope: "local",
    debianbug: 555217,
    description: 'It says "\\u0022}" and\n{leaks}',
    releases: {
      bookworm: {
        status: "open",
        repositories: { bookworm: "5.2.15-2" },
        urgency: "low**",
        nodsa: "Minor issue",
        nodsa_reason: "postponed",
      },
      sid: { status: "resolved", repositories: { sid: "5.3-1" }, fixed_version: "5.3-1", urgency: "not yet assigned" },
    },
  },
  "TEMP-0841856-B18BAF": { releases: { bookworm: { status: "undetermined", urgency: "unimportant" } } },
};

test("each state of a release is an entry, and each release is told once", async () => {
  const flaw = {
    id: "CVE-2024-1",
    aliases: [],
    summary: 'It says "\\u0022}" and {leaks}',
    severities: [{ source: "Debian", type: "label", value: "low" }],
    published: undefined,
    modified: undefined,
    withdrawn: undefined,
    link: "https://security-tracker.debian.org/tracker/CVE-2024-1",
  };
  const expected: readonly FeedItem[] = [
    { kind: "ecosystem", ecosystem: "debian:bookworm" },
    { kind: "ecosystem", ecosystem: "debian:sid" },
    {
      kind: "entry",
      ecosystem: "debian:bookworm",
      name: "bash",
      record: flaw as never,
      rule: {
        kind: "debian",
        status: "open",
        fixed: undefined,
        urgency: "low**",
        nodsa: "Minor issue",
        nodsaReason: "postponed",
      },
    },
    {
      kind: "entry",
      ecosystem: "debian:sid",
      name: "bash",
      record: flaw as never,
      rule: { kind: "debian", status: "resolved", fixed: "5.3-1", urgency: "not yet assigned" },
    },
    {
      kind: "entry",
      ecosystem: "debian:bookworm",
      name: "bash",
      record: {
        ...flaw,
        id: "TEMP-0841856-B18BAF",
        summary: "",
        severities: [],
        link: "https://security-tracker.debian.org/tracker/TEMP-0841856-B18BAF",
      },
      rule: { kind: "debian", status: "undetermined", fixed: undefined, urgency: "unimportant" },
    },
  ];
  assert.deepEqual(await itemsOf(bytesOf({ bash })), expected);
});

test("the urgencies that say how bad it is are severities, the others are not", async () => {
  const severities = async (urgency: string) => {
    const releases = { sid: { status: "open", urgency } };
    const items = await itemsOf(bytesOf({ a: { "CVE-2024-1": { releases } } }));
    return items.flatMap((item) => (item.kind === "entry" ? item.record.severities.map(({ value }) => value) : []));
  };
  for (const word of ["low", "medium", "high"]) {
    assert.deepEqual(await severities(word), [word]);
    assert.deepEqual(await severities(`${word}**`), [word]);
  }
  for (const word of ["unimportant", "not yet assigned", "end-of-life", "", "highest"]) {
    assert.deepEqual(await severities(word), [], word);
  }
});

test("an empty reason is none, and an empty list is no release", async () => {
  const tracker = {
    a: { "CVE-2024-1": { releases: [] } },
    b: {
      "CVE-2024-2": { releases: { sid: { status: "open", urgency: "low", nodsa: "Minor issue", nodsa_reason: "" } } },
    },
    c: {},
  };
  const items = await itemsOf(bytesOf(tracker));
  assert.deepEqual(
    items.map((item) => item.kind === "entry" && item.rule),
    [false, { kind: "debian", status: "open", fixed: undefined, urgency: "low", nodsa: "Minor issue" }],
  );
});

test("what is wrong with one CVE of one package is told, and all others are read", async () => {
  const state = { status: "open", urgency: "low" };
  const tracker = {
    a: {
      "CVE-1": { releases: { sid: { ...state, status: "closed" } } },
      "CVE-2": { releases: { sid: state } },
      "CVE-3": [],
      "CVE-4": { releases: { sid: state }, description: 4 },
      "CVE-5": 5,
      "CVE-6": null,
      "CVE-7": "}",
      "CVE-8": { releases: { "../sid": state } },
      "CVE-9": { releases: ["sid"] },
      "": { releases: { sid: state } },
    },
    b: 7,
    "c\u009b\u202e": { "CVE-1": { releases: { sid: state } } },
    d: { "CVE-1": { releases: { sid: state } } },
  };
  const problems: string[] = [];
  const items = await itemsOf(bytesOf(tracker), [7], ({ message }) => problems.push(message));
  assert.deepEqual(
    items.map((item) => (item.kind === "entry" ? `${item.name} ${item.record.id}` : item.kind)),
    ["ecosystem", "a CVE-2", "d CVE-1"],
  );
  assert.equal(problems.length, 11);
  assert.match(
    problems[0] ?? "",
    /tracker: "a": "CVE-1": releases\.sid\.status is none of open, resolved and undetermined/,
  );
  assert.ok(problems.every((problem) => !/[\u009b\u202e]/.test(problem)));
  await assert.rejects(itemsOf(bytesOf(tracker)), { code: "FORMAT_INVALID" });
});

test("what is cut off is refused wherever it is cut", async () => {
  const whole = bytesOf({ bash, dash: {} });
  for (let size = 0; size < whole.length; size++) {
    await assert.rejects(itemsOf(whole.subarray(0, size)), { code: "FORMAT_INVALID" }, `${size}`);
  }
});

test("what is not a map of maps is refused, with the place", async () => {
  const wrong: readonly (readonly [text: string, message: RegExp])[] = [
    ["", /byte 0 is its end, where a map should be/],
    ["[]", /byte 0 is not a map/],
    ["<html>", /byte 0 is not a map/],
    ['{"a" {}}', /byte 5 is not a colon/],
    ['{"a":{},}', /byte 8 is not a key/],
    ['{"a":{}} {}', /byte 9 is not the end of the file/],
    ['{"a":{"b":}}', /byte 10 is not a value/],
    ['{"a":{"b":{}]}', /byte 12 is not a comma or }/],
    ['{"\\x":{}}', /byte 4 ends a key that is no text/],
  ];
  for (const [text, message] of wrong) {
    await assert.rejects(itemsOf(Buffer.from(text)), { code: "FORMAT_INVALID", message }, text);
  }
});

test("nothing is kept without a bound", async () => {
  async function* endless(start: string, part: string): AsyncGenerator<Uint8Array> {
    yield Buffer.from(start);
    const bytes = Buffer.from(part.repeat(1 << 16));
    for (let count = 0; count < 1000; count++) yield bytes;
    assert.fail("all of it was read");
  }
  const read = async (start: string, part: string) => {
    for await (const _ of readTracker(endless(start, part))) assert.fail("there is nothing to read");
  };
  await assert.rejects(read('{"', "a"), { message: /a key near byte 2 is longer than/ });
  await assert.rejects(read('{"a":{"b":"', "a"), { message: /a value near byte \d+ is longer than/ });
  await assert.rejects(read('{"a":{"b":{', '"a":1,'), { message: /a value near byte \d+ is longer than/ });
  await assert.rejects(read('{"a":{"b":', "["), { message: /nested more than/ });
});

test("the chunks in which it comes make no difference, nor do blanks and escapes", async () => {
  const word = anyText(8);
  const state = fc.record({ status: fc.constantFrom("open", "resolved"), fixed_version: word, nodsa: word });
  const release = fc.constantFrom("sid", "trixie", "bookworm");
  const flaw = fc.record({
    description: word,
    releases: fc.dictionary(release, state, { maxKeys: 3 }),
    other: fc.jsonValue({ maxDepth: 2 }),
  });
  const flaws = fc.dictionary(word, fc.oneof(flaw, fc.jsonValue({ maxDepth: 1 })), { maxKeys: 4 });
  const tracker = fc.dictionary(word, flaws, { maxKeys: 4 });
  const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 });
  const read = async (bytes: Uint8Array, ...chunks: readonly number[]) => {
    const problems: string[] = [];
    const items = await itemsOf(bytes, chunks, (problem) => {
      assert.ok(isDistillError(problem, "FORMAT_INVALID", "LIMIT_EXCEEDED"));
      problems.push(problem.message);
    });
    return { items, problems };
  };
  await fc.assert(
    fc.asyncProperty(tracker, sizes, fc.constantFrom("", " ", "\n\t"), async (value, chunks, blanks) => {
      const text = JSON.stringify(value, undefined, blanks);
      const expected = await read(Buffer.from(text));
      assert.deepEqual(await read(Buffer.from(text), ...chunks), expected);
      const all = Object.values(value).flatMap((flawsOf) => Object.keys(flawsOf)).length;
      const found = new Set(expected.items.flatMap((item) => (item.kind === "entry" ? [item.record] : [])));
      assert.ok(found.size + expected.problems.length <= all);
    }),
    { numRuns: 100 },
  );
});

test("any bytes are read or refused", async () => {
  const near = fc.array(fc.constantFrom("{", "}", "[", "]", '"', "a", ":", ",", "\\", "1", " "), { maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        near.map((parts) => Buffer.from(parts.join(""))),
        fc.uint8Array(),
      ),
      async (bytes) => {
        let isJson = true;
        try {
          JSON.parse(Buffer.from(bytes).toString());
        } catch {
          isJson = false;
        }
        try {
          await itemsOf(bytes);
          assert.ok(isJson, "taken for JSON");
        } catch (error) {
          assert.ok(isDistillError(error, "FORMAT_INVALID"), String(error));
        }
      },
    ),
    { numRuns: 2000 },
  );
});
