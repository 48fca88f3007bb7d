import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type ExpansionOptions, ExpansionProblem, expandWord } from "./expansion.ts";

const VALUES = new Map([
  ["v", "a/b.c/d.e.f"],
  ["empty", ""],
  ["star", "x*y?z"],
  ["s", " one  two "],
]);
const options: ExpansionOptions = { escape: "\\", lookup: (name) => VALUES.get(name) };

function expanded(text: string, more: Partial<ExpansionOptions> = {}): string {
  return expandWord(text, { ...options, ...more }).text;
}

test("every modifier replaces as a shell does", () => {
  const cases = {
    "${v#*/}": "b.c/d.e.f",
    "${v##*/}": "d.e.f",
    "${v%.*}": "a/b.c/d.e",
    "${v%%.*}": "a/b",
    "${v/./_}": "a/b_c/d.e.f",
    "${v//./_}": "a/b_c/d_e_f",
    "${v//[.]/_}": "a/b.c/d.e.f",
    "${v/\\//|}": "a|b.c/d.e.f",
    "${v//?.?/$star}": "a/x*y?z/x*y?z.f",
    "${star#x\\*y\\?}": "z",
    "${star%\\?*}": "x*y",
    "${v#z}": "a/b.c/d.e.f",
    "${v##*}": "",
    "${empty-x}": "",
    "${empty:-x}": "x",
    "${none-x}": "x",
    "${empty+x}": "x",
    "${empty:+x}": "",
    "${none+x}": "",
    "${none#x}": "",
    "${none/x/y}": "",
    "${v:-'}'}": "a/b.c/d.e.f",
    "${none:-'}'\"}\"}": "}}",
    "${none:-a\\}b}": "a}b",
  };
  for (const [text, result] of Object.entries(cases)) assert.equal(expanded(text), result, text);
});

test("a missing variable that is required is a problem with the reason that was given", () => {
  assert.throws(
    () => expanded("a${none:?not here}"),
    (error) => {
      assert.ok(error instanceof ExpansionProblem);
      assert.deepEqual([error.message, error.offset], ["none: not here", 1]);
      return true;
    },
  );
  assert.throws(() => expanded("${empty:?}"), /empty must not be empty/);
  assert.equal(expanded("${empty?}"), "");
});

test("what no shell knows is a problem", () => {
  for (const text of [
    "${v^}",
    "${v:1}",
    "${v=x}",
    "${v:#x}",
    "${v",
    "${v/x}",
    "${v/x/y",
    "${#v}",
    "${v#\\x}",
    "${v#\\",
    "'",
    '"',
    '"\\"',
  ]) {
    assert.throws(() => expanded(text), ExpansionProblem, text);
  }
});

test("in heredocs quotes are characters, and a backslash still escapes", () => {
  assert.equal(expanded("'$v' \"\\$v\" \\\\ \\\n", { quotes: "literal" }), "'a/b.c/d.e.f' \"$v\" \\ \n");
});

test("the escape character of the file is the one that escapes", () => {
  assert.equal(expanded('`$v c:\\dir "`""', { escape: "`" }), '$v c:\\dir "');
});

test("spaces of variables part words, those in quotes do not", () => {
  assert.deepEqual(expandWord('a$s"$s"b \\ c', options).words, ["a", "one", "two", " one  two b", " c"]);
});

test("variables that were asked for are told, also those behind modifiers", () => {
  assert.deepEqual(
    expandWord("$v ${none:-$empty} ${x%%.*} ${y//a/b}", options).references.map(({ name, set, modifier }) => [
      name,
      set,
      modifier,
    ]),
    [
      ["v", true, ""],
      ["empty", true, ""],
      ["none", false, ":-"],
      ["x", false, "%%"],
      ["y", false, "//"],
    ],
  );
});

test("the longest and the shortest match are those of a regular expression", () => {
  const piece = fc.constantFrom("a", "b", "*", "?", "ab");
  const value = fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 12 }).map((parts) => parts.join(""));
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 5 }), value, (pieces, text) => {
      const pattern = pieces.join("");
      const regex = (star: string, before: string, behind: string, flags = "s"): RegExp => {
        const meant = [...pattern].map((each) => (each === "*" ? star : each === "?" ? "." : each));
        return new RegExp(before + meant.join("") + behind, flags);
      };
      const lookup = (): string => text;
      assert.equal(expanded(`\${x#${pattern}}`, { lookup }), text.replace(regex(".*?", "^", ""), ""));
      assert.equal(expanded(`\${x##${pattern}}`, { lookup }), text.replace(regex(".*", "^", ""), ""));
      assert.equal(expanded(`\${x%%${pattern}}`, { lookup }), text.replace(regex(".*", "", "$"), ""));
      // Without a pattern, the slash is the second of the two that replace all.
      if (pattern === "") return;
      assert.equal(expanded(`\${x/${pattern}/-}`, { lookup }), text.replace(regex(".*", "", ""), "-"));
      if (pattern.replaceAll("*", "") === "") return;
      assert.equal(expanded(`\${x//${pattern}/-}`, { lookup }), text.replace(regex(".*", "", "", "gs"), "-"));
    }),
  );
});
