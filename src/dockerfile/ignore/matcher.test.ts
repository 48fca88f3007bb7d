import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { cpuTime } from "../../../test/support/cpu-time.ts";
import { bytesOfText, pathFromText, ROOT, type RootPath } from "../../rootfs/path.ts";
import { type MatchedDirectory, PathMatcher } from "./matcher.ts";
import { type PatternPart, parsePattern } from "./pattern.ts";

function matcher(...patterns: readonly string[]): PathMatcher {
  return new PathMatcher(patterns.map(parsePattern).filter((pattern) => pattern !== undefined));
}

/** The paths that stay. */
function kept(patterns: readonly string[], ...paths: readonly string[]): readonly string[] {
  const here = matcher(...patterns);
  return paths.filter((path) => !here.excludes(pathFromText(path)));
}

describe("what a list of patterns leaves out", () => {
  test("a plain path is that entry and all below it, in the root only", () => {
    assert.deepEqual(kept(["a/b"], "a", "a/b", "a/b/c", "a/bc", "x/a/b"), ["a", "a/bc", "x/a/b"]);
  });

  test("stars and question marks stay within a name", () => {
    assert.deepEqual(kept(["*.log"], "x.log", "d/x.log", ".log"), ["d/x.log"]);
    assert.deepEqual(kept(["a?c"], "abc", "a/c", "aéc", "a😀c", "abbc"), ["a/c", "abbc"]);
    assert.deepEqual(kept(["*/x"], "x", "a/x", "a/b/x"), ["x", "a/b/x"]);
  });

  test("two stars are any directories, none too", () => {
    assert.deepEqual(kept(["**/x"], "x", "a/x", "a/b/x", "ax", "a/bx"), ["ax", "a/bx"]);
    assert.deepEqual(kept(["a/**"], "a", "a/b", "a/b/c", "ab"), ["a", "ab"]);
    assert.deepEqual(kept(["a/**/z"], "a/z", "a/b/z", "a/b/c/z", "a/yz"), ["a/yz"]);
    assert.deepEqual(kept(["**"], "a", "a/b"), []);
  });

  test("two stars right before plain text are any text; before more than that, whole directories", () => {
    assert.deepEqual(kept(["**x"], "x", "ax", "a/bx", "xa"), ["xa"]);
    assert.deepEqual(kept(["**x*"], "x", "ax", "a/xb", "xa"), ["ax"]);
    assert.deepEqual(kept(["a**b"], "ab", "axb", "ax/b", "a/x/b"), ["axb"]);
  });

  test("brackets hold ranges, and characters that mean something elsewhere", () => {
    assert.deepEqual(kept(["[a-cx]"], "a", "b", "d", "x"), ["d"]);
    assert.deepEqual(kept(["[^a-c]"], "a", "d", "é"), ["a"]);
    assert.deepEqual(kept(["[*][?][[]"], "*?[", "abc"), ["abc"]);
    assert.deepEqual(kept(["[!a]"], "!", "a", "b"), ["b"]);
  });

  test("a backslash takes the meaning off", () => {
    assert.deepEqual(kept(["a\\*", "\\d", "\\[b\\]"], "a*", "ab", "d", "5", "[b]"), ["ab", "5"]);
    assert.deepEqual(kept(["a.c", "(b|c)+", "$^{}"], "abc", "a.c", "b", "(b|c)+", "$^{}"), ["abc", "b"]);
  });

  test("the last pattern that matches decides", () => {
    assert.deepEqual(kept(["*.md", "!README.md"], "a.md", "README.md"), ["README.md"]);
    assert.deepEqual(kept(["!README.md", "*.md"], "a.md", "README.md"), []);
    assert.deepEqual(kept(["d", "!d/keep", "d/keep/not"], "d", "d/x", "d/keep", "d/keep/y", "d/keep/not/z"), [
      "d/keep",
      "d/keep/y",
    ]);
    assert.deepEqual(kept(["!d/keep", "d"], "d/keep"), []);
  });

  test("names are compared as UTF-8", () => {
    assert.deepEqual(kept(["ärger/*.txt"], "ärger/ö.txt", "ärger/x"), ["ärger/x"]);
    assert.equal(matcher("a?b").excludes("a\xffb" as RootPath), true);
  });
});

describe("a directory that is decided once", () => {
  const decided = (directory: MatchedDirectory): string =>
    directory.decided ? (directory.excluded ? "out" : "in") : "look inside";

  test("is left out entirely where no later pattern takes anything below back in", () => {
    const { root } = matcher("node_modules", "src/*", "!src/app", "!**/keep");
    assert.equal(decided(root), "look inside");
    assert.equal(decided(root.enter("node_modules")), "look inside");
    assert.equal(decided(matcher("node_modules", "!src").root.enter("node_modules")), "out");
    assert.equal(decided(matcher("!**/keep", "node_modules").root.enter("node_modules")), "out");
  });

  test("stays entirely where no later pattern matches anything below", () => {
    assert.equal(decided(matcher().root), "in");
    assert.equal(decided(matcher("a/b", "c").root.enter("d")), "in");
    assert.equal(decided(matcher("a/b", "c").root.enter("a")), "look inside");
    assert.equal(decided(matcher("*", "!src").root.enter("src")), "in");
    assert.equal(decided(matcher("**/x").root.enter("src")), "look inside");
  });

  test("the root is never left out itself", () => {
    const all = matcher("**");
    assert.equal(all.root.excluded, false);
    assert.equal(all.root.excludes("a"), true);
    assert.equal(all.excludes(ROOT), true);
  });
});

