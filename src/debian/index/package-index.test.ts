import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { chunksOf, indexOf, packagesFile, stanza } from "../../../test/support/package-index.ts";
import { buildIndex, openIndex } from "./index-file.ts";
import { PackageIndex } from "./package-index.ts";

const build = (...stanzas: readonly string[]): Promise<Uint8Array> =>
  buildIndex(chunksOf(packagesFile(...stanzas), 1000));

test("gives back what the stanza says", async () => {
  const text = `${stanza("nginx", "1:2-3", {
    Source: "nginx-src (1:2-2)",
    "Multi-Arch": "foreign",
    Essential: "yes",
    Section: "httpd",
    "Pre-Depends": "init",
    Depends: "libc6 (>= 2.38),\n  a | b",
    Conflicts: "apache2",
    Breaks: "old (<< 1)",
    Replaces: "old (<< 1)",
    Provides: "httpd, httpd-cgi (= 1)",
    "Installed-Size": "77",
    Maintainer: "Jürgen",
    Tag: "x,\n y",
  })}SHA1: 1\n`;
  const [found] = (await indexOf([], [text])).versions("nginx");
  const relation = (name: string, operator?: "<<" | ">=", version = "") => ({
    name,
    qualifier: "",
    constraint: operator && { operator, version },
  });
  assert.deepEqual(found, {
    name: "nginx",
    version: "1:2-3",
    architecture: "amd64",
    source: { name: "nginx-src", version: "1:2-2" },
    essential: true,
    priority: "optional",
    section: "httpd",
    multiArch: "foreign",
    preDepends: [[relation("init")]],
    depends: [[relation("libc6", ">=", "2.38")], [relation("a"), relation("b")]],
    conflicts: [[relation("apache2")]],
    breaks: [[relation("old", "<<", "1")]],
    replaces: [[relation("old", "<<", "1")]],
    provides: [
      { name: "httpd", version: undefined },
      { name: "httpd-cgi", version: "1" },
    ],
    installedSize: 77,
    filename: "pool/main/nginx_2-3_amd64.deb",
    size: 100,
    digest: `sha256:${"0".repeat(64)}`,
    archive: 1,
  });
});

test("joins archives: highest version first, of equal ones that of the later archive", async () => {
  const index = await indexOf(
    [stanza("a", "1"), stanza("a", "3"), stanza("b", "1")],
    [stanza("a", "2"), stanza("b", "1"), stanza("b", "0")],
    [],
  );
  const shown = (name: string) => index.versions(name).map((each) => `${each.version}@${each.archive}`);
  assert.deepEqual(shown("a"), ["3@0", "2@1", "1@0"]);
  assert.deepEqual(shown("b"), ["1@1", "1@0", "0@1"]);
  assert.deepEqual(shown("c"), []);
  assert.deepEqual([...index.names()], ["a", "b"]);
  assert.equal(index.versions("a"), index.versions("a"));
});

test("packages of a reluctant archive come after all others, whatever their version", async () => {
  const [main, backports] = await Promise.all(
    [stanza("a", "1"), stanza("a", "2")].map(async (text) => openIndex(await build(text))),
  );
  assert.ok(main && backports);
  const versions = (reluctant: ReadonlySet<number>) =>
    new PackageIndex([main, backports], { reluctant }).versions("a").map(({ version }) => version);
  assert.deepEqual(versions(new Set()), ["2", "1"]);
  assert.deepEqual(versions(new Set([1])), ["1", "2"]);
});

test("finds the providers of a name, with versions", async () => {
  const index = await indexOf(
    [
      stanza("z", "1", { Provides: "v,  w (= 2) ,v (= 3)" }),
      stanza("y", "1", { Provides: "v-x" }),
      stanza("y", "2", { Provides: "v" }),
    ],
    [stanza("y", "3", { Provides: "v" })],
  );
  const shown = (name: string) =>
    index.providers(name).map((each) => `${each.package.name} ${each.package.version} ${each.version}`);
  assert.deepEqual(shown("v"), ["y 3 undefined", "y 2 undefined", "z 1 undefined", "z 1 3"]);
  assert.deepEqual(shown("w"), ["z 1 2"]);
  assert.deepEqual(shown("v-"), []);
  assert.equal(index.providers("w")[0]?.package, index.versions("z")[0]);
});

