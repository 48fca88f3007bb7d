import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { chunksOf, indexOf, packagesFile, stanza } from "../../../test/support/package-index.ts";
import { digestFromHex } from "../../lib/digest.ts";
import { buildIndex, openIndex } from "../index/index-file.ts";
import { PackageIndex } from "../index/package-index.ts";
import type { BinaryPackage } from "../package/package.ts";
import { parseRequest } from "../package/request.ts";
import { type Resolution, type ResolveRequest, resolve, resolveChosen } from "./resolver.ts";
import { matches, World } from "./world.ts";

type Fields = Readonly<Record<string, string>>;

const pkg = (name: string, fields: Fields | string = {}, version = "1"): string =>
  stanza(name, version, typeof fields === "string" ? { Depends: fields } : fields);

function run(
  index: PackageIndex,
  roots: string,
  options: { installed?: readonly BinaryPackage[]; skip?: (from: string, to: string) => string | undefined } = {},
): Resolution {
  return resolve(index, requestOf(roots, options));
}

function requestOf(
  roots: string,
  options: { installed?: readonly BinaryPackage[]; skip?: (from: string, to: string) => string | undefined } = {},
): ResolveRequest {
  return {
    roots: roots.split(" ").map(parseRequest),
    installed: new Map(options.installed?.map((each) => [each.name, each])),
    skip: (from, relation) => options.skip?.(from.name, relation.name),
    architecture: "amd64",
  };
}

/** "name" or, where the version is not 1, "name=version", in the result's order. */
const names = ({ packages }: Resolution): string =>
  packages.map(({ package: { name, version } }) => (version === "1" ? name : `${name}=${version}`)).join(" ");

/** What `roots` resolve to in one archive. */
const resolved = async (archive: readonly string[], roots: string): Promise<string> =>
  names(run(await indexOf(archive), roots));

async function refused(archive: readonly string[], roots: string, code: string, message: RegExp): Promise<void> {
  const index = await indexOf(archive);
  assert.throws(() => run(index, roots), { code, message });
}

test("follows Depends and Pre-Depends, not Recommends; cycles and a package's own Provides are fine", async () => {
  const archive = [
    pkg("a", { Depends: "b, self", "Pre-Depends": "c", Recommends: "x", Provides: "self", Conflicts: "self" }),
    ...[pkg("b", "a"), pkg("c"), pkg("x")],
  ];
  assert.equal(await resolved(archive, "a"), "a b c");
});

test("tells why each package is there", async () => {
  const index = await indexOf([pkg("a", { Depends: "b (>= 1) | x", "Pre-Depends": "c" }), pkg("b", "c"), pkg("c")]);
  const resolution = run(index, "a");
  assert.deepEqual(
    resolution.packages.map(({ package: { name }, root, requiredBy }) => ({ name, root, requiredBy })),
    [
      { name: "a", root: true, requiredBy: [] },
      { name: "b", root: false, requiredBy: [{ from: "a", field: "Depends", relation: "b (>= 1) | x" }] },
      {
        name: "c",
        root: false,
        requiredBy: [
          { from: "a", field: "Pre-Depends", relation: "c" },
          { from: "b", field: "Depends", relation: "c" },
        ],
      },
    ],
  );
  const [a] = resolution.packages;
  assert.ok(a);
  assert.deepEqual(
    resolution.dependenciesOf(a.package).map((each) => each.name),
    ["b", "c"],
  );
});

test("takes the highest version over all archives that satisfies", async () => {
  const index = await indexOf([pkg("a", "b"), pkg("b"), pkg("c", "b (<< 3)")], [pkg("b", {}, "3"), pkg("b", {}, "2")]);
  assert.equal(names(run(index, "a")), "a b=3");
  assert.equal(names(run(index, "c")), "b=2 c");
  assert.equal(names(run(index, "b=1 a")), "a b");
  assert.equal(run(index, "c").packages[0]?.newer, "3");
  assert.equal(run(index, "a").packages[1]?.newer, undefined);
  assert.equal(run(index, "b").packages[0]?.package.archive, 1);
});

