import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, test } from "node:test";
import { layeredImage, shownOwners } from "../../test/support/layered-image.ts";
import { fileNode, symlinkNode } from "../../test/support/root-trees.ts";
import { bytesOfText, displayPath, pathFromText } from "../rootfs/path.ts";
import { KnownFiles } from "./recognised.ts";

const md5 = (text: string): string => createHash("md5").update(text).digest("hex");

const OS = 'ID=debian\nVERSION_ID="13"\nPRETTY_NAME="Debian GNU/Linux 13 (trixie)"\n';

const stanza = (name: string, version = "1.0-1", more = ""): string =>
  `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: ${version}\n${more}\n`;

const metadata = (name: string, version: string): string =>
  `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`;

const SITE = "usr/lib/python3/dist-packages";

describe("files of the system's packages", () => {
  test("are theirs by the lists of dpkg, through merged directories, with settings and records", async (t) => {
    const { inventory } = await layeredImage(t, [
      {
        entries: {
          "etc/os-release": OS,
          lib: symlinkNode("usr/lib"),
          "usr/lib/libx.so.1": "x",
          "etc/x.conf": "conf",
          "etc/other": "y",
          "var/lib/dpkg/status": stanza(
            "libx1",
            "1.0-1",
            "Conffiles:\n /etc/x.conf 0123456789abcdef0123456789abcdef\n",
          ),
          "var/lib/dpkg/info/libx1.list": "/.\n/lib\n/lib/libx.so.1\n",
          "var/lib/dpkg/info/libx1.postinst": "#!/bin/sh\n",
        },
      },
    ]);
    assert.deepEqual(shownOwners(inventory), {
      "/etc/os-release": "nobody 0",
      "/etc/other": "nobody 0",
      "/etc/x.conf": "libx1",
      "/lib": "nobody 0",
      "/usr/lib/libx.so.1": "libx1",
      "/var/lib/dpkg/info/libx1.list": "libx1",
      "/var/lib/dpkg/info/libx1.postinst": "libx1",
      "/var/lib/dpkg/status": "nobody 0",
    });
    assert.deepEqual(
      inventory.packages.map(({ purl }) => purl),
      ["pkg:deb/debian/libx1@1.0-1?arch=amd64&distro=debian-13"],
    );
  });

  test("of a distroless image are theirs by its checksums", async (t) => {
    const entries = {
      "usr/lib/libx.so.1": "x",
      "var/lib/dpkg/status.d/libx1": "Package: libx1\nVersion: 2\nArchitecture: amd64\n",
      "var/lib/dpkg/status.d/libx1.md5sums": `${md5("x")}  usr/lib/libx.so.1\n`,
    };
    const { inventory } = await layeredImage(t, [{ entries }]);
    assert.deepEqual(new Set(Object.values(shownOwners(inventory))), new Set(["libx1"]));
    assert.deepEqual(inventory.coverage.package, { files: 3, bytes: Object.values(entries).join("").length });
  });

  test("that a later layer changed are no longer theirs, and those that it wrote again with the same bytes are", async (t) => {
    const lower = {
      "usr/bin/tool": "tool",
      "usr/bin/same": "same",
      "var/lib/dpkg/status": stanza("tool"),
      "var/lib/dpkg/info/tool.list": "/usr/bin/tool\n/usr/bin/same\n",
      "var/lib/dpkg/info/tool.md5sums": `${md5("tool")}  usr/bin/tool\n${md5("same")}  usr/bin/same\n`,
    };
    const upper = {
      "usr/bin/tool": "other",
      "usr/bin/same": fileNode("same", { mode: 0o700 }),
      // Another package's installation writes the database anew, and not the lists.
      "var/lib/dpkg/status": `${stanza("tool")}${stanza("more")}`,
    };
    const { inventory } = await layeredImage(t, [{ entries: lower }, { entries: upper, story: { kind: "step" } }]);
    const { "/usr/bin/tool": tool, "/usr/bin/same": same } = shownOwners(inventory);
    assert.deepEqual([tool, same], ["step 1", "tool"]);
    const [, found] = inventory.packages;
    assert.deepEqual(found?.modified.map(displayPath), ["/usr/bin/tool"]);
  });

  test("that one package took over from another one are the new one's, whose checksums still list them", async (t) => {
    const { inventory } = await layeredImage(t, [
      {
        entries: {
          "usr/bin/tool": "new",
          "var/lib/dpkg/status": `${stanza("a")}${stanza("b")}`,
          // dpkg takes a replaced file out of the list, and leaves the checksums as they are.
          "var/lib/dpkg/info/a.list": "/.\n/usr\n",
          "var/lib/dpkg/info/a.md5sums": `${md5("old")}  usr/bin/tool\n`,
          "var/lib/dpkg/info/b.list": "/usr/bin/tool\n",
        },
      },
    ]);
    const owners = shownOwners(inventory);
    assert.equal(owners["/usr/bin/tool"], "b");
    assert.equal(owners["/var/lib/dpkg/info/a.md5sums"], "a");
  });

  test("go with the database that a later layer removes", async (t) => {
    const { inventory } = await layeredImage(t, [
      {
        entries: {
          "usr/bin/tool": "tool",
          "var/lib/dpkg/status": stanza("tool"),
          "var/lib/dpkg/info/tool.list": "/usr/bin/tool\n",
        },
      },
      { entries: { "var/lib/dpkg": null } },
    ]);
    assert.deepEqual(inventory.packages, []);
    assert.deepEqual(shownOwners(inventory), { "/usr/bin/tool": "nobody 0" });
  });
});