test("finds each of many names and no others, however the input is chunked", async () => {
  const name = fc.stringMatching(/^[a-c0-1][a-c+.-]{1,3}$/);
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(name),
      fc.array(name),
      fc.integer({ min: 1, max: 300 }),
      async (names, others, size) => {
        const file = packagesFile(...names.map((each) => stanza(each, "1", { Provides: `${each}-virtual` })));
        const bytes = await buildIndex(chunksOf(file, size));
        assert.deepEqual(bytes, await buildIndex(chunksOf(file, file.length)));
        const index = new PackageIndex([openIndex(bytes)]);
        for (const each of [...names, ...others]) {
          const expected = names.includes(each) ? [each] : [];
          assert.deepEqual(
            index.versions(each).map((found) => found.name),
            expected,
          );
          assert.deepEqual(
            index.providers(`${each}-virtual`).map((found) => found.package.name),
            expected,
          );
        }
        assert.deepEqual([...index.names()], names.toSorted());
      },
    ),
    { numRuns: 50 },
  );
});

test("a flipped byte and a missing end are noticed", async () => {
  const bytes = await build(stanza("a"), stanza("b"));
  assert.equal(openIndex(bytes).count, 2);
  for (let position = 0; position < bytes.length; position++) {
    const damaged = Uint8Array.from(bytes);
    damaged[position] = (damaged[position] ?? 0) ^ 1;
    assert.throws(() => openIndex(damaged), { code: "STORE_CORRUPT" });
    assert.throws(() => openIndex(bytes.subarray(0, position)), { code: "STORE_CORRUPT" });
  }
});

test("refuses stanzas without what each package must have, naming the package", async () => {
  for (const field of ["Version", "Architecture", "Filename", "Size", "SHA256"]) {
    const message = new RegExp(`, package broken: no ${field}$`);
    await assert.rejects(build(stanza("ok"), stanza("broken", "1", { [field]: "" })), {
      code: "FORMAT_INVALID",
      message,
    });
  }
  for (const [text, message] of [
    ["Version: 1\n", /line 1: a stanza that ends here without a Package field/],
    ["Package: a b\n", /line 1, package a b: not a package name/],
    ["Package: a\nnonsense\n", /line 2, package a: a line that is no field/],
    ["Package: a\nPACKAGE: b\n", /line 2, package a: a second PACKAGE/],
    [" x\n", /line 1: a continuation line without a field/],
  ] as const) {
    await assert.rejects(build(text), { code: "FORMAT_INVALID", message });
  }
});

test("refuses absurd lengths without reading on", async () => {
  async function* endless(line: string): AsyncGenerator<Uint8Array> {
    yield Buffer.from("Package: a\n");
    for (;;) yield Buffer.from(line.repeat(5000));
  }
  await assert.rejects(buildIndex(endless("Depends: xxxxxxxxxxxx")), {
    code: "LIMIT_EXCEEDED",
    message: /package a: a line/,
  });
  await assert.rejects(buildIndex(endless("X-Other: 1\n")), { code: "LIMIT_EXCEEDED", message: /package a: a stanza/ });
});

test("values of the wrong form are refused when the package is asked for", async () => {
  for (const [field, value] of [
    ["Size", "1e9"],
    ["SHA256", "0".repeat(63)],
    ["Filename", "pool/../../etc/passwd"],
    ["Filename", "/etc/passwd"],
    ["Version", "1 2"],
    ["Depends", "a b"],
    ["Source", "a (1"],
    ["Installed-Size", "-1"],
  ] as const) {
    const index = await indexOf([stanza("nginx", "1", { [field]: value })]);
    const message = new RegExp(`^nginx, ${field}: `);
    assert.throws(() => index.versions("nginx"), { code: "FORMAT_INVALID", message });
  }
});

test("knows which name was meant", async () => {
  const index = await indexOf([
    ...["python3-flask", "python-flask-doc", "flash", "gunicorn", "unicorn", "libssl3t64", "libss2"].map((each) =>
      stanza(each),
    ),
    ...["nginx-core", "nginx-light", "postgresql-client-17", "openjdk-21-jre", "zlib1g"].map((each) => stanza(each)),
  ]);
  for (const [typed, meant] of [
    ["flask", "python3-flask"],
    ["Flask", "python3-flask"],
    ["gunicorn3", "gunicorn"],
    ["libssl3", "libssl3t64"],
    ["nginx-lite", "nginx-light"],
    ["postgresql-client-16", "postgresql-client-17"],
    ["openjdk-21", "openjdk-21-jre"],
    ["gunicron", "gunicorn"],
    ["zlib", "zlib1g"],
  ] as const) {
    assert.equal(index.near(typed, 3)[0], meant, typed);
  }
  assert.deepEqual(index.near("nothing-like-it", 3), []);
});
