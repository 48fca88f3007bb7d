import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { ExpansionProblem, expandWord } from "../../../src/dockerfile/expansion.ts";
import { sharedPath, unlessShared } from "../../support/shared.ts";

interface Case<Result> {
  readonly line: number;
  /** "W" cases are for Windows, where names of variables ignore case. */
  readonly platform?: "A" | "U" | "W";
  readonly env?: readonly string[];
  readonly input: string;
  readonly expected: Result | null;
  readonly error: boolean;
}

interface Cases {
  readonly env: Readonly<Record<string, string>>;
  readonly processWord: readonly Case<string>[];
  readonly processWords: readonly Case<readonly string[]>[];
}

const FILE = ["cases", "dockerfile", "words", "cases.json"] as const;
const skip = unlessShared(...FILE);
const NONE: Cases = { env: {}, processWord: [], processWords: [] };
const cases: Cases = existsSync(sharedPath(...FILE)) ? JSON.parse(readFileSync(sharedPath(...FILE), "utf8")) : NONE;

function check<Result>(
  { input, expected, error }: Case<Result>,
  env: ReadonlyMap<string, string>,
  pick: "text" | "words",
) {
  const expand = () => expandWord(input, { escape: "\\", lookup: (name) => env.get(name) })[pick];
  if (error) assert.throws(expand, ExpansionProblem);
  else assert.deepEqual(expand(), expected);
}

test("words are expanded as BuildKit expands them", { skip }, async (t) => {
  const env = new Map(Object.entries(cases.env));
  for (const each of cases.processWord.filter(({ platform }) => platform !== "W")) {
    await t.test(`${each.line}: ${each.input}`, () => check(each, env, "text"));
  }
});

test("words are split as BuildKit splits them", { skip }, async (t) => {
  for (const each of cases.processWords) {
    const env = new Map((each.env ?? []).map((pair) => [pair.split("=")[0] ?? "", pair.replace(/^[^=]*=/, "")]));
    await t.test(`${each.line}: ${each.input}`, () => check(each, env, "words"));
  }
});
