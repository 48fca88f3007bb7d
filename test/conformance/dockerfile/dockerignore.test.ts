import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { parseIgnoreFile, readIgnoreLines } from "../../../src/dockerfile/ignore/ignore-file.ts";
import { PathMatcher } from "../../../src/dockerfile/ignore/matcher.ts";
import { PatternProblem, parsePattern } from "../../../src/dockerfile/ignore/pattern.ts";
import { Source } from "../../../src/dockerfile/source.ts";
import { isDistillError } from "../../../src/lib/errors.ts";
import { pathFromText } from "../../../src/rootfs/path.ts";
import { sharedPath, unlessShared } from "../../support/shared.ts";

interface MatchCase {
  readonly patterns: readonly string[];
  readonly text: string;
  readonly match: boolean;
  readonly error?: string | null;
}

interface Cases {
  readonly single: readonly MatchCase[];
  readonly multi: readonly MatchCase[];
  readonly extra: readonly MatchCase[];
  readonly goMatchTests: { readonly cases: readonly MatchCase[] };
  readonly compile: readonly { readonly pattern: string; readonly regexp: string }[];
  readonly ignorefile: { readonly content: string; readonly expected: readonly string[] };
  readonly errors: readonly { readonly patterns: readonly string[] }[];
}

const CASES = ["cases", "dockerfile", "dockerignore", "cases.json"] as const;
const skip = unlessShared(...CASES);
const cases: Cases | undefined = existsSync(sharedPath(...CASES))
  ? JSON.parse(readFileSync(sharedPath(...CASES), "utf8"))
  : undefined;

const matcher = (patterns: readonly string[]): PathMatcher =>
  new PathMatcher(patterns.map(parsePattern).filter((pattern) => pattern !== undefined));

for (const kind of ["single", "multi", "extra", "goMatchTests"] as const) {
  describe(kind, { skip }, () => {
    const listed = cases === undefined ? [] : kind === "goMatchTests" ? cases.goMatchTests.cases : cases[kind];
    for (const { patterns, text, match, error } of listed) {
      test(`${JSON.stringify(patterns)} on ${JSON.stringify(text)}`, () => {
        if (error) assert.throws(() => matcher(patterns), PatternProblem);
        else assert.equal(matcher(patterns).excludes(pathFromText(text)), match);
      });
    }
  });
}

/** What the regular expressions of the cases, which say what a pattern means, are asked about. */
const PATHS = [
  ..."a file dir dir2 foo bar abc.def abc?def abcxdef .x ace abe a(b)c/def".split(" "),
  ..."dir/file dir/dir2/x dir2/x dir2/x/y xfile x/file filetxt file.txt x/file1.txt x/y/z.txt a/b ab/b a/c/b".split(
    " ",
  ),
  ..."foo/bar x/foo/bar xfoo/bar a.|)$(}+{bc dist/proxy.py-2.4.0rc3.dev36+g08acad9-py3-none-any.whl".split(" "),
];

describe("compile", { skip }, () => {
  for (const { pattern, regexp } of cases?.compile ?? []) {
    test(`${JSON.stringify(pattern)} matches as ${regexp || "text"}`, () => {
      const parsed = parsePattern(pattern);
      assert.ok(parsed);
      assert.equal(
        parsed.parts.every(({ kind }) => kind === "character"),
        !/[*?[\\]/.test(pattern),
      );
      if (regexp === "") return;
      const expected = new RegExp(regexp, "su");
      const here = new PathMatcher([parsed]);
      for (const path of PATHS) {
        const parents = path.split("/").map((_, index, all) => all.slice(0, index + 1).join("/"));
        assert.equal(
          here.excludes(pathFromText(path)),
          parents.some((each) => expected.test(each)),
          path,
        );
      }
    });
  }
});

test("the lines of a file", { skip }, () => {
  const { content, expected } = cases?.ignorefile ?? { content: "", expected: [] };
  assert.deepEqual(
    readIgnoreLines(new Source(".dockerignore", content)).map(({ pattern }) => pattern),
    expected,
  );
});

for (const { patterns } of cases?.errors ?? []) {
  test(`${JSON.stringify(patterns)} is refused`, { skip }, () => {
    assert.throws(() => matcher(patterns), PatternProblem);
    assert.throws(
      () => parseIgnoreFile(patterns.join("\n")),
      (error) => isDistillError(error, "CONFIG_INVALID"),
    );
  });
}