describe("packages of languages", () => {
  const DISTRIBUTION = {
    [`${SITE}/flask/__init__.py`]: "import os\n",
    [`${SITE}/flask/__pycache__/__init__.cpython-313.pyc`]: "compiled",
    [`${SITE}/flask-3.1.dist-info/METADATA`]: metadata("Flask", "3.1"),
    [`${SITE}/flask-3.1.dist-info/top_level.txt`]: "flask\n",
  };

  test("are parts of the system's package that has their record, and no packages of their own", async (t) => {
    const { inventory } = await layeredImage(t, [
      {
        entries: {
          ...DISTRIBUTION,
          "var/lib/dpkg/status": stanza("python3-flask"),
          "var/lib/dpkg/info/python3-flask.list": Object.keys(DISTRIBUTION)
            .filter((path) => !path.endsWith(".pyc"))
            .map((path) => `/${path}\n`)
            .join(""),
        },
      },
    ]);
    assert.deepEqual(
      inventory.packages.map(({ facts, parts }) => [facts.name, parts.map(({ purl }) => purl)]),
      [["python3-flask", ["pkg:pypi/flask@3.1"]]],
    );
    const owners = shownOwners(inventory);
    assert.equal(owners[`/${SITE}/flask/__pycache__/__init__.cpython-313.pyc`], "python3-flask");
  });

  test("are packages where no other one has them, and again where a second copy lies elsewhere", async (t) => {
    const copy = { "app/vendor/flask-3.1.dist-info/METADATA": metadata("Flask", "3.1") };
    const { inventory } = await layeredImage(t, [
      {
        entries: {
          ...DISTRIBUTION,
          ...copy,
          "var/lib/dpkg/status": stanza("python3-flask"),
          "var/lib/dpkg/info/python3-flask.list": `/${SITE}/flask-3.1.dist-info/METADATA\n`,
        },
      },
    ]);
    assert.deepEqual(
      inventory.packages.map(({ facts }) => `${facts.type} ${facts.name}`),
      ["deb python3-flask", "pypi Flask"],
    );
  });

  test("need what a system's package holds, and that is not missing", async (t) => {
    const { inventory } = await layeredImage(t, [
      {
        entries: {
          ...DISTRIBUTION,
          "app/site-1.dist-info/METADATA": `${metadata("site", "1")}Requires-Dist: flask\nRequires-Dist: gone\n`,
          "var/lib/dpkg/status": stanza("python3-flask"),
          "var/lib/dpkg/info/python3-flask.list": `/${SITE}/flask-3.1.dist-info/METADATA\n`,
        },
      },
    ]);
    const site = inventory.packages.find(({ facts }) => facts.name === "site");
    assert.deepEqual([site?.dependsOn, site?.missing], [["pkg:deb/python3-flask@1.0-1?arch=amd64"], [["gone"]]]);
  });

  test("own what lies in their directory, but for what a package further down has", async (t) => {
    const module = (name: string, version: string, dependencies: Record<string, string> = {}): string =>
      JSON.stringify({ name, version, dependencies });
    const { inventory } = await layeredImage(t, [
      {
        entries: {
          "app/node_modules/a/package.json": module("a", "1.0.0", { b: "^2" }),
          "app/node_modules/a/index.js": "a",
          "app/node_modules/a/node_modules/b/package.json": module("b", "2.0.0"),
          "app/node_modules/a/node_modules/b/index.js": "b2",
          "app/node_modules/b/package.json": module("b", "1.0.0"),
          "app/node_modules/c/package.json": module("c", "1.0.0", { b: "^1", gone: "*" }),
          "app/index.js": "app",
        },
      },
    ]);
    const owners = shownOwners(inventory);
    assert.equal(owners["/app/node_modules/a/index.js"], "a");
    assert.equal(owners["/app/node_modules/a/node_modules/b/index.js"], "b");
    assert.equal(owners["/app/index.js"], "nobody 0");
    const needs = Object.fromEntries(
      inventory.packages.map(({ purl, dependsOn, missing }) => [purl, [dependsOn, missing]]),
    );
    assert.deepEqual(needs, {
      "pkg:npm/a@1.0.0": [["pkg:npm/b@2.0.0"], []],
      "pkg:npm/b@1.0.0": [[], []],
      "pkg:npm/b@2.0.0": [[], []],
      "pkg:npm/c@1.0.0": [["pkg:npm/b@1.0.0"], [["gone"]]],
    });
  });
});

