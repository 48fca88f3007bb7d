import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { readSbomFile } from "../../src/inventory/documents/read-sbom.ts";
import { temporaryDirectory } from "../support/directories.ts";
import { packageFacts } from "../support/inventories.ts";
import { trivyDocument, unlessScanners } from "../support/scanners.ts";

const STATUS = `Package: libssl3
Status: install ok installed
Architecture: amd64
Source: openssl (3.0.11-1~deb12u2)
Version: 3.0.11-1~deb12u2+b1
Depends: libc6 (>= 2.34)

Package: libc6
Status: install ok installed
Architecture: amd64
Source: glibc
Version: 2.36-9+deb12u4

Package: bsdutils
Status: install ok installed
Architecture: amd64
Source: util-linux (2.38.1-5)
Version: 1:2.38.1-5+b1

Package: tzdata
Status: install ok installed
Architecture: all
Version: 2024a-0+deb12u1
`;

const FILES: Readonly<Record<string, string>> = {
  "etc/os-release": 'ID=debian\nVERSION_ID="12"\n',
  "etc/debian_version": "12.5\n",
  "var/lib/dpkg/status": STATUS,
  "app/node_modules/@types/x/package.json": '{"name":"@types/x","version":"1.2.3","license":"MIT"}',
  "app/site-packages/Flask-2.2.2.dist-info/METADATA":
    "Metadata-Version: 2.1\nName: Flask\nVersion: 2.2.2\nLicense: BSD-3-Clause\n",
};

const deb = (name: string, version: string, architecture: string, source?: { name: string; version: string }) =>
  packageFacts({ type: "deb", name, version, architecture, source });

const EXPECTED = [
  deb("bsdutils", "1:2.38.1-5+b1", "amd64", { name: "util-linux", version: "2.38.1-5" }),
  deb("libc6", "2.36-9+deb12u4", "amd64", { name: "glibc", version: "2.36-9+deb12u4" }),
  deb("libssl3", "3.0.11-1~deb12u2+b1", "amd64", { name: "openssl", version: "3.0.11-1~deb12u2" }),
  deb("tzdata", "2024a-0+deb12u1", "all"),
  packageFacts({ type: "npm", name: "@types/x", version: "1.2.3", licenses: ["MIT"] }),
  packageFacts({ type: "pypi", name: "Flask", version: "2.2.2", licenses: ["BSD-3-Clause"] }),
];

for (const format of ["cyclonedx", "spdx-json"] as const) {
  test(`what Trivy writes as ${format} is read`, { skip: unlessScanners() }, async (t) => {
    const directory = temporaryDirectory(t);
    const root = join(directory, "root");
    for (const [path, text] of Object.entries(FILES)) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), text);
    }
    const { packages, system, warnings } = await readSbomFile(await trivyDocument(root, format, directory));
    assert.deepEqual(
      packages.map(({ facts }) => ({ ...facts, dependencies: [] })),
      EXPECTED,
    );
    const [ssl] = packages.filter(({ facts }) => facts.name === "libssl3");
    // Its SPDX documents do not say what depends on what.
    assert.deepEqual(ssl?.facts.dependencies, format === "cyclonedx" ? [["libc6"]] : []);
    assert.deepEqual([system?.id, system?.versionID], ["debian", "12.5"]);
    assert.deepEqual(warnings, []);
  });
}
