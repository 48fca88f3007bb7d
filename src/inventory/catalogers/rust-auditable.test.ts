import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateSync } from "node:zlib";
import fc from "fast-check";
import { sectionedElf } from "../../../test/support/elf-sections.ts";
import { claimsOf } from "../../../test/support/layer-files.ts";
import { rustAuditableCataloger } from "./rust-auditable.ts";

const LIST = {
  packages: [
    { name: "adler", version: "1.0.2", source: "crates.io" },
    { name: "app", version: "0.1.0", source: "local", dependencies: [0, 2, 3, 4], root: true },
    { name: "cc", version: "1.0.79", source: "crates.io", kind: "build" },
    { name: "miniz_oxide", version: "0.7.1+x.1", source: "registry", kind: "runtime", dependencies: [0] },
    { name: "adler", version: "2.0.0-rc.1", source: "git" },
  ],
};

async function cratesOf(section: Uint8Array) {
  const bytes = sectionedElf({ ".text": Buffer.from("x"), ".dep-v0": section });
  const { claims, warnings } = await claimsOf(rustAuditableCataloger, { "bin/app": { bytes, mode: 0o755 } });
  const packages = claims.map((claim) => {
    assert.ok(claim.kind === "package");
    assert.deepEqual([claim.package.type, claim.files, claim.directories], ["cargo", ["bin/app"], []]);
    return claim.package;
  });
  return { shown: packages.map(({ name, version }) => `${name} ${version}`), packages, warnings };
}

const compressed = (value: unknown): Uint8Array => deflateSync(JSON.stringify(value));

test("crates are read, but for those of the build", async () => {
  const { shown, packages, warnings } = await cratesOf(compressed(LIST));
  assert.deepEqual(shown, ["adler 1.0.2", "app 0.1.0", "miniz_oxide 0.7.1+x.1", "adler 2.0.0-rc.1"]);
  assert.deepEqual(packages[1]?.dependencies, [["adler"], ["miniz_oxide"]]);
  assert.deepEqual(warnings, []);
});

test("what is damaged is told with the file, and the rest is read", async () => {
  const entry = (value: unknown): Uint8Array => compressed({ packages: [value, { name: "good", version: "1.0.0" }] });
  const cases: readonly [Uint8Array, readonly string[], RegExp][] = [
    [entry(null), ["good 1.0.0"], /an entry that is no crate/],
    [entry({ name: "../x", version: "1.0.0" }), ["good 1.0.0"], /an entry that is no crate/],
    [entry({ name: "x", version: "\u001b[31m" }), ["good 1.0.0"], /an entry that is no crate/],
    [compressed([]), [], /must be an object/],
    [compressed({}), [], /has no packages/],
    [deflateSync("{"), [], /not valid JSON/],
    [deflateSync("[".repeat(1_000_000)), [], /not valid JSON/],
    [Buffer.from("not compressed"), [], /is damaged/],
    [compressed(LIST).subarray(0, 50), [], /is damaged/],
    [deflateSync(Buffer.alloc(17 * 1024 * 1024, " ")), [], /larger than 16777216 bytes/],
    [compressed({ packages: Array(20_001).fill({ name: "x", version: "1.0.0" }) }), [], /more than 20000 packages/],
  ];
  for (const [section, expected, warning] of cases) {
    const { shown, warnings } = await cratesOf(section);
    if (shown.length < 20_000) assert.deepEqual(shown, expected);
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? "", warning);
    assert.match(warnings[0] ?? "", /^\/bin\/app: /);
  }
});

test("numbers of entries that are not there, or in a circle, do no harm", async () => {
  const circle = [
    { name: "a", version: "1.0.0", dependencies: [1, 0, 99, -1, 0.5, "x", null, {}] },
    { name: "b", version: "1.0.0", dependencies: [0] },
  ];
  const { packages, warnings } = await cratesOf(compressed({ packages: circle }));
  assert.deepEqual(
    packages.map(({ dependencies }) => dependencies),
    [[["b"], ["a"]], [["a"]]],
  );
  assert.deepEqual(warnings, []);
});

test("bytes that were changed anywhere give claims or a warning, and no failure", async () => {
  const section = deflateSync(JSON.stringify(LIST), { level: 0 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(section.length - 1), fc.nat(255)), { maxLength: 4 }),
      fc.jsonValue(),
      async (changes, value) => {
        const copy = Uint8Array.from(section);
        for (const [at, byte] of changes) copy[at] = byte;
        assert.ok((await cratesOf(copy)).warnings.length <= 2);
        assert.ok((await cratesOf(compressed({ packages: [value, value] }))).warnings.length <= 2);
      },
    ),
    { numRuns: 100 },
  );
});
