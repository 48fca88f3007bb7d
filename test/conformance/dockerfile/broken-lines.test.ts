import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseDockerfile } from "../../../src/dockerfile/dockerfile.ts";
import { printDockerfile } from "../../../src/dockerfile/print.ts";
import type { Word } from "../../../src/dockerfile/source.ts";
import { meaningOf } from "../../support/dockerfile-meaning.ts";

const name = fc.stringMatching(/^[a-z][a-z0-9_.]{0,8}$/);
const shellText = fc.stringMatching(/^[a-z$&|;'"{}()<>=/. -]{1,40}$/).filter((text) => !text.includes("<<"));
const words = fc
  .array(fc.stringMatching(/^[a-z$/.*]{1,10}$/), { minLength: 2, maxLength: 5 })
  .map((all) => all.join(" "));
const json = fc
  .array(fc.string({ maxLength: 10, unit: "grapheme" }), { maxLength: 4 })
  .map((all) => JSON.stringify(all));
const quotedValue = fc.oneof(name, fc.constantFrom('"a b"', "'a  b'", "a\\ b", "$a", '"$a  b"', '""'));
const pairs = fc
  .array(fc.tuple(name, quotedValue), { minLength: 1, maxLength: 4 })
  .map((all) => all.map(([key, value]) => `${key}=${value}`).join("  "));

/** Instructions in one line each, of all kinds but those with documents. */
const line = fc.oneof(
  name.map((stage) => `FROM --platform=$P image:\${TAG} AS ${stage}`),
  shellText.map((text) => `RUN x ${text}`),
  json.map((array) => `CMD ${array}`),
  fc
    .tuple(
      name,
      shellText.filter((text) => !/^ *--/.test(text)),
    )
    .map(([target, text]) => `run --mount=type=cache,target=/${target} --network=none ${text}`),
  words.map((all) => `COPY --link --exclude=a\\ b ${all}`),
  pairs.map((all) => `ENV ${all}`),
  pairs.map((all) => `LABEL ${all}`),
  fc
    .tuple(
      name,
      shellText.filter((text) => !/^ *--/.test(text)),
    )
    .map(([key, text]) => `ENV ${key} ${text}x`),
  pairs.map((all) => `ARG ${all} b`),
  words.map((all) => `EXPOSE ${all}`),
  words.map((all) => `ONBUILD VOLUME ${all}`),
  shellText.map((text) => `HEALTHCHECK --interval=5s CMD x${text}`),
  name.map((text) => `USER ${text}`),
);

const dockerfile = fc.array(line, { minLength: 1, maxLength: 6 }).map((lines) => ["FROM a", ...lines]);

/** What may stand behind an escape character, and between it and the rest of the line. */
const breaks = fc.constantFrom("\\\n", "\\  \n", "\\\r\n", "\\\n\n", "\\\n# comment\n", "\\\n  # comment \\\n \t\n");

/** Breaks a line at some places. It cannot be broken where the rest would be a comment, or nothing, or the break escaped. */
function broken(text: string, places: readonly (readonly [number, string])[]): string {
  let result = text;
  const fromTheEnd = places.map(([where, between]) => [1 + (where % text.length), between] as const);
  for (const [at, between] of fromTheEnd.sort(([a], [b]) => b - a)) {
    const rest = result.slice(at);
    if (result[at - 1] !== "\\" && /^[ \t]*[^\s#\\]/.test(rest)) result = result.slice(0, at) + between + rest;
  }
  return result;
}

const places = fc.array(fc.tuple(fc.nat(), breaks), { maxLength: 4 });

test("an instruction means the same however its lines are broken", () => {
  fc.assert(
    fc.property(dockerfile, fc.array(places, { minLength: 7, maxLength: 7 }), (lines, all) => {
      const whole = parseDockerfile(lines.join("\n"));
      const text = lines.map((each, index) => broken(each, all[index] ?? [])).join("\n");
      assert.deepEqual(meaningOf(parseDockerfile(text)), meaningOf(whole), text);
    }),
  );
});

test("a word that no quote and no break divides stands in the source as it is meant", () => {
  fc.assert(
    fc.property(dockerfile, fc.array(places, { minLength: 7, maxLength: 7 }), (lines, all) => {
      const { source, instructions } = parseDockerfile(
        lines.map((each, index) => broken(each, all[index] ?? [])).join("\n"),
      );
      for (const { statement } of instructions) {
        const parts = statement.arguments.flatMap((each) => ("text" in each ? [each] : [each.name, each.value]));
        for (const word of [statement.keyword, ...(statement.json ? [] : parts)]) {
          assert.equal(unbroken(source.slice(word.span)), word.text);
        }
      }
    }),
  );
});

test("what is printed means the same, and is printed as itself", () => {
  fc.assert(
    fc.property(dockerfile, (lines) => {
      const read = parseDockerfile(lines.join("\n"));
      const printed = printDockerfile(read);
      const again = parseDockerfile(printed);
      assert.deepEqual(meaningOf(again), meaningOf(read));
      assert.equal(printDockerfile(again), printed);
    }),
  );
});

function unbroken(written: Word["text"]): string {
  return written.replace(/\\[ \t]*\r?\n(?:[ \t]*(?:#[^\n]*)?\r?\n)*/g, "");
}