describe("other files", () => {
  test("are the app's, a step's, the base's or nobody's, as their layers' stories have it", async (t) => {
    const moves = [
      { from: "/src", origin: "context", to: "/app", packages: [] },
      { from: "/out/tool", origin: "stage build", to: "/app/tool", packages: [] },
    ];
    const { inventory } = await layeredImage(t, [
      {
        entries: { "etc/base": "1" },
        story: {
          kind: "base",
          composed: { pieces: [{ piece: "accounts", files: [pathFromText("etc/base")] }], unlisted: [] },
        },
      },
      { entries: { "app/main.py": "22", "app/tool": "333" }, story: { kind: "step", moves } },
      { entries: { "var/log/x": "4444" }, story: { kind: "told", text: "RUN make" } },
      { entries: { "srv/x": "55555" } },
    ]);
    assert.deepEqual(shownOwners(inventory), {
      "/app/main.py": "app /src/main.py",
      "/app/tool": "step 1",
      "/etc/base": "base 0",
      "/srv/x": "nobody 3",
      "/var/log/x": "step 2",
    });
    const { coverage } = inventory;
    assert.deepEqual(
      Object.values(coverage).map(({ bytes }) => bytes),
      [0, 2, 7, 1, 5],
    );
    const base = inventory.owners.get(pathFromText("etc/base"));
    assert.equal(base?.kind === "base" && base.piece, "accounts");
  });

  test("of a package that a step copied from elsewhere are that package's, without any record in the image", async (t) => {
    const facts = {
      ...({ type: "deb", name: "libpq5", version: "17.2-1", architecture: "amd64" } as const),
      ...{ source: { name: "postgresql-17", version: "17.2-1" }, licenses: [], dependencies: [] },
    };
    const purl = "pkg:deb/debian/libpq5@17.2-1?arch=amd64&distro=debian-13";
    const packages = [{ package: facts, purl, files: [pathFromText("usr/lib/libpq.so.5")] }];
    const moves = [{ from: "/usr/lib", origin: "stage build", to: "/usr/lib", packages }];
    const { inventory } = await layeredImage(t, [
      { entries: { "usr/lib/libpq.so.5": "pq", "usr/lib/mine.so": "m" }, story: { kind: "step", moves } },
    ]);
    assert.deepEqual(shownOwners(inventory), { "/usr/lib/libpq.so.5": "libpq5", "/usr/lib/mine.so": "step 0" });
    const [found] = inventory.packages;
    assert.deepEqual([found?.purl, found?.carriedFrom, found?.bytes], [purl, "stage build", 2]);
  });
});

