import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { describe, test } from "node:test";
import { pageOf, RULES } from "../src/dockerfile/checks/rules.ts";
import { DistillError, type ErrorCode, exitStatusOf } from "../src/lib/errors.ts";

const ROOT = join(import.meta.dirname, "..");
const SKIPPED = new Set(["node_modules", "dist", ".git", ".toolchain"]);
const documents = globSync("**/*.md", { cwd: ROOT, exclude: (path) => SKIPPED.has(path) }).sort();

const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");

describe("docs/errors.md", () => {
  const union = /type ErrorCode =([^;]*);/.exec(read("src/lib/errors.ts"))?.[1] ?? "";
  const codes = [...union.matchAll(/"([A-Z_]+)"/g)].map((match) => match[1] as ErrorCode);
  const entries = new Map(
    read("docs/errors.md")
      .split(/^## /m)
      .slice(1)
      .map((entry) => [entry.split("\n", 1)[0] ?? "", entry]),
  );

  test("has an entry for each error code and for nothing else", () => {
    assert.ok(codes.length > 10);
    assert.deepEqual([...entries.keys()].sort(), codes.toSorted());
  });

  for (const code of codes) {
    test(`gives the exit status of ${code}`, () => {
      const status = exitStatusOf(new DistillError(code, "x"));
      assert.match(entries.get(code) ?? "", new RegExp(`^[A-Z_]+\\n\\nExit status ${status}\\. `));
    });
  }
});

describe("docs/checks.md", () => {
  for (const { name } of RULES) {
    test(`explains ${name}`, () => assert.ok(anchorsOf(read("docs/checks.md")).has(pageOf(name).split("#")[1] ?? "")));
  }
});

describe("links in documents", () => {
  for (const path of documents) {
    test(`${path} links to files and headings that exist`, () => {
      assert.deepEqual(brokenLinks(path), []);
    });
  }
});

/** The relative links of a document that lead nowhere. */
function brokenLinks(path: string): readonly string[] {
  const prose = withoutCode(read(path));
  const targets = [...prose.matchAll(/\]\(\s*<?([^)\s>]+)>?[^)]*\)|^\[[^\]]+\]:\s*(\S+)/gm)].map(
    (match) => match[1] ?? match[2] ?? "",
  );
  return targets.filter((target) => {
    if (/^[a-z][a-z0-9+.-]*:/i.test(target)) return false;
    const [file = "", heading] = decodeURI(target).split("#", 2);
    const absolute = file === "" ? join(ROOT, path) : resolve(ROOT, dirname(path), file);
    if (!existsSync(absolute)) return true;
    return heading !== undefined && absolute.endsWith(".md") && !anchorsOf(readFileSync(absolute, "utf8")).has(heading);
  });
}

/** The anchors of a document's headings, as code hosts make them. */
function anchorsOf(text: string): ReadonlySet<string> {
  const headings = [...withoutFences(text).matchAll(/^#{1,6} +(.*?) *#*$/gm)].map((match) => match[1] ?? "");
  const slugs = headings.map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-"),
  );
  return new Set(
    slugs.map((slug, index) => {
      const before = slugs.slice(0, index).filter((each) => each === slug).length;
      return before === 0 ? slug : `${slug}-${before}`;
    }),
  );
}

function withoutFences(text: string): string {
  return text.replace(/^ *(```+|~~~+)[\s\S]*?^ *\1/gm, "");
}

function withoutCode(text: string): string {
  return withoutFences(text).replace(/`[^`\n]*`/g, "");
}