test("goes back to an older version only where the newest does not work out", async () => {
  const index = await indexOf([pkg("a", "b"), pkg("b"), pkg("c", "b (= 1)"), pkg("b", {}, "2"), pkg("z", "a, c")]);
  assert.equal(names(run(index, "a c")), "a b c");
  assert.equal(names(run(index, "z")), "a b c z");
});

test("alternatives go from left to right, but what is chosen anyway goes first", async () => {
  const archive = [pkg("a", "x | y"), pkg("x"), pkg("y"), pkg("b", "a, y"), pkg("c", "y, a"), pkg("d", "nowhere | y")];
  assert.equal(await resolved(archive, "a"), "a x");
  assert.equal(await resolved(archive, "b"), "a b y");
  assert.equal(await resolved(archive, "c"), "a c y");
  assert.equal(await resolved(archive, "d"), "d y");
});

test("a real package goes before one that provides its name", async () => {
  const archive = [pkg("0", { Provides: "v" }), pkg("v"), pkg("a", "v"), pkg("b", "v (>= 2)")];
  assert.equal(await resolved(archive, "a"), "a v");
  await refused(archive, "b", "UNSATISFIABLE", /^cannot satisfy b -> v \(>= 2\): the archive has v 1$/);
});

test("a root is the package of that name; one that provides it serves only where there is none", async () => {
  const archive = [pkg("a", "gone"), pkg("b", { Provides: "a, v" }), pkg("c", "a")];
  await refused(archive, "a", "UNSATISFIABLE", /^cannot satisfy a -> gone: /);
  assert.equal(await resolved(archive, "c"), "b c");
  assert.equal(await resolved(archive, "v"), "b");
  const index = await indexOf([pkg("a"), pkg("b", { Provides: "a" })]);
  assert.equal(names(run(index, "a", { installed: index.versions("b") })), "a");
});

test("a versioned relation needs a versioned Provides", async () => {
  const archive = [
    pkg("libssl3t64", { Provides: "libssl3 (= 3.5)" }),
    ...[pkg("old", { Provides: "libssl3" }), pkg("a", "libssl3 (>= 3.2)"), pkg("b", "libssl3 (>= 4)")],
  ];
  assert.equal(await resolved(archive, "a"), "a libssl3t64");
  assert.equal(await resolved(archive, "libssl3"), "libssl3t64");
  await refused(archive, "b", "UNSATISFIABLE", /libssl3 is provided by libssl3t64 \(= 3.5\), old \(no version\)$/);
});

test("of several providers the one of the higher priority, then of the higher version, then by name", async () => {
  const provider = (name: string, priority: string, version = "1") =>
    pkg(name, { Provides: "v", Priority: priority }, version);
  const low = [pkg("a", "v"), provider("p", "extra", "9"), provider("r", "optional"), provider("q", "optional")];
  assert.equal(await resolved(low, "a"), "a q");
  assert.equal(await resolved([...low, provider("s", "optional", "2")], "a"), "a s=2");
  assert.equal(await resolved([...low, provider("z", "standard")], "a"), "a z");
  assert.equal(await resolved([...low, provider("z", "standard"), provider("zz", "required")], "a"), "a zz");
});

test("Essential packages come only where they are asked for", async () => {
  const archive = [
    pkg("a", "dash (>= 0.5), b | bash, perlapi-5"),
    ...[pkg("dash", { Essential: "yes", Depends: "c" }), pkg("bash", { Essential: "yes" }), pkg("b"), pkg("c")],
    pkg("perl-base", { Essential: "yes", Provides: "perlapi-5" }),
  ];
  const index = await indexOf(archive);
  const { packages, ignored } = run(index, "a");
  assert.equal(names({ packages } as Resolution), "a");
  assert.deepEqual(ignored, [
    { from: "a", field: "Depends", relation: "dash (>= 0.5)", reason: "dash is Essential" },
    { from: "a", field: "Depends", relation: "b | bash", reason: "bash is Essential" },
    {
      from: "a",
      field: "Depends",
      relation: "perlapi-5",
      reason: "perlapi-5 is provided by perl-base, which is Essential",
    },
  ]);
  const asked = run(index, "a dash");
  assert.equal(names(asked), "a c dash");
  assert.deepEqual(asked.packages[2]?.requiredBy, [{ from: "a", field: "Depends", relation: "dash (>= 0.5)" }]);
});

