import assert from "node:assert/strict";
import { test } from "node:test";
import { layeredImage } from "../../../test/support/layered-image.ts";
import { fileNode } from "../../../test/support/root-trees.ts";
import { isDistillError } from "../../lib/errors.ts";
import { displayPath } from "../../rootfs/path.ts";
import { explain, type PackageExplanation } from "./explain.ts";

const SITE = "usr/lib/python3/dist-packages";

/** app needs lib and tool, and these base; alone needs only-alone, which needs its-friend, as that needs it. */
const STATUS = Object.entries({
  app: "lib, tool",
  lib: "base",
  tool: "base",
  base: "",
  alone: "only-alone",
  "only-alone": "its-friend",
  "its-friend": "only-alone",
})
  .map(
    ([name, depends]) =>
      `Package: ${name}\nVersion: 1\nArchitecture: all\n${depends === "" ? "" : `Depends: ${depends}\n`}\n`,
  )
  .join("");

const ENTRIES = {
  "var/lib/dpkg/status": STATUS,
  ...Object.fromEntries(
    ["app", "lib", "tool", "base", "alone", "only-alone", "its-friend"].flatMap((name, index) => [
      [`usr/share/${name}`, "x".repeat(10 ** index)],
      [`var/lib/dpkg/info/${name}.list`, `/usr/share/${name}\n`],
    ]),
  ),
  [`${SITE}/vendored/__init__.py`]: "",
  [`${SITE}/vendored-1.dist-info/METADATA`]: "Metadata-Version: 2.1\nName: vendored\nVersion: 1\n",
  [`${SITE}/vendored-1.dist-info/top_level.txt`]: "vendored\n",
  "app/main.py": "import os\n\nfrom vendored import x\n",
  "app/other.py": "import vendored_other\n",
};

test("a package is there for the chain that leads to it, and takes with it what nothing else needs", async (t) => {
  const { inventory, tree } = await layeredImage(t, [{ entries: ENTRIES }]);
  const names = (numbers: readonly number[]) => numbers.map((number) => inventory.packages[number]?.facts.name);
  const about = async (name: string): Promise<PackageExplanation> => {
    const [found] = await explain(name, inventory, tree);
    assert.equal(found?.kind, "package");
    return found as PackageExplanation;
  };
  const base = await about("base");
  assert.deepEqual(names(base.neededBy), ["lib", "tool"]);
  assert.equal(names(base.chain).join(" -> "), "app -> lib -> base");
  assert.deepEqual(names(base.dependants.packages), ["app", "base", "lib", "tool"]);
  assert.deepEqual(names(base.exclusive.packages), ["base"]);
  const app = await about("app");
  assert.deepEqual(names(app.exclusive.packages), ["app", "base", "lib", "tool"]);
  const sizeOf = (name: string): number => inventory.packages.find(({ facts }) => facts.name === name)?.bytes ?? 0;
  assert.equal(
    app.exclusive.bytes,
    ["app", "lib", "tool", "base"].map(sizeOf).reduce((sum, each) => sum + each),
  );
  assert.deepEqual(names((await about("alone")).exclusive.packages), ["alone", "its-friend", "only-alone"]);
});

test("files that import a package's modules are named with their lines", async (t) => {
  const { inventory, tree } = await layeredImage(t, [{ entries: ENTRIES }]);
  const [found] = await explain("vendored", inventory, tree);
  assert.equal(found?.kind, "package");
  assert.deepEqual(
    found?.kind === "package" && found.importedBy.map(({ path, line }) => `${displayPath(path)}:${line}`),
    ["/app/main.py:3"],
  );
});

test("a file is explained with its package, a directory by the owners of what lies in it", async (t) => {
  const { inventory, tree } = await layeredImage(t, [{ entries: ENTRIES }]);
  const [file] = await explain("/usr/share/base", inventory, tree);
  assert.equal(file?.kind === "file" && inventory.packages[file.package?.number ?? -1]?.facts.name, "base");
  const [directory] = await explain("/usr/share", inventory, tree);
  assert.deepEqual(
    directory?.kind === "directory" && directory.owners.map(({ bytes }) => bytes),
    [1_000_000, 100_000, 10_000, 1000, 100, 10, 1],
  );
});

test("below a directory, files of one step count as one, hard links once, and parts of the context by what they have in common", async (t) => {
  const inode = {};
  const moves = [
    { from: "/src", origin: "context", to: "/app", packages: [] },
    { from: "/bin", origin: "stage one", to: "/app/one", packages: [] },
    { from: "/bin", origin: "stage two", to: "/app/two", packages: [] },
  ];
  const entries = {
    "app/web/a.py": "1",
    "app/web/deep/b.py": "22",
    "app/one/tool": fileNode("4444", {}, inode),
    "app/one/link": fileNode("4444", {}, inode),
    "app/two/tool": "88888888",
  };
  const { inventory, tree } = await layeredImage(t, [{ entries, story: { kind: "step", moves } }]);
  const [found] = await explain("/app", inventory, tree);
  assert.deepEqual(
    found?.kind === "directory" &&
      found.owners.map(({ owner, files, bytes }) => [
        owner.kind === "app" ? owner.from : owner.kind === "step" && owner.move?.origin,
        files,
        bytes,
      ]),
    [
      ["stage two", 1, 8],
      ["stage one", 2, 4],
      ["/src/web", 2, 3],
    ],
  );
});

test("what was packed into a package is found by its package URL; too many of one name are not explained at once", async (t) => {
  const metadata = (version: string): string => `Metadata-Version: 2.1\nName: flask\nVersion: ${version}\n`;
  const record = `${SITE}/flask-3.dist-info/METADATA`;
  const packed = await layeredImage(t, [
    {
      entries: {
        "var/lib/dpkg/status": "Package: python3-flask\nVersion: 3\nArchitecture: all\n",
        "var/lib/dpkg/info/python3-flask.list": `/${record}\n`,
        [record]: metadata("3"),
      },
    },
  ]);
  const [found] = await explain("pkg:pypi/flask@3", packed.inventory, packed.tree);
  assert.equal(found?.kind === "package" && found.number, 0);
  const versions = Array.from({ length: 101 }, (_, index) => String(index));
  const many = await layeredImage(t, [
    { entries: Object.fromEntries(versions.map((each) => [`app/flask-${each}.dist-info/METADATA`, metadata(each)])) },
  ]);
  await assert.rejects(explain("flask", many.inventory, many.tree), (error) => isDistillError(error, "USAGE"));
  assert.equal((await explain("pkg:pypi/flask@7", many.inventory, many.tree)).length, 1);
});

test("what is not there is told with what is most like it", async (t) => {
  const { inventory, tree } = await layeredImage(t, [{ entries: ENTRIES }]);
  await assert.rejects(explain("bsae", inventory, tree), (error: unknown) => {
    assert.ok(isDistillError(error, "USAGE"));
    assert.match(error.hint ?? "", /did you mean base\?/);
    return true;
  });
  await assert.rejects(explain("/nowhere", inventory, tree), (error) => isDistillError(error, "NO_SUCH_PATH"));
});
