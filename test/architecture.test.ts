import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { type ImportGraph, importsOf, readImports } from "./support/imports.ts";
import { forbiddenImports, importCycles, undeclaredPackages } from "./support/layers.ts";

const ROOT = join(import.meta.dirname, "..");
const sources = readImports(ROOT, "src");

test("the files of src/ import one another without a cycle", () => {
  assert.ok(sources.size > 20);
  assert.deepEqual(importCycles(sources), []);
});

test("imports point down the list of folders, and never between features", () => {
  assert.deepEqual(forbiddenImports(sources), []);
});

test("every imported package is declared", () => {
  const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  assert.deepEqual(undeclaredPackages(readImports(ROOT, "src", "test", "scripts", "bench"), manifest), []);
});

/** A graph from `{ file: [imported...] }`; "type x" stands for a type-only import. */
function graph(files: Readonly<Record<string, readonly string[]>>): ImportGraph {
  return new Map(
    Object.entries(files).map(([file, imports]) => [
      file,
      imports.map((each) => ({ specifier: each.replace(/^type /, ""), typeOnly: each.startsWith("type ") })),
    ]),
  );
}

describe("the check for forbidden imports", () => {
  const refused = (file: string, imported: string, why: RegExp): void => {
    const problems = forbiddenImports(graph({ [file]: [imported] }));
    assert.equal(problems.length, 1);
    assert.match(problems[0] ?? "", why);
  };

  test("accepts arrows that point down and arrows within a folder", () => {
    const sound = graph({
      "src/cli/build.ts": ["../app/build.ts", "../ui/table.ts", "../lib/errors.ts", "zod"],
      "src/app/build.ts": ["../build/build.ts", "../compose/compose.ts"],
      "src/build/build.ts": ["./context.ts", "../store/store.ts", "node:fs"],
      "src/build/build.test.ts": ["../../test/support/tools.ts"],
      "src/ui/table.ts": ["../lib/width.ts", "type ../image/image.ts"],
      "src/formats/xz/read.ts": ["../gzip/read.ts", "../../lib/errors.ts"],
    });
    assert.deepEqual(forbiddenImports(sound), []);
  });

  test("refuses an arrow that points up, of types too", () => {
    refused("src/store/store.ts", "../debian/deb.ts", /points up, store\/ stands below debian\//);
    refused("src/lib/errors.ts", "type ../image/image.ts", /points up/);
    refused("src/formats/tar/reader.ts", "../../rootfs/path.ts", /points up/);
  });

  test("refuses an arrow between features, and between app and ui", () => {
    refused("src/build/build.ts", "../compose/tier.ts", /do not know one another/);
    refused("src/seal/seal.ts", "type ../scan/scan.ts", /do not know one another/);
    refused("src/app/build.ts", "../ui/table.ts", /do not know one another/);
  });

  test("refuses a use of ui below cli, and more than types in ui", () => {
    refused("src/store/store.ts", "../ui/table.ts", /points up/);
    refused("src/ui/table.ts", "../image/image.ts", /no more than types/);
    const layers = [["cli"], ["ui"], ["lib"]];
    assert.equal(forbiddenImports(graph({ "src/ui/a.ts": ["../cli/x.ts"] }), layers).length, 1);
    assert.match(
      forbiddenImports(graph({ "src/app/a.ts": ["../ui/x.ts"] }), [["app"], ["ui"], ["lib"]])[0] ?? "",
      /only cli\/ uses ui\//,
    );
  });

  test("refuses an unknown folder, a file beside the folders, a library in a test, and a way out of src", () => {
    refused("src/utils/x.ts", "./y.ts", /not in the list/);
    refused("src/x.ts", "./y.ts", /not in the list/);
    refused("src/lib/x.ts", "./y.test.ts", /a test is no library/);
    refused("src/lib/x.ts", "../../test/support/tools.ts", /leaves src/);
  });
});

describe("the check for cycles", () => {
  test("finds none in a diamond", () => {
    const diamond = { "a/a.ts": ["./b.ts", "./c.ts"], "a/b.ts": ["./d.ts"], "a/c.ts": ["./d.ts"], "a/d.ts": [] };
    assert.deepEqual(importCycles(graph(diamond)), []);
  });

  test("finds a file that imports itself, a pair, and a ring through types", () => {
    assert.deepEqual(importCycles(graph({ "a/a.ts": ["./a.ts"] })), ["a/a.ts -> a/a.ts"]);
    const pairs = { "a/a.ts": ["../b/b.ts"], "b/b.ts": ["../a/a.ts"], "c/c.ts": ["../a/a.ts"] };
    assert.deepEqual(importCycles(graph(pairs)), ["a/a.ts -> b/b.ts -> a/a.ts"]);
    const ring = { "a.ts": ["./b.ts"], "b.ts": ["type ./c.ts"], "c.ts": ["./a.ts"], "d.ts": ["./b.ts"] };
    assert.deepEqual(importCycles(graph(ring)), ["a.ts -> b.ts -> c.ts -> a.ts"]);
  });
});

test("the check for packages knows what ships from what does not", () => {
  const manifest = { dependencies: { zod: "4" }, devDependencies: { "@scope/dev": "1" } };
  const files = {
    "src/a.ts": ["zod", "zod/v4", "node:fs", "./b.ts", "@scope/dev/x", "fs"],
    "src/a.test.ts": ["@scope/dev", "zod"],
    "test/b.ts": ["other"],
  };
  assert.deepEqual(undeclaredPackages(graph(files), manifest), [
    "src/a.ts: @scope/dev",
    "src/a.ts: fs",
    "test/b.ts: other",
  ]);
});

test("every form of import is read", () => {
  const text = `
    import a, { type B } from "./value.ts";
    import type { C } from "./type.ts";
    import { type D, type E } from "./inline-type.ts";
    import "./effect.ts";
    export { f } from "./re-export.ts";
    export * from "./all.ts";
    export type { G } from "./re-export-type.ts";
    export const lazy = async (): Promise<import("./type-of.ts").H> => (await import("./dynamic.ts")).h;
    // import "./comment.ts"
    const text = 'import "./string.ts"';
  `;
  assert.deepEqual(
    importsOf(text, "x.ts")
      .map(({ specifier, typeOnly }) => `${specifier}${typeOnly ? " type" : ""}`)
      .sort(),
    [
      "./all.ts",
      "./dynamic.ts",
      "./effect.ts",
      "./inline-type.ts",
      "./re-export-type.ts type",
      "./re-export.ts",
      "./type-of.ts type",
      "./type.ts type",
      "./value.ts",
    ],
  );
  assert.throws(() => importsOf("const x = import(name);", "x.ts"), /no string literal/);
  assert.throws(() => importsOf("const = 1;", "x.ts"), /x\.ts/);
});
