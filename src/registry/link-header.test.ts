import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { cpuTime } from "../../test/support/cpu-time.ts";
import { nextPage, parseLinks } from "./link-header.ts";

const BASE = new URL("https://registry.example:5000/v2/team/app/tags/list?n=2");
const ORIGIN = "https://registry.example:5000";

describe("the next page", () => {
  for (const [title, headers, expected] of [
    [
      "is relative to the host",
      ['</v2/team/app/tags/list?last=b&n=2>; rel="next"'],
      `${ORIGIN}/v2/team/app/tags/list?last=b&n=2`,
    ],
    ["is relative to the query alone", ['<?last=b>; rel="next"'], `${ORIGIN}/v2/team/app/tags/list?last=b`],
    ["is relative to the path", ["<list?last=b>;rel=next"], `${ORIGIN}/v2/team/app/tags/list?last=b`],
    ["is absolute", [`<${ORIGIN}/x>; rel="next"`], `${ORIGIN}/x`],
    [
      "may be at another host, which is for the caller to refuse",
      ['<https://other.example/x>; rel="next"'],
      "https://other.example/x",
    ],
    ["has its relation without quotes", ["</x>; rel=next"], `${ORIGIN}/x`],
    ["has its relation in another case", ['</x>; REL="Next"'], `${ORIGIN}/x`],
    ["has several relations", ['</x>; rel="last  next"'], `${ORIGIN}/x`],
    ["comes behind other parameters", ['</x>; title="a, <b>; rel=prev"; rel="next"'], `${ORIGIN}/x`],
    ["comes behind a title with an escaped quote", ['</x>; title="a\\"; rel=prev; \\"b"; rel="next"'], `${ORIGIN}/x`],
    ["comes behind another link", ['</first>; rel="first", </x>; rel="next"'], `${ORIGIN}/x`],
    ["comes in a second header", ['</first>; rel="first"', '</x>; rel="next"'], `${ORIGIN}/x`],
    ["comes behind empty elements of the list", [' , ,</x> ; ; rel = "next" ;'], `${ORIGIN}/x`],
    ["comes behind a comma in an address", ["</a,b>; rel=prev, </x,y>; rel=next"], `${ORIGIN}/x,y`],
    ["is the first of two", ["</x>; rel=next, </y>; rel=next"], `${ORIGIN}/x`],
    ["is the first that is an address", ["<https://[>; rel=next, </y>; rel=next"], `${ORIGIN}/y`],
    ["is not one of which the first rel says something else", ["</x>; rel=prev; rel=next"], undefined],
    ["is not one of a longer name", ['</x>; rel="next-page"'], undefined],
    ["is not one whose name only ends so", ['</x>; rel="the-next"'], undefined],
    ["is not the title of another relation", ['</x>; rel="prev"; title="rel=next"'], undefined],
    ["is not one about something else", ['</x>; rel="next"; anchor="#part"'], undefined],
    ["is not one without brackets", ['/x; rel="next"'], undefined],
    ["is not one whose bracket stays open", ["</x; rel=next"], undefined],
    ["is not one without a relation", ["</x>"], undefined],
    ["is not one of more than 8 KiB", [`</${"x".repeat(8192)}>; rel=next`], undefined],
    ["is not in an empty header", [""], undefined],
    ["is not where there is no header", [], undefined],
  ] as const) {
    test(title, () => {
      assert.equal(nextPage(headers, BASE)?.href, expected);
    });
  }
});

test("links are read as they were written", () => {
  const token = fc.stringMatching(/^[a-z][a-z0-9.-]{0,8}$/);
  const target = fc.stringMatching(/^[a-zA-Z0-9/?=&%:;, "-]{0,20}$/);
  const other = fc.tuple(
    fc.constantFrom("title", "type", "media", "hreflang"),
    fc.oneof(token, fc.stringMatching(/^[a-z ,;<>="\\]{0,12}$/)),
  );
  const link = fc.record({
    target,
    relations: fc.array(token, { maxLength: 3 }),
    others: fc.array(other, { maxLength: 3 }),
  });
  const quoted = (value: string): string => `"${value.replace(/["\\]/g, "\\$&")}"`;
  fc.assert(
    fc.property(fc.array(link, { maxLength: 4 }), (links) => {
      const header = links
        .map(({ target, relations, others }) =>
          [
            `<${target}>`,
            ...others.map(([name, value]) => `${name}=${quoted(value)}`),
            `rel="${relations.join(" ")}"`,
          ].join("; "),
        )
        .join(", ");
      assert.deepEqual(
        parseLinks(header),
        links.map(({ target, relations }) => ({ target, relations })),
      );
    }),
  );
});

test("whatever a header holds, reading it ends soon and never throws", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(...'<>;,= \t"\\abrel'), maxLength: 200 }),
      (text) => void parseLinks(text),
    ),
  );
  const start = cpuTime();
  for (const piece of [
    "<",
    "<>",
    ";",
    "; ",
    " ",
    ",",
    '"',
    "\\",
    '\\"',
    "<a>;",
    "<a>; rel=",
    '<a>; x="',
    "<a>;rel=next;",
    "=",
  ]) {
    const text = piece.repeat(Math.ceil((64 << 10) / piece.length));
    parseLinks(text);
    parseLinks(`<a>${text}`);
    parseLinks(`<a>; rel="${text}`);
  }
  assert.ok(cpuTime() - start < 10_000, `took ${cpuTime() - start} ms`);
});
