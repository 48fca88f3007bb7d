import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type JsonNode, JsonSyntaxError, parseJsonText } from "./json-text.ts";

function plainOf(node: JsonNode): unknown {
  switch (node.kind) {
    case "scalar":
      return node.value;
    case "list":
      return node.items.map(plainOf);
    case "map":
      return Object.fromEntries(Array.from(node.entries, ([key, entry]) => [key, plainOf(entry.node)]));
  }
}

function reads(text: string): boolean {
  try {
    parseJsonText(text);
    return true;
  } catch (error) {
    assert.ok(error instanceof JsonSyntaxError, String(error));
    assert.ok(error.offset >= 0 && error.offset <= text.length);
    return false;
  }
}

describe("parseJsonText", () => {
  it("reads what JSON.parse reads, however it is indented", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), fc.nat(3), (text, indent) => {
        const spaced = JSON.stringify(JSON.parse(text), null, indent);
        assert.deepEqual(plainOf(parseJsonText(spaced)), JSON.parse(spaced));
      }),
    );
  });

  it("refuses what JSON.parse refuses, at a place inside the text", () => {
    const piece = fc.constantFrom(...'{}[]",:-01.eE+tfn\\u \n\u0001', "true", "null", '"a"', "1e5", "\\u12", "01");
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const text = pieces.join("");
        let valid = true;
        try {
          JSON.parse(text);
        } catch {
          valid = false;
        }
        const repeated = /"a"\s*:.*"a"\s*:/s.test(text);
        if (!repeated) assert.equal(reads(text), valid, text);
      }),
      { numRuns: 3000 },
    );
  });

  it("knows where each value and each key begins", () => {
    const text = '{ "a": [1, {"b": true}] }';
    const root = parseJsonText(text);
    assert.ok(root.kind === "map");
    const list = root.entries.get("a");
    assert.equal(list?.keyOffset, text.indexOf('"a"'));
    assert.ok(list?.node.kind === "list");
    assert.deepEqual(
      list.node.items.map(({ offset }) => offset),
      [text.indexOf("1"), text.indexOf('{"b"')],
    );
  });

  it("refuses a key that stands twice, naming the second", () => {
    const text = '{"a": 1, "a": 2}';
    assert.throws(() => parseJsonText(text), { offset: text.lastIndexOf('"a"'), message: /in the map already/ });
  });

  it("takes __proto__ for a key like any other", () => {
    const root = parseJsonText('{"__proto__": 1}');
    assert.ok(root.kind === "map" && root.entries.has("__proto__"));
  });

  it("reads a text of many megabytes, and refuses one that does not end", () => {
    const long = "x\u00e4".repeat(8_000_000);
    const root = parseJsonText(`["${long}\\n"]`);
    assert.ok(root.kind === "list" && root.items[0]?.kind === "scalar" && root.items[0].value === `${long}\n`);
    assert.throws(() => parseJsonText(`["${long}`), { offset: 1, message: /does not end/ });
  });

  it("refuses deep nesting without running out of stack", () => {
    assert.throws(() => parseJsonText("[".repeat(100_000)), { name: "JsonSyntaxError", message: /nested too deeply/ });
  });
});