describe("packages that steps copied", () => {
  const facts = {
    ...({ type: "deb", name: "libpq5", version: "2", architecture: "amd64" } as const),
    ...{ source: undefined, licenses: [], dependencies: [] },
  };
  const copied = (version: string, ...files: string[]) => ({
    kind: "step" as const,
    moves: [
      {
        ...{ from: "/usr/lib", origin: "stage build", to: "/usr/lib" },
        packages: [
          {
            package: { ...facts, version },
            purl: `pkg:deb/debian/libpq5@${version}?arch=amd64&distro=debian-13`,
            files: files.map(pathFromText),
          },
        ],
      },
    ],
  });
  const base = {
    "etc/os-release": OS,
    "usr/lib/libpq.so": symlinkNode("libpq.so.5"),
    "usr/lib/libpq.so.5": "pq1",
    "var/lib/dpkg/status": stanza("libpq5", "1"),
    "var/lib/dpkg/info/libpq5.list": "/usr/lib/libpq.so\n/usr/lib/libpq.so.5\n",
  };

  test("in two steps are whole, and no file of them is a changed one", async (t) => {
    const { inventory } = await layeredImage(t, [
      { entries: { "usr/lib/libpq.so.5": "pq" }, story: copied("2", "usr/lib/libpq.so.5") },
      { entries: { "usr/lib/libpq.so": symlinkNode("libpq.so.5") }, story: copied("2", "usr/lib/libpq.so") },
    ]);
    assert.deepEqual(shownOwners(inventory), { "/usr/lib/libpq.so": "libpq5", "/usr/lib/libpq.so.5": "libpq5" });
    assert.deepEqual(inventory.packages[0]?.modified, []);
  });

  test("own what they put in another version's place", async (t) => {
    const { inventory } = await layeredImage(t, [
      { entries: base },
      { entries: { "usr/lib/libpq.so.5": "pq2" }, story: copied("2", "usr/lib/libpq.so.5") },
    ]);
    assert.deepEqual(
      inventory.packages.map(({ facts: { version }, bytes, modified }) => [version, bytes, modified.map(displayPath)]),
      [
        ["1", "/usr/lib/libpq.so\n/usr/lib/libpq.so.5\n".length, ["/usr/lib/libpq.so.5"]],
        ["2", 3, []],
      ],
    );
  });

  test("of the version that is there already change nothing", async (t) => {
    const { inventory } = await layeredImage(t, [
      { entries: base },
      { entries: { "usr/lib/libpq.so": symlinkNode("./libpq.so.5") }, story: copied("1", "usr/lib/libpq.so") },
    ]);
    assert.equal(shownOwners(inventory)["/usr/lib/libpq.so"], "libpq5");
    assert.deepEqual(
      inventory.packages.map(({ modified, carriedFrom }) => [modified, carriedFrom]),
      [[[], undefined]],
    );
  });

  test("are gone with the last of their files", async (t) => {
    const copy = { entries: { "usr/lib/libpq.so.5": "pq2" }, story: copied("2", "usr/lib/libpq.so.5") };
    const removed = await layeredImage(t, [copy, { entries: { "usr/lib/libpq.so.5": null } }]);
    assert.deepEqual(removed.inventory.packages, []);
    const replaced = await layeredImage(t, [copy, { entries: { "usr/lib/libpq.so.5": "mine" } }]);
    assert.deepEqual(replaced.inventory.packages, []);
  });
});

