import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { claimsOf, type LayerEntries } from "../../../test/support/layer-files.ts";
import { unlessTools } from "../../../test/support/tools.ts";
import { bytesContent } from "../../rootfs/content.ts";
import { pathFromText, textOfBytes } from "../../rootfs/path.ts";
import type { LayerFile } from "../cataloger.ts";
import { pythonCataloger } from "./python.ts";

async function read(entries: LayerEntries) {
  const { claims, warnings } = await claimsOf(pythonCataloger, entries);
  const packages = claims.flatMap((claim) => (claim.kind === "package" ? [claim] : []));
  return {
    packages,
    warnings,
    shown: packages.map(({ package: { name, version } }) => `${name} ${version}`),
    licenses: packages.map((claim) => claim.package.licenses.join(" | ")),
    needs: packages.map((claim) => claim.package.dependencies.map((names) => names.join("|")).join(" ")),
    files: packages.flatMap((claim) => claim.files),
    directories: packages.flatMap((claim) => claim.directories),
  };
}

const metadata = (name: string, version: string, more = ""): string =>
  `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n${more}\nReadme\nName: not-this\n`;

const SITE = "usr/local/lib/python3.13/site-packages";

test("a wheel's files are those of RECORD, joined to site-packages wherever they lead", async () => {
  const { packages, files, directories, warnings } = await read({
    [`${SITE}/flask-3.1.3.dist-info/METADATA`]: metadata("Flask", "3.1.3"),
    [`${SITE}/flask-3.1.3.dist-info/RECORD`]: [
      "../../../bin/flask,sha256=IKA,231",
      "flask/__init__.py,sha256=x,1",
      "flask/__pycache__/__init__.cpython-313.pyc,,",
      "flask/json/tag.py,sha256=x,1",
      '"flask/a, ""b"".txt",,',
      "/etc/flask.conf,,",
      "flask-3.1.3.dist-info/RECORD,,\r",
      "",
    ].join("\n"),
  });
  assert.deepEqual(packages[0]?.package, {
    type: "pypi",
    name: "Flask",
    version: "3.1.3",
    architecture: "",
    source: undefined,
    licenses: [],
    dependencies: [],
  });
  assert.deepEqual(files, [
    "usr/local/bin/flask",
    `${SITE}/flask/__init__.py`,
    `${SITE}/flask/__pycache__/__init__.cpython-313.pyc`,
    `${SITE}/flask/json/tag.py`,
    `${SITE}/flask/a, "b".txt`,
    "etc/flask.conf",
    `${SITE}/flask-3.1.3.dist-info/RECORD`,
  ]);
  assert.deepEqual(directories, [`${SITE}/flask-3.1.3.dist-info`, `${SITE}/flask/json/__pycache__`]);
  assert.deepEqual(warnings, []);
});

test("what Python compiled of a module beside others is its distribution's, where the layer has it", async () => {
  const { files } = await read({
    [`${SITE}/six-1.16.0.dist-info/METADATA`]: metadata("six", "1.16.0"),
    [`${SITE}/six-1.16.0.dist-info/RECORD`]: "six.py,sha256=x,1\n",
    [`${SITE}/__pycache__/six.cpython-313.pyc`]: "",
    [`${SITE}/__pycache__/six.cpython-311.opt-1.pyc`]: "",
    [`${SITE}/__pycache__/seven.cpython-311.pyc`]: "",
  });
  assert.deepEqual(files, [
    `${SITE}/six.py`,
    `${SITE}/__pycache__/six.cpython-311.opt-1.pyc`,
    `${SITE}/__pycache__/six.cpython-313.pyc`,
  ]);
});