test("skipped dependencies are named with their reason, unless something satisfies them anyway", async () => {
  const index = await indexOf([pkg("a", "debconf | cdebconf, b"), pkg("b"), pkg("debconf", "b"), pkg("cdebconf")]);
  const skip = (from: string, to: string) => (from === "a" && to === "debconf" ? "only scripts use it" : undefined);
  const resolution = run(index, "a", { skip });
  assert.equal(names(resolution), "a b");
  assert.deepEqual(resolution.ignored, [
    { from: "a", field: "Depends", relation: "debconf | cdebconf", reason: "only scripts use it" },
  ]);
  assert.deepEqual(run(index, "a debconf", { skip }).ignored, []);
});

test("installed packages satisfy, are no part of the result and are not replaced", async () => {
  const index = await indexOf([
    ...[pkg("a", "b, v"), pkg("b"), pkg("b", {}, "2"), pkg("c", "b (>= 2)"), pkg("d", { Breaks: "b (<< 2)" })],
    pkg("x", { Provides: "v", Conflicts: "e" }),
    ...[pkg("w", { Provides: "v", Priority: "required" }), pkg("e")],
  ]);
  const installed = [...index.versions("b").slice(1), ...index.versions("x")];
  assert.equal(names(run(index, "a", { installed })), "a");
  assert.equal(names(run(index, "b", { installed })), "");
  assert.throws(() => run(index, "c", { installed }), {
    code: "UNSATISFIABLE",
    message: /c -> b \(>= 2\): b 1 is chosen already, not 2$/,
  });
  assert.throws(() => run(index, "d", { installed }), {
    code: "PACKAGE_CONFLICT",
    message: /d 1 has Breaks: b \(<< 2\)/,
  });
  assert.throws(() => run(index, "e", { installed }), { code: "PACKAGE_CONFLICT", message: /x 1 has Conflicts: e/ });
});

test("other architectures are not candidates, and their relations never match", async () => {
  const archive = [
    pkg("a", { Architecture: "arm64" }, "2"),
    pkg("a", { Architecture: "all" }),
    ...[pkg("b", "a:any, c:amd64"), pkg("c", { Conflicts: "a:i386" }), pkg("d", "a:i386"), pkg("e", "a (>= 2)")],
  ];
  assert.equal(await resolved(archive, "b"), "a b c");
  await refused(archive, "d", "UNSATISFIABLE", /d -> a:i386/);
  await refused(archive, "e", "UNSATISFIABLE", /e -> a \(>= 2\): the archive has a 1$/);
});

test("a conflict names both packages and the field; versions and Provides count", async () => {
  const archive = [
    ...[
      pkg("a", "b, c"),
      pkg("b"),
      pkg("c", { Conflicts: "b (<< 2)" }),
      pkg("d", { Breaks: "b (<< 1)", Depends: "b" }),
    ],
    ...[pkg("m1", { Provides: "mta", Conflicts: "mta" }), pkg("m2", { Provides: "mta", Conflicts: "mta" })],
  ];
  await refused(
    archive,
    "a",
    "PACKAGE_CONFLICT",
    /^c and b cannot be in one image: c 1 has Conflicts: b \(<< 2\) \(needed: a -> c; a -> b\)$/,
  );
  await refused(archive, "m1 m2", "PACKAGE_CONFLICT", /^m2 and m1 cannot be in one image: m2 1 has Conflicts: mta /);
  assert.equal(await resolved(archive, "d"), "b d");
  assert.equal(await resolved(archive, "m1"), "m1");
});