test("files are known again by their content, where no package has them", async (t) => {
  const other = await layeredImage(t, [
    {
      entries: {
        "usr/lib/libpq.so.5": "pq",
        "var/lib/dpkg/status": stanza("libpq5"),
        "var/lib/dpkg/info/libpq5.list": "/usr/lib/libpq.so.5\n",
        "var/lib/dpkg/info/libpq5.md5sums": `${md5("pq")}  usr/lib/libpq.so.5\n`,
      },
    },
  ]);
  const files = new KnownFiles();
  files.learn(other.claims, other.tree);
  const { tree, inventory } = await layeredImage(t, [
    { entries: { "opt/lib/libpq.so.5": "pq", "opt/other/libpq.so.5": "other", "opt/pq": "pq" } },
  ]);
  const found = await files.recognise(tree, inventory.owners);
  assert.deepEqual(
    found.get(0)?.map(({ purl, files: paths }) => [purl, paths]),
    [["pkg:deb/libpq5@1.0-1?arch=amd64", ["opt/lib/libpq.so.5"]]],
  );
});

test("a content that several packages have tells none of them", async (t) => {
  const other = await layeredImage(t, [
    {
      entries: {
        "var/lib/dpkg/status": `${stanza("python3-a")}${stanza("python3-b")}`,
        "var/lib/dpkg/info/python3-a.md5sums": `${md5("\n")}  ${SITE}/a/__init__.py\n${md5("x")}  ${SITE}/a/x.py\n`,
        "var/lib/dpkg/info/python3-b.md5sums": `${md5("\n")}  ${SITE}/b/__init__.py\n`,
      },
    },
  ]);
  const files = new KnownFiles();
  files.learn(other.claims, other.tree);
  const { tree, inventory } = await layeredImage(t, [{ entries: { "app/__init__.py": "\n", "app/x.py": "x" } }]);
  const found = await files.recognise(tree, inventory.owners);
  assert.deepEqual(
    found.get(0)?.map(({ package: { name }, files: paths }) => [name, paths]),
    [["python3-a", ["app/x.py"]]],
  );
});

test("places in the build context are text", async (t) => {
  const moves = [{ from: "/", origin: "context", to: "/src", packages: [] }];
  const entries = { [bytesOfText("src/größe.py")]: "" };
  const { inventory } = await layeredImage(t, [{ entries, story: { kind: "step", moves } }]);
  assert.deepEqual(shownOwners(inventory), { "/src/größe.py": "app /größe.py" });
});

test("a record that a link took the place of says nothing any more", async (t) => {
  const metadataOf = (name: string) => `app/${name}-1.dist-info/METADATA`;
  const { inventory } = await layeredImage(t, [
    { entries: { [metadataOf("a")]: metadata("a", "1"), [metadataOf("b")]: metadata("b", "1") } },
    { entries: { [metadataOf("a")]: symlinkNode("../b-1.dist-info/METADATA") } },
  ]);
  assert.deepEqual(
    inventory.packages.map(({ facts }) => facts.name),
    ["b"],
  );
});

test("what layers ship and nobody sees is counted, hard links once", async (t) => {
  const inode = {};
  const { inventory } = await layeredImage(t, [
    {
      entries: {
        "big/one": fileNode("x".repeat(1000), {}, inode),
        "big/two": fileNode("x".repeat(1000), {}, inode),
        kept: "12",
      },
    },
    { entries: { big: null, kept: "345" } },
  ]);
  assert.deepEqual(
    inventory.layers.map(({ bytes, deadBytes }) => [bytes, deadBytes]),
    [
      [1002, 1002],
      [3, 0],
    ],
  );
  assert.deepEqual(inventory.coverage.nobody, { files: 1, bytes: 3 });
});
