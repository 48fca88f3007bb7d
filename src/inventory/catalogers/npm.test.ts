import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { claimsOf, type LayerEntries } from "../../../test/support/layer-files.ts";
import { unlessTools } from "../../../test/support/tools.ts";
import { npmCataloger } from "./npm.ts";

async function read(entries: LayerEntries) {
  const { claims, warnings } = await claimsOf(npmCataloger, entries);
  const packages = claims.flatMap((claim) => (claim.kind === "package" ? [claim] : []));
  return { packages, warnings, shown: packages.map(({ package: { name, version } }) => `${name} ${version}`) };
}

const manifest = (name: string, version: string, more: object = {}): string =>
  JSON.stringify({ name, version, ...more });

test("a package is what its directory holds, with its license and what it asks for", async () => {
  const { packages, warnings } = await read({
    "app/node_modules/express/package.json": manifest("express", "4.21.0", {
      license: "MIT",
      dependencies: { accepts: "~1.3.8", aliased: "npm:@scope/real@^1", "../bad": "1", ms: 3 },
      optionalDependencies: { fsevents: "*", accepts: "*" },
      devDependencies: { mocha: "*" },
    }),
  });
  assert.deepEqual(packages, [
    {
      kind: "package",
      package: {
        type: "npm",
        name: "express",
        version: "4.21.0",
        architecture: "",
        source: undefined,
        licenses: ["MIT"],
        dependencies: [["accepts"], ["@scope/real"], ["ms"], ["fsevents"]],
      },
      files: [],
      directories: ["app/node_modules/express"],
    },
  ]);
  assert.deepEqual(warnings, []);
});

test("packages are found by where they lie: installed, nested, scoped, of pnpm and Debian; not the app, nor parts of packages", async () => {
  const places: readonly [string, boolean][] = [
    ["node_modules/a/package.json", true],
    ["app/node_modules/a/node_modules/@s/b/package.json", true],
    ["usr/lib/node_modules/npm/package.json", true],
    ["app/node_modules/.pnpm/a@1/node_modules/a/package.json", true],
    ["usr/share/nodejs/a/package.json", true],
    ["usr/share/nodejs/@types/a/package.json", true],
    ["usr/lib/x86_64-linux-gnu/nodejs/a/package.json", true],
    ["opt/a-v1.0.0/package.json", true],
    ["opt/a-1.0.0/package.json", true],
    ["opt/a-1.0/package.json", false],
    ["opt/b-v1.0.0/package.json", false],
    ["app/package.json", false],
    ["app/node_modules/a/dist/esm/package.json", false],
    ["app/node_modules/@s/package.json", false],
    ["app/node_modules/.cache/package.json", false],
    ["app/node_modules/package.json", false],
    ["app/my_node_modules/a/package.json", false],
    ["app/node_modules/a/package.json5", false],
  ];
  for (const [path, expected] of places) {
    const { shown } = await read({ [path]: manifest("a", "1.0.0") });
    assert.deepEqual(shown, expected ? ["a 1.0.0"] : [], path);
  }
});

test("links to its programs are a package's, beside it and in bin of the prefix", async () => {
  const cases: readonly [string, string, unknown, readonly string[]][] = [
    ["app/node_modules/a", "a", "cli.js", ["app/node_modules/.bin/a"]],
    ["app/node_modules/@s/a", "@s/a", "cli.js", ["app/node_modules/.bin/a"]],
    ["app/node_modules/a", "a", { x: "x.js", "../y": "y" }, ["app/node_modules/.bin/x"]],
    [
      "usr/local/lib/node_modules/npm",
      "npm",
      { npx: "n" },
      ["usr/local/lib/node_modules/.bin/npx", "usr/local/bin/npx"],
    ],
    ["usr/share/nodejs/a", "a", "cli.js", []],
    ["app/node_modules/a", "a", ["x"], []],
  ];
  for (const [directory, name, bin, expected] of cases) {
    const { packages } = await read({ [`${directory}/package.json`]: manifest(name, "1", { bin }) });
    assert.deepEqual(packages[0]?.files, expected, directory);
  }
});