const NAME = fc.constantFrom("a", "b", "ab", "aé", ".c", "abc");
const PATH = fc.array(NAME, { minLength: 1, maxLength: 4 });
const PIECE = fc.constantFrom("a", "b", "é", ".", "c", "*", "**", "**/", "?", "/", "[ab]", "[^a]", "\\b", "/**/");
const PATTERN = fc
  .tuple(fc.boolean(), fc.array(PIECE, { minLength: 1, maxLength: 6 }))
  .map(([negated, pieces]) => (negated ? "!a" : "") + pieces.join(""));

function sourceOf(part: PatternPart): string {
  const escaped = (code: number): string => `\\u{${code.toString(16)}}`;
  switch (part.kind) {
    case "character":
      return escaped(part.code);
    case "class":
      return `[${part.negated ? "^" : ""}${part.ranges.map(({ low, high }) => `${escaped(low)}-${escaped(high)}`).join("")}]`;
    case "any":
      return "[^/]";
    case "name":
      return "[^/]*";
    case "rest":
      return ".*";
    case "directories":
      return "(?:.*/)?";
  }
}

/** The same question answered the plain way: a regular expression for each pattern, asked about each parent. */
function byRegExp(patterns: readonly string[], path: readonly string[]): boolean {
  let excluded = false;
  for (const pattern of patterns) {
    const parsed = parsePattern(pattern);
    if (parsed === undefined) continue;
    const expression = new RegExp(`^${parsed.parts.map(sourceOf).join("")}$`, "su");
    if (path.some((_, index) => expression.test(path.slice(0, index + 1).join("/")))) excluded = !parsed.negated;
  }
  return excluded;
}

test("the machine answers as regular expressions do, one pattern after another", () => {
  fc.assert(
    fc.property(fc.array(PATTERN, { maxLength: 5 }), fc.array(PATH, { maxLength: 10 }), (patterns, paths) => {
      const here = matcher(...patterns);
      for (const path of paths) {
        assert.equal(here.excludes(pathFromText(path.join("/"))), byRegExp(patterns, path), path.join("/"));
      }
    }),
    { numRuns: 500 },
  );
});

test("going down directory by directory answers as asking for whole paths", () => {
  fc.assert(
    fc.property(fc.array(PATTERN, { maxLength: 5 }), PATH, (patterns, path) => {
      const here = matcher(...patterns);
      let directory = here.root;
      for (const [index, name] of path.entries()) {
        const expected = here.excludes(pathFromText(path.slice(0, index + 1).join("/")));
        assert.equal(directory.excludes(bytesOfText(name)), expected);
        directory = directory.enter(bytesOfText(name));
        assert.equal(directory.excluded, expected);
      }
    }),
    { numRuns: 500 },
  );
});

describe("hostile patterns", () => {
  const quick = (patterns: readonly string[], path: string): boolean => {
    const began = cpuTime();
    const answer = matcher(...patterns).excludes(path as RootPath);
    assert.ok(cpuTime() - began < 2000, `took ${cpuTime() - began} ms`);
    return answer;
  };

  test("many stars cost no more than their number times the text", () => {
    assert.equal(quick([`${"a*".repeat(1000)}b`], "a".repeat(4000)), false);
    assert.equal(quick([`${"**/a*".repeat(500)}b`], "a/".repeat(1000).slice(0, -1)), false);
    assert.equal(quick([`${"(a+)+*".repeat(100)}$`], "a".repeat(4000)), false);
    assert.equal(quick([`${"?".repeat(2000)}${"[^b]".repeat(2000)}`], "a".repeat(4000)), true);
  });

  test("texts that lead to ever new states do not fill the memory", () => {
    // The last n characters decide: 2 to the n states, if all were kept.
    const here = matcher(`*a${"?".repeat(60)}`);
    let seed = 1;
    const names = Array.from({ length: 1000 }, () =>
      Array.from({ length: 100 }, () => {
        seed = (seed * 1103515245 + 12345) % 2147483648;
        return seed > 1073741824 ? "a" : "b";
      }).join(""),
    );
    const before = process.memoryUsage().heapUsed;
    for (const name of names) assert.equal(here.excludes(name as RootPath), name.at(-61) === "a");
    assert.ok(process.memoryUsage().heapUsed - before < 200 * 2 ** 20);
  });
});