test("a dead end behind an alternative leads to the next one", async () => {
  const archive = [
    ...[pkg("a", "x | y"), pkg("x", "x2"), pkg("x2", "gone (>= 2)"), pkg("y"), pkg("gone")],
    ...[pkg("b", "a, z"), pkg("z", { Conflicts: "y" })],
    ...[pkg("c", "p | q, r"), pkg("p", "p2"), pkg("p2"), pkg("q"), pkg("r", "s"), pkg("s", { Breaks: "p2" })],
  ];
  assert.equal(await resolved(archive, "a"), "a y");
  assert.equal(await resolved(archive, "c"), "c q r s");
  await refused(
    archive,
    "b",
    "UNSATISFIABLE",
    /^cannot satisfy b -> a -> x -> x2 -> gone \(>= 2\): the archive has gone 1$/,
  );
});

test("an early wrong choice is found behind many that have no part in the failure", async () => {
  const unrelated = Array.from({ length: 60 }, (_, index) => index);
  const archive = [
    pkg("a", `x | y, ${unrelated.map((each) => `l${each} | r${each}`).join(", ")}, end | end2`),
    ...unrelated.flatMap((each) => [pkg(`l${each}`), pkg(`r${each}`)]),
    ...[pkg("x"), pkg("y"), pkg("end", "last"), pkg("end2", "last"), pkg("last", { Conflicts: "x" })],
  ];
  const found = (await resolved(archive, "a")).split(" ");
  assert.deepEqual(
    [found.includes("y"), found.includes("x"), found.includes("r1"), found.length],
    [true, false, false, 64],
  );
});

test("an unknown name gets names that may have been meant, a missing dependency the chain to it", async () => {
  const archive = [pkg("python3-flask", "b"), pkg("b", "gone | lost (= 1)")];
  const index = await indexOf(archive);
  assert.throws(() => run(index, "flask"), {
    code: "UNKNOWN_PACKAGE",
    message: 'the archive has no package "flask"',
    hint: "did you mean python3-flask?",
  });
  const message = /python3-flask -> b -> gone \| lost \(= 1\): gone is not in the archive; lost is not in the archive$/;
  await refused(archive, "python3-flask", "UNSATISFIABLE", message);
  await refused(archive, "b=2", "UNSATISFIABLE", /^cannot satisfy b \(= 2\): the archive has b 1$/);
});

test("of two chosen packages that provide what is asked for, the same one counts as asked for in any order", async () => {
  const provides = { Provides: "b" };
  const index = await indexOf([stanza("c", "2", { Depends: "a", ...provides }), stanza("a", "1", provides)]);
  const result = run(index, "b");
  const chosen = result.packages.map((each) => each.package);
  for (const order of [chosen, chosen.toReversed()]) {
    const again = resolveChosen(order, requestOf("b"));
    assert.deepEqual(again.packages, result.packages);
  }
});

test("every result is closed, without conflicts, and the same for the same input", async () => {
  const letters = [..."abcdefgh"];
  const name = fc.constantFrom(...letters);
  const relation = fc
    .tuple(name, fc.constantFrom("", "", " (>= 2)", " (= 1)", " (<< 2)"))
    .map((parts) => parts.join(""));
  const clause = fc.array(relation, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(" | "));
  const anyPackage = fc.tuple(
    fc.array(clause, { maxLength: 3 }),
    fc.option(relation, { freq: 4 }),
    fc.option(fc.tuple(name, fc.constantFrom("", " (= 2)")), { freq: 3 }),
    fc.constantFrom("1", "2"),
    fc.boolean(),
  );
  const archive = fc.uniqueArray(fc.tuple(name, anyPackage), {
    minLength: 3,
    maxLength: 14,
    selector: ([each, [, , , version]]) => `${each} ${version}`,
  });
  let solved = 0;
  await fc.assert(
    fc.asyncProperty(archive, name, async (stanzas, root) => {
      const index = await indexOf(
        stanzas.map(([each, [depends, conflict, provides, version, breaks]]) =>
          stanza(each, version, {
            Depends: depends.join(", "),
            ...(conflict === null ? {} : { [breaks ? "Breaks" : "Conflicts"]: conflict }),
            ...(provides === null ? {} : { Provides: provides.join("") }),
          }),
        ),
      );
      let result: Resolution;
      try {
        result = run(index, root);
      } catch (error) {
        assert.match(String((error as { code?: string }).code), /^(UNKNOWN_PACKAGE|UNSATISFIABLE|PACKAGE_CONFLICT)$/);
        assert.equal(bruteForce(index, letters, root), false);
        return;
      }
      solved++;
      const chosen = result.packages.map((each) => each.package);
      const again = resolveChosen(chosen, requestOf(root));
      const facts = ({ packages, dependenciesOf }: Resolution) =>
        packages.map(({ package: of, root, requiredBy }) => [of, root, requiredBy, dependenciesOf(of)]);
      assert.deepEqual(facts(again), facts(result), "what was chosen explains itself without a search");
      assert.ok(isSound(index, chosen, root));
      assert.deepEqual(names(run(index, root)), names(result));
      assert.ok(result.packages.every((each) => each.root || each.requiredBy.length > 0));
    }),
    { numRuns: 300 },
  );
  assert.ok(solved > 20);
});

