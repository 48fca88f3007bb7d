import assert from "node:assert/strict";
import { test } from "node:test";
import { treeOf } from "../../../test/support/root-trees.ts";
import { importersOf } from "./importers.ts";

const OPTIONS = { limit: 10, signal: undefined };

async function linesOf(language: "python" | "node", source: string, modules: readonly string[]) {
  const tree = treeOf({ [language === "python" ? "a.py" : "a.mjs"]: source });
  return (await importersOf(tree, language, modules, () => true, OPTIONS)).map(({ line }) => line);
}

test("imports of Python are of whole names, in any place of a line's beginning", async () => {
  const cases: readonly (readonly [source: string, lines: readonly number[]])[] = [
    ["import flask", [1]],
    ["import os\n\n  from flask.views import View\n", [3]],
    ["from os import path\nimport flask", [2]],
    ["import flask_login\nfrom flask-x import y\nimportflask\nx = 'import flask'\n", []],
  ];
  for (const [source, lines] of cases) assert.deepEqual(await linesOf("python", source, ["flask"]), lines, source);
});

test("imports of Node.js are of whole names and of what lies in them", async () => {
  const cases: readonly (readonly [source: string, lines: readonly number[]])[] = [
    ['const a = require("@x/a");', [1]],
    ['\nimport a from "@x/a/lib/b.js";', [2]],
    ["import '@x/a'", [1]],
    ["await import('@x/a')", [1]],
    ['require("@x/ab"); require("./@x/a"); require("@x")', []],
  ];
  for (const [source, lines] of cases) assert.deepEqual(await linesOf("node", source, ["@x/a"]), lines, source);
});

test("any number of modules can be looked for", async () => {
  const many = Array.from({ length: 200_000 }, (_, index) => `module_with_a_long_name_${index}`);
  assert.deepEqual(await linesOf("python", "import os\nimport module_with_a_long_name_199999\n", many), [2]);
  assert.deepEqual(await linesOf("node", "require('module_with_a_long_name_7')", many), [1]);
});
