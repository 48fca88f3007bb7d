import assert from "node:assert/strict";
import { test } from "node:test";
import { fileNode, symlinkNode, treeOf } from "../../test/support/root-trees.ts";
import { readRecords } from "./catalogers/debian/record-fields.ts";
import { dpkgPackages } from "./dpkg.ts";

type Entries = Parameters<typeof treeOf>[0];

async function read(entries: Entries) {
  const warnings: string[] = [];
  const packages = await dpkgPackages(treeOf(entries), (text) => warnings.push(text));
  return {
    shown: packages.map(({ name, version, architecture }) => `${name} ${version} ${architecture}`),
    packages,
    warnings,
  };
}

const stanza = (name: string, version: string, status = "install ok installed"): string =>
  `Package: ${name}\nStatus: ${status}\nVersion: ${version}\nArchitecture: amd64\nDescription: x\n more\n\n`;

test("packages of the status file are given by name, and those whose files are gone are not", async () => {
  const status = [
    stanza("zlib1g", "1:1.3-1"),
    stanza("bash", "5.2-1"),
    stanza("gone", "1", "deinstall ok config-files"),
    stanza("never", "1", "install ok not-installed"),
    stanza("half", "2", "install reinstreq half-configured"),
  ].join("");
  const { shown, warnings } = await read({ "var/lib/dpkg/status": status });
  assert.deepEqual(shown, ["bash 5.2-1 amd64", "half 2 amd64", "zlib1g 1:1.3-1 amd64"]);
  assert.deepEqual(warnings, []);
});

test("the files of status.d count, checksums beside them do not, and what stands twice counts once", async () => {
  const { shown, packages, warnings } = await read({
    "var/lib/dpkg/status": stanza("base-files", "13"),
    "var/lib/dpkg/status.d/base": stanza("base-files", "13"),
    "var/lib/dpkg/status.d/libc6": "Package: libc6\nVersion: 2.41-12\nArchitecture: amd64\n",
    "var/lib/dpkg/status.d/libc6.md5sums": "d41d8cd98f00b204e9800998ecf8427e  etc/ld.so.conf\n",
  });
  assert.deepEqual(shown, ["base-files 13 amd64", "libc6 2.41-12 amd64"]);
  assert.equal(packages[1]?.record, "/var/lib/dpkg/status.d/libc6");
  assert.deepEqual(warnings, []);
});

test("one package of two architectures is two", async () => {
  const status = `${stanza("libc6", "2")}Package: libc6\nVersion: 2\nArchitecture: i386\n`;
  assert.deepEqual((await read({ "var/lib/dpkg/status": status })).shown, ["libc6 2 amd64", "libc6 2 i386"]);
});

test("the database is found through links, and its real path is told", async () => {
  const { packages } = await read({
    "usr/db/status": stanza("a", "1"),
    "var/lib/dpkg": symlinkNode("../../usr/db"),
  });
  assert.equal(packages[0]?.record, "/usr/db/status");
});

test("what is damaged is told with its file and line, and the rest is read", async () => {
  const status = `${stanza("good", "1")}no field here\nPackage: bad name\nVersion: 1\n\nVersion: 3\n\n${stanza("also-good", "2")}`;
  const { shown, warnings } = await read({ "var/lib/dpkg/status": status });
  assert.deepEqual(shown, ["also-good 2 amd64", "good 1 amd64"]);
  assert.deepEqual(warnings, [
    "/var/lib/dpkg/status: line 8 is no field",
    "/var/lib/dpkg/status: the entry at line 8 is no package of dpkg's",
  ]);
});

test("a status file that is something else gives no package, and a warning", async () => {
  for (const text of ["up and running\n", "\0".repeat(5000), "{}", "Status: 200\n\n"]) {
    const { shown, warnings } = await read({ "var/lib/dpkg/status": text });
    assert.deepEqual(shown, []);
    assert.match(warnings.join("\n"), /^\/var\/lib\/dpkg\/status: /);
  }
  assert.deepEqual(await read({ "var/lib/dpkg/status": "" }), { shown: [], packages: [], warnings: [] });
});

test("names and versions that hold anything but themselves are refused", async () => {
  const hostile = ["\x1b[31m", "x".repeat(300), "../../etc", ""];
  const text = hostile.map((name) => stanza(name, "1") + stanza("fine", name)).join("");
  assert.deepEqual((await read({ "var/lib/dpkg/status": `${text}${stanza("last", "1")}` })).shown, [
    "fine ../../etc amd64",
    "last 1 amd64",
  ]);
});

test("an endless line is passed over, whatever window it is read in", async () => {
  const long = `Package: long\nVersion: ${"9".repeat(3 * 1024 * 1024)}\nArchitecture: amd64\n\n`;
  const { shown, warnings } = await read({ "var/lib/dpkg/status": `${stanza("a", "1")}${long}${stanza("b", "2")}` });
  assert.deepEqual(shown, ["a 1 amd64", "b 2 amd64"]);
  assert.match(warnings[0] ?? "", /status: line 9 is longer than 1048576 bytes/);
});

test("entries beyond the limit are left out, and that is told", async () => {
  const node = fileNode("Package: a\n\n".repeat(10));
  assert.equal(node.type, "file");
  if (node.type !== "file") return;
  const problems: string[] = [];
  const limits = { maxLine: 100, maxRecords: 4 };
  const records = await Array.fromAsync(
    readRecords(node.content, new Set(["package"]), (text) => problems.push(text), limits),
  );
  assert.deepEqual([records.length, problems], [4, ["it has more than 4 entries"]]);
});