test("without RECORD the modules of top_level.txt are the distribution's: directories, modules, namespaces by its name", async () => {
  const dist = "usr/lib/python3/dist-packages";
  const cases: readonly [LayerEntries, readonly string[], readonly string[]][] = [
    [
      { "yaml-6.dist-info/top_level.txt": "_yaml\nyaml\n", "yaml/__init__.py": "", "_yaml/__init__.py": "" },
      [],
      ["yaml-6.dist-info", "_yaml", "yaml"],
    ],
    [
      {
        "yaml-6.dist-info/top_level.txt": "six\nfast\n",
        "six.py": "",
        "fast.abi3.so": "",
        "__pycache__/six.cpython-311.pyc": "",
      },
      ["six.py", "__pycache__/six.cpython-311.pyc", "fast.abi3.so"],
      ["yaml-6.dist-info"],
    ],
    [
      {
        "yaml-6.dist-info/top_level.txt": "apt_pkg\n",
        "apt_pkg.cpython-311-x86_64-linux-gnu.so": "",
        "apt_pkg-stubs/__init__.pyi": "",
      },
      ["apt_pkg.cpython-311-x86_64-linux-gnu.so"],
      ["yaml-6.dist-info", "apt_pkg-stubs"],
    ],
    [{ "yaml-6.dist-info/top_level.txt": "google\n../etc\n" }, [], ["yaml-6.dist-info", "google"]],
    [{ "yaml/__init__.py": "" }, [], ["yaml-6.dist-info", "yaml"]],
    [{ "other/__init__.py": "" }, [], ["yaml-6.dist-info"]],
  ];
  for (const [beside, files, directories] of cases) {
    const found = await read({
      [`${dist}/yaml-6.dist-info/METADATA`]: metadata("yaml", "6"),
      ...Object.fromEntries(Object.entries(beside).map(([path, entry]) => [`${dist}/${path}`, entry])),
    });
    assert.deepEqual(
      found.files,
      files.map((path) => `${dist}/${path}`),
    );
    assert.deepEqual(
      found.directories,
      directories.map((path) => `${dist}/${path}`),
    );
  }
  const lazr = await read({
    "p/lazr.uri-1.egg-info/PKG-INFO": metadata("lazr.uri", "1"),
    "p/lazr.uri-1.egg-info/top_level.txt": "lazr\n",
    "p/lazr.uri-1.egg-info/namespace_packages.txt": "lazr\n",
  });
  assert.deepEqual(lazr.directories, ["p/lazr.uri-1.egg-info", "p/lazr/uri"]);
});

test("eggs are read in each of their forms", async () => {
  const found = await read({
    "p/a-1.egg-info/PKG-INFO": metadata("a", "1"),
    "p/a-1.egg-info/installed-files.txt": "../a/__init__.py\nPKG-INFO\n../../../bin/a\n",
    "p/b-2-py3.egg/EGG-INFO/PKG-INFO": metadata("b", "2"),
    "p/c-3.egg-info": metadata("c", "3"),
    "p/c.py": "",
    "p/EGG-INFO/PKG-INFO": metadata("no", "1"),
    "p/PKG-INFO": metadata("no", "2"),
  });
  assert.deepEqual(found.shown, ["a 1", "b 2", "c 3"]);
  assert.deepEqual(found.files, ["p/a/__init__.py", "p/a-1.egg-info/PKG-INFO", "p/c-3.egg-info", "p/c.py"]);
  assert.deepEqual(found.directories, ["p/a-1.egg-info", "p/a/__pycache__", "p/b-2-py3.egg"]);
  assert.deepEqual(found.warnings, ["/p/a-1.egg-info/installed-files.txt: 1 of its lines name no file below the root"]);
});

test("a license is an expression, else a name, else what classifiers say; a whole text is no name", async () => {
  const cases: readonly [string, string][] = [
    ["License: BSD\nLicense-Expression: BSD-3-Clause\n", "BSD-3-Clause"],
    ["License: MIT\nClassifier: License :: OSI Approved :: MIT License\n", "MIT"],
    ["License: UNKNOWN\nClassifier: License :: OSI Approved :: MIT License\n", "MIT License"],
    ["License: Copyright (c)\n        All rights\nClassifier: License :: OSI Approved :: ISC\n", "ISC"],
    [`License: ${"x".repeat(200)}\n`, ""],
    ["Classifier: License :: OSI Approved\nClassifier: Topic :: License :: X\n", ""],
    ["Classifier: License :: Public Domain\nClassifier: License :: OSI Approved :: A\n", "Public Domain | A"],
  ];
  for (const [headers, expected] of cases) {
    const { licenses } = await read({ "x.dist-info/METADATA": metadata("x", "1", headers) });
    assert.deepEqual(licenses, [expected], headers);
  }
});

test("what a distribution needs is given without what only extras ask for, from headers or requires.txt", async () => {
  const headers = [
    "Requires-Dist: Werkzeug>=3.1",
    "Requires-Dist: importlib-metadata (>=3.6) ; python_version < '3.10'",
    "Requires-Dist: asgiref>=3.2; extra == 'async'",
    "Requires-Dist: jinja2[i18n]>=3 ; python_version > '3'",
    "Requires-Dist: Werkzeug<4",
    "Requires-Dist: ???",
    "Requires-Dist: x",
  ];
  const { needs } = await read({
    "x.dist-info/METADATA": metadata("x", "1", `${headers.join("\n")}\n`),
    "y.egg-info/PKG-INFO": metadata("y", "1"),
    "y.egg-info/requires.txt": 'pycairo>=1.16\n\n[crypto]\ncryptography\n\n[:python_version < "3"]\nfutures\n',
  });
  assert.deepEqual(needs, ["Werkzeug importlib-metadata jinja2", "pycairo futures"]);
});