function isSound(index: PackageIndex, chosen: readonly BinaryPackage[], root: string): boolean {
  const has = (relation: BinaryPackage["depends"][number][number]) =>
    chosen.some((each) => matches(each, relation, "amd64"));
  const world = new World("amd64");
  for (const each of chosen) {
    if (world.conflictWith(each) !== undefined) return false;
    world.add(each);
  }
  return (
    has({ name: root, qualifier: "", constraint: undefined }) &&
    (index.versions(root).length === 0 || chosen.some((each) => each.name === root)) &&
    chosen.every((each) => each.depends.every((clause) => clause.some(has)))
  );
}

/** True where some set of packages, at most one of each name, is a solution. */
function bruteForce(index: PackageIndex, letters: readonly string[], root: string): boolean {
  const extend = (position: number, chosen: readonly BinaryPackage[]): boolean => {
    const letter = letters[position];
    if (letter === undefined) return isSound(index, chosen, root);
    const versions = index.versions(letter);
    return extend(position + 1, chosen) || versions.some((each) => extend(position + 1, [...chosen, each]));
  };
  return extend(0, []);
}

test("packages that were chosen before are refused where they lack something or cannot be together", async () => {
  const index = await indexOf([pkg("a", "b (>= 2) | c"), pkg("b"), pkg("d", { Breaks: "b" })]);
  const chosen = (...wanted: readonly string[]) => wanted.map((name) => index.versions(name)[0] as BinaryPackage);
  const skip = (_: string, to: string) => (to === "c" ? "not needed" : undefined);
  const explained = resolveChosen(chosen("a"), requestOf("a", { skip }));
  assert.deepEqual(explained.ignored, [
    { from: "a", field: "Depends", relation: "b (>= 2) | c", reason: "not needed" },
  ]);
  const failure =
    (roots: string, ...wanted: readonly string[]) =>
    () =>
      resolveChosen(chosen(...wanted), requestOf(roots));
  assert.throws(failure("a", "a", "b"), {
    code: "UNSATISFIABLE",
    message: /^a 1 depends on b \(>= 2\) \| c, which is not/,
  });
  assert.throws(failure("d"), { code: "UNSATISFIABLE", message: /^d is asked for/ });
  assert.throws(failure("b d", "b", "d"), { code: "PACKAGE_CONFLICT" });
  assert.throws(failure("b", "b", "b"), { code: "PACKAGE_CONFLICT" });
});

test("a preferred version goes before a newer one, until something needs that", async () => {
  const stanzas = [
    ...[pkg("lib", { SHA256: "1".repeat(64) }), pkg("lib", { SHA256: "2".repeat(64) }, "2")],
    ...[pkg("app", "lib"), pkg("later", "lib (>= 2), app"), pkg("by-name", "virtual")],
    ...[pkg("p", { Provides: "virtual", SHA256: "3".repeat(64) }), pkg("p", { Provides: "virtual" }, "2")],
  ];
  const file = openIndex(await buildIndex(chunksOf(packagesFile(...stanzas), 4096)));
  const preferred = new Set(["1", "3"].map((digit) => digestFromHex(digit.repeat(64))));
  const index = new PackageIndex([file], { preferred });
  assert.equal(names(run(index, "app")), "app lib");
  assert.equal(names(run(index, "by-name")), "by-name p");
  assert.equal(names(run(index, "later")), "app later lib=2");
});
