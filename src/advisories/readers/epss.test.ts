import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { anyText } from "../../../test/support/any-text.ts";
import { pieces } from "../../../test/support/bytes.ts";
import { isDistillError } from "../../lib/errors.ts";
import type { FeedItem } from "../feeds/item.ts";
import { readEpss } from "./epss.ts";
import type { Broken } from "./fields.ts";

async function itemsOf(text: string, sizes: readonly number[] = [], broken?: Broken): Promise<readonly FeedItem[]> {
  const items: FeedItem[] = [];
  for await (const some of readEpss(pieces(Buffer.from(text), ...sizes), broken)) items.push(...some);
  return items;
}

const HEADER = "#model_version:v2025.03.14,score_date:2026-01-27T00:00:00+0000\ncve,epss,percentile\n";

test("the date and a likelihood for each line are told, however they are split", async () => {
  const text = `${HEADER}CVE-1999-0001,0.01297,0.78789\nCVE-2024-12345,1,0.00000\r\nCVE-2024-1234,1e-05,0.5`;
  const expected = [
    { kind: "dated", date: "2026-01-27T00:00:00Z" },
    { kind: "likelihood", cve: "CVE-1999-0001", likelihood: { score: 0.01297, percentile: 0.78789 } },
    { kind: "likelihood", cve: "CVE-2024-12345", likelihood: { score: 1, percentile: 0 } },
    { kind: "likelihood", cve: "CVE-2024-1234", likelihood: { score: 0.00001, percentile: 0.5 } },
  ];
  for (const sizes of [[], [1], [7, 3], [200]]) assert.deepEqual(await itemsOf(text, sizes), expected);
});

test("the date may be a day, or be missing", async () => {
  assert.deepEqual(await itemsOf("#score_date:2026-06-01\ncve,epss,percentile\n"), [
    { kind: "dated", date: "2026-06-01T00:00:00Z" },
  ]);
  assert.deepEqual(await itemsOf("cve,epss,percentile\n"), []);
});

test("a line that cannot be read is told with its number, and the others are read", async () => {
  const wrong = [
    "CVE-1,0.5,0.5",
    "CVE-2024-1234,1.5,0.5",
    "CVE-2024-1234,0.5",
    "CVE-2024-1234,-1,0",
    "CVE-2024-1234,NaN,0",
  ];
  const problems: string[] = [];
  const text = `${HEADER}${wrong.join("\n")}\nCVE-2024-1234,0.5,0.25\n`;
  const items = await itemsOf(text, [], ({ message }) => problems.push(message));
  assert.equal(items.length, 2);
  assert.equal(problems.length, wrong.length);
  assert.equal(problems[0], "the EPSS scores: line 3 is not a CVE and two numbers from 0 to 1");
  await assert.rejects(itemsOf(text), { code: "FORMAT_INVALID" });
});

test("what is no such table is refused", async () => {
  for (const text of ["", "#model_version:v1\n", "<html>\n", "cve,epss\n", "a".repeat(5000)]) {
    await assert.rejects(itemsOf(text, [1000]), { code: "FORMAT_INVALID" }, text.slice(0, 20));
  }
});

test("any text is read or refused, and chunks make no difference", async () => {
  const line = fc.oneof(anyText(20), fc.constantFrom("CVE-2024-1234,0.5,0.1", "#", ""));
  await fc.assert(
    fc.asyncProperty(fc.array(line), fc.integer({ min: 1, max: 50 }), async (lines, size) => {
      const text = HEADER + lines.join("\n");
      const read = async (...sizes: readonly number[]) => {
        const problems: string[] = [];
        const items = await itemsOf(text, sizes, (problem) => {
          assert.ok(isDistillError(problem, "FORMAT_INVALID"));
          problems.push(problem.message);
        });
        return { items, problems };
      };
      assert.deepEqual(await read(size), await read());
    }),
  );
});