test("what is no metadata is told with its name, and the interpreter is no distribution", async () => {
  const { shown, warnings } = await read({
    "a.dist-info/METADATA": "Name: a\n\nVersion: 1\n",
    "b.dist-info/METADATA": metadata("../b", "1"),
    "c.egg-info": Buffer.from([0, 255, 10, 58]),
    "usr/lib/python2.7/lib-dynload/Python-2.7.egg-info": metadata("Python", "2.7.18"),
    "ok.dist-info/METADATA": "Name: ok\r\nVersion: 1\r\n\r\n",
    "ok.dist-info/RECORD": "../../x,,\n\0,,\n",
  });
  assert.deepEqual(shown, ["ok 1"]);
  assert.deepEqual(warnings, [
    "/a.dist-info/METADATA: it is no metadata of Python's: name or version are missing",
    "/b.dist-info/METADATA: it is no metadata of Python's: name or version are missing",
    "/c.egg-info: it is no metadata of Python's: name or version are missing",
    "/ok.dist-info/RECORD: 2 of its lines name no file below the root",
    "/ok.dist-info/METADATA: the list of its files is empty",
  ]);
});

test("no bytes of metadata and lists make it throw, or claim a path that is none", async () => {
  const text = fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString("latin1")),
    fc
      .array(fc.constantFrom("/", "..", "a", ",", '"', "\n", "\0", ".", "__init__.py", ".pyc"), { maxLength: 40 })
      .map((parts) => parts.join("")),
  );
  await fc.assert(
    fc.asyncProperty(text, text, text, async (headers, record, top) => {
      const { files, directories } = await read({
        "s/p/x.dist-info/METADATA": metadata("x", "1", headers),
        "s/p/x.dist-info/RECORD": record,
        "s/p/y.egg-info/PKG-INFO": headers,
        "s/p/y.egg-info/top_level.txt": top,
        "s/p/z.egg-info/PKG-INFO": metadata("z", "1"),
        "s/p/z.egg-info/top_level.txt": top,
        "s/p/z.egg-info/requires.txt": top,
      });
      for (const path of [...files, ...directories]) {
        assert.ok(path !== "" && path.split("/").every((part) => part !== "" && part !== "." && part !== ".."), path);
      }
    }),
    { numRuns: 100 },
  );
});

test("a long row of RECORD, and one in quotes that do not end, are passed in time", async () => {
  const { files } = await read({
    "x.dist-info/METADATA": metadata("x", "1"),
    "x.dist-info/RECORD": `"${'""'.repeat(2_000_000)}\n${"a/".repeat(2_000_000)}\nx.py,,\n`,
  });
  assert.deepEqual(files, ["x.py"]);
});

const ASK = `
import importlib.metadata as m, json
print(json.dumps([[str(d._path), d.metadata["Name"], d.version, [str(f.locate()) for f in d.files or []],
  d.read_text("RECORD") is not None] for d in m.distributions()]))`;

test("Python's own reader finds the same names, versions and files on this machine", {
  skip: unlessTools("python3"),
}, async () => {
  const asked = execFileSync("python3", ["-I", "-c", ASK], { encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
  const known = JSON.parse(asked) as [string, string, string, string[], boolean][];
  const onDisk = (path: string): LayerFile | undefined => {
    if (!existsSync(path) || !statSync(path).isFile()) return undefined;
    return { path: pathFromText(path), mode: 0o644, content: bytesContent(readFileSync(path)) };
  };
  const layer = { file: (path: string) => onDisk(`/${textOfBytes(path)}`) };
  for (const [directory, name, version, files, isWheel] of known.slice(0, 20)) {
    const file = ["METADATA", "PKG-INFO", ""].flatMap((each) => onDisk(join(directory, each)) ?? [])[0];
    assert.ok(file !== undefined && pythonCataloger.wants(file), directory);
    const [claim] = await pythonCataloger.read(file, layer, assert.fail);
    assert.ok(claim?.kind === "package");
    assert.deepEqual([claim.package.name, claim.package.version], [name, version]);
    const claimed = new Set(claim.files.map((path) => `/${textOfBytes(path)}`));
    if (isWheel)
      assert.deepEqual(
        files.map((path) => join(path)).filter((path) => !claimed.has(path)),
        [],
      );
  }
});