test("a license is read in each form that packages have", async () => {
  const cases: readonly [object, readonly string[]][] = [
    [{ license: "(MIT OR Apache-2.0)" }, ["(MIT OR Apache-2.0)"]],
    [{ license: { type: "BSD", url: "x" } }, ["BSD"]],
    [{ licenses: [{ type: "MIT" }, "ISC", { type: "MIT" }, 4, null] }, ["MIT", "ISC"]],
    [{ license: ["A", { name: "B" }] }, ["A", "B"]],
    [{ license: "x".repeat(200) }, []],
    [{ license: " " }, []],
    [{}, []],
  ];
  for (const [more, licenses] of cases) {
    const { packages } = await read({ "node_modules/a/package.json": manifest("a", "1", more) });
    assert.deepEqual(packages[0]?.package.licenses, licenses, JSON.stringify(more));
  }
});

test("what is damaged is told with its name, what is no package is not, and the rest is read", async () => {
  const { shown, warnings } = await read({
    "node_modules/bom/package.json": `\uFEFF${manifest("bom", "1.0.0")}`,
    "node_modules/cut/package.json": '{"name": "cut", "ver',
    "node_modules/deep/package.json": "[".repeat(500_000),
    "node_modules/list/package.json": "[]",
    "node_modules/mode/package.json": '{"type": "module"}',
    "node_modules/null/package.json": "null",
    "node_modules/path/package.json": manifest("../../etc", "1"),
    "node_modules/proto/package.json": '{"__proto__": {"name": "x", "version": "1"}}',
    "node_modules/type/package.json": '{"name": ["a"], "version": "1"}',
    "node_modules/vers/package.json": manifest("vers", "1 2"),
    "node_modules/wide/package.json": manifest("wide", "1", { x: "y".repeat(5_000_000) }),
    "node_modules/z/package.json": manifest("z", "2", { dependencies: ["a"], license: {} }),
  });
  assert.deepEqual(shown, ["bom 1.0.0", "z 2"]);
  assert.deepEqual(warnings, [
    "/node_modules/cut/package.json: it is no JSON",
    "/node_modules/deep/package.json: it is no JSON",
    "/node_modules/path/package.json: its name is none that npm takes",
    "/node_modules/type/package.json: its name is none that npm takes",
    "/node_modules/vers/package.json: its version is none",
    "/node_modules/wide/package.json: it is larger than 4194304 bytes and is not read",
  ]);
});

test("no JSON makes it throw", async () => {
  const value = fc.jsonValue();
  const key = fc.constantFrom("name", "version", "license", "licenses", "dependencies", "optionalDependencies", "bin");
  await fc.assert(
    fc.asyncProperty(fc.dictionary(key, value), fc.boolean(), fc.nat(300), async (fields, named, cut) => {
      const text = JSON.stringify(named ? { ...fields, name: "a", version: "1" } : fields);
      const { packages } = await read({
        "node_modules/a/package.json": text,
        "node_modules/b/package.json": text.slice(0, cut),
      });
      assert.ok(!named || packages[0]?.package.name === "a");
    }),
    { numRuns: 200 },
  );
});

interface Listed {
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, Listed>>;
}

test("npm itself lists the same packages for its own installation", { skip: unlessTools("npm", "find") }, async () => {
  const root = execFileSync("npm", ["root", "-g"], { encoding: "utf8" }).trim();
  const npm = realpathSync(`${root}/npm`);
  if (!existsSync(`${npm}/node_modules`)) return;
  const listed = new Set<string>();
  const walk = ({ dependencies = {} }: Listed): void => {
    for (const [name, each] of Object.entries(dependencies)) {
      if (each.version !== undefined) listed.add(`${name} ${each.version}`);
      walk(each);
    }
  };
  const options = { cwd: npm, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 } as const;
  walk(JSON.parse(execFileSync("npm", ["ls", "--all", "--omit=dev", "--json"], options)) as Listed);
  const files = execFileSync("find", [npm, "-name", "package.json"], options).trim().split("\n");
  const { shown } = await read(
    Object.fromEntries(
      files.filter((path) => path.startsWith(`${npm}/node_modules/`)).map((path) => [path, readFileSync(path)]),
    ),
  );
  assert.ok(listed.size > 50, String(listed.size));
  assert.deepEqual(
    [...listed].filter((each) => !shown.includes(each)),
    [],
  );
  assert.deepEqual(
    shown.filter((each) => !listed.has(each)),
    [],
  );
});
