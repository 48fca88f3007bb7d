import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import fc from "fast-check";
import {
  BOOKWORM,
  documentSubject,
  HOSTILE_TEXTS,
  inventoryOf,
  inventoryPackage,
  variedInventory,
} from "../../../test/support/inventories.ts";
import { digestOf } from "../../lib/digest.ts";
import { isDistillError } from "../../lib/errors.ts";
import { displayPath } from "../../rootfs/path.ts";
import type { Inventory, InventoryPackage } from "../inventory.ts";
import type { PackageFacts } from "../package.ts";
import { cycloneDxDocument } from "./cyclonedx.ts";
import { readSbom, readSbomFile } from "./read-sbom.ts";
import type { Sbom, SbomPackage } from "./sbom.ts";
import { spdxDocument } from "./spdx.ts";

const FORMATS = [
  ["cyclonedx", cycloneDxDocument],
  ["spdx", spdxDocument],
] as const;

const read = (document: unknown): Sbom =>
  readSbom(Buffer.from(typeof document === "string" ? document : JSON.stringify(document)), "x.json");

/** What is to be read back of a package. */
function expected(of: InventoryPackage, { layers, packages }: Inventory): SbomPackage {
  const { facts, purl, locations, dependsOn, missing } = of;
  const names = dependsOn.flatMap((each) => packages.find((other) => other.purl === each)?.facts.name ?? []);
  return {
    facts: { ...facts, dependencies: [...names.map((name) => [name]), ...missing] },
    ...{ purl, dependsOn },
    locations: locations.map(({ record, layer, inside }) => ({
      ...{ path: displayPath(record), layer: layers[layer]?.diffID, inside },
    })),
  };
}

for (const [format, write] of FORMATS) {
  test(`an inventory that is written as ${format} is read back with the same facts`, () => {
    const inventory = variedInventory();
    const sbom = read(write(documentSubject(inventory)));
    assert.equal(sbom.format, format);
    assert.deepEqual(sbom.warnings, []);
    assert.deepEqual(sbom.system, BOOKWORM);
    assert.deepEqual(sbom.subject, {
      name: "registry.example/team/app:1",
      ...{ imageID: digestOf("config"), manifestDigest: digestOf("manifest") },
    });
    assert.deepEqual(
      sbom.packages,
      inventory.packages.map((each) => expected(each, inventory)),
    );
  });

  test(`files that ${format} lists are no packages`, () => {
    const digests = { sha1: "a".repeat(40), sha256: "b".repeat(64) };
    const files = new Map([
      [inventoryPackage({ type: "deb", name: "x" }).locations[0]?.record ?? assert.fail(), digests],
    ]);
    const inventory = variedInventory();
    assert.deepEqual(
      read(write(documentSubject(inventory, { files }))).packages,
      read(write(documentSubject(inventory))).packages,
    );
  });

  test(`texts that no package should have come through ${format} as they are`, () => {
    for (const hostile of HOSTILE_TEXTS) {
      const text = hostile.toWellFormed();
      const of = (facts: Partial<PackageFacts>) => inventoryPackage({ type: "deb", name: "x", ...facts });
      const given = [
        of({ name: `x${text}`, version: text, architecture: text, source: { name: `s${text}`, version: text } }),
        of({ type: "generic", name: `y${text}`, version: text, architecture: text, provides: [text] }),
        of({ type: "cargo", name: `z${text}`, licenses: ["See this", `L${text}`] }),
      ];
      const inventory = inventoryOf(given);
      assert.deepEqual(
        read(write(documentSubject(inventory))).packages,
        inventory.packages.map((each) => expected(each, inventory)),
        JSON.stringify(text.slice(0, 50)),
      );
    }
  });

  test(`whatever is changed in a document of ${format}, it is read or refused`, () => {
    const text = write(documentSubject(variedInventory()));
    const damage = fc.constantFrom<unknown>(null, 7, "", "x", [], {}, [null], [[]], [{}], true, { "": 1 });
    fc.assert(
      fc.property(fc.nat(), damage, (position, value) => {
        const document: unknown = JSON.parse(text);
        const places = placesIn(document);
        const [holder, key] = places[position % places.length] ?? assert.fail();
        holder[key] = value;
        try {
          return read(document).packages.length >= 0;
        } catch (error) {
          return isDistillError(error, "FORMAT_INVALID", "UNSUPPORTED") && error.message.startsWith("x.json");
        }
      }),
      { numRuns: 300 },
    );
  });
}

/** Every value of a JSON document, by what holds it. */
function placesIn(value: unknown): readonly (readonly [Record<string, unknown>, string])[] {
  if (typeof value !== "object" || value === null) return [];
  const holder = value as Record<string, unknown>;
  return Object.keys(holder).flatMap((key) => [[holder, key] as const, ...placesIn(holder[key])]);
}

test("a document of Trivy's in CycloneDX", () => {
  const property = (name: string, value: string) => ({ name: `aquasecurity:trivy:${name}`, value });
  const sbom = read({
    ...{ bomFormat: "CycloneDX", specVersion: "1.6", version: 1 },
    metadata: { component: { type: "container", name: "app", properties: [property("ImageID", "sha256:1")] } },
    components: [
      { "bom-ref": "os", type: "operating-system", name: "debian", version: "12.5", properties: [] },
      {
        ...{ "bom-ref": "a", type: "library", name: "libssl3", version: "3.0.11-1~deb12u2" },
        purl: "pkg:deb/debian/libssl3@3.0.11-1~deb12u2?arch=amd64&distro=debian-12.5",
        licenses: [{ license: { name: "Apache-2.0" } }, { license: { name: "Artistic" } }],
        properties: [
          ...[property("SrcName", "openssl"), property("SrcRelease", "1~deb12u2"), property("SrcVersion", "3.0.11")],
          property("LayerDiffID", "sha256:2"),
        ],
      },
      {
        ...{ "bom-ref": "b", type: "library", name: "bash", version: "5.2-1" },
        purl: "pkg:rpm/fedora/bash@5.2-1?arch=x86_64&epoch=1",
        properties: [
          property("SrcName", "bash"),
          property("SrcVersion", "5.2"),
          property("SrcRelease", "1"),
          property("SrcEpoch", "1"),
        ],
      },
      {
        ...{ "bom-ref": "c", type: "library", group: "@types", name: "node", version: "20.1.0" },
        ...{ purl: "pkg:npm/%40types/node@20.1.0", properties: [property("FilePath", "app/package.json")] },
      },
      // The same package in a second place.
      {
        ...{ "bom-ref": "d", type: "library", group: "@types", name: "node", version: "20.1.0" },
        ...{ purl: "pkg:npm/%40types/node@20.1.0", properties: [property("FilePath", "b/package.json")] },
      },
      { "bom-ref": "e", type: "application", name: "app/package-lock.json" },
      { "bom-ref": "g", type: "library", name: "nameless" },
      { "bom-ref": "f", type: "library", name: "x", purl: "pkg:nuget/x@1" },
    ],
    dependencies: [{ ref: "os", dependsOn: ["a"] }, { ref: "c", dependsOn: ["a", "c", "nowhere"] }, { ref: "b" }],
  });
  assert.deepEqual(sbom.subject, { name: "app", imageID: "sha256:1", manifestDigest: undefined });
  assert.equal(sbom.system?.id, "debian");
  assert.equal(sbom.system?.versionID, "12.5");
  const [ssl, types, bash] = sbom.packages;
  assert.deepEqual(ssl?.facts.source, { name: "openssl", version: "3.0.11-1~deb12u2" });
  assert.deepEqual(ssl?.facts.licenses, ["Apache-2.0", "Artistic"]);
  assert.equal(types?.facts.name, "@types/node");
  assert.deepEqual(types?.dependsOn, [ssl?.purl]);
  assert.deepEqual(
    types?.locations.map(({ path }) => path),
    ["app/package.json", "b/package.json"],
  );
  assert.equal(bash?.facts.version, "1:5.2-1");
  assert.equal(bash?.facts.source, undefined, "it is built from itself");
  assert.equal(sbom.leftOut, 2);
  assert.deepEqual(sbom.warnings, [
    "1 packages have no package URL and are left out",
    "1 packages of type nuget are left out: it is not known",
  ]);
});

test("a document of Syft's in CycloneDX", () => {
  const sbom = read({
    ...{ bomFormat: "CycloneDX", specVersion: "1.5" },
    metadata: { component: { type: "container", name: "app", version: "sha256:3" } },
    components: [
      {
        ...{ "bom-ref": "a", type: "library", name: "libssl3", version: "3.0.11-1~deb12u2" },
        purl: "pkg:deb/debian/libssl3@3.0.11-1~deb12u2?arch=amd64&distro=debian-12&upstream=openssl",
        licenses: [{ expression: "Apache-2.0 OR MIT" }],
        properties: [
          { name: "syft:location:0:layerID", value: "sha256:2" },
          { name: "syft:location:0:path", value: "/var/lib/dpkg/status" },
        ],
      },
      {
        ...{ type: "library", name: "bash", version: "5.2-1" },
        purl: "pkg:rpm/fedora/bash-doc@5.2-1?arch=x86_64&upstream=bash-5.2-1.fc40.src.rpm",
      },
      { type: "file", name: "/etc/passwd" },
      {
        ...{ type: "operating-system", name: "debian", version: "12", description: "Debian GNU/Linux 12" },
        properties: [{ name: "syft:distro:versionCodename", value: "bookworm" }],
      },
    ],
  });
  const [ssl, bash] = sbom.packages;
  assert.equal(sbom.subject.manifestDigest, "sha256:3");
  assert.equal(sbom.system?.codename, "bookworm");
  assert.deepEqual(ssl?.facts.source, { name: "openssl", version: "3.0.11-1~deb12u2" });
  assert.deepEqual(ssl?.facts.licenses, ["Apache-2.0 OR MIT"]);
  assert.deepEqual(ssl?.locations, [{ path: "/var/lib/dpkg/status", layer: "sha256:2", inside: undefined }]);
  assert.deepEqual(bash?.facts.source, { name: "bash", version: "5.2-1.fc40" });
  assert.equal(bash?.facts.name, "bash-doc", "the package URL counts where the name says something else");
  assert.deepEqual(sbom.warnings, []);
});

test("a Go module whose path goes on in the subpath of its package URL, as with Syft, has its whole path", () => {
  const component = (name: string, purl: string) => ({ type: "library", name, purl });
  const { packages } = read({
    ...{ bomFormat: "CycloneDX", specVersion: "1.5" },
    components: [
      component("github.com/jackc/pgx/v4", "pkg:golang/github.com/jackc/pgx@v4.18.1#v4"),
      component("golang.org/x/net", "pkg:golang/golang.org/x/net@v0.1.0#html/atom"),
      component("net", "pkg:golang/golang.org/x/crypto@v0.1.0#ssh"),
    ],
  });
  assert.deepEqual(
    packages.map(({ facts }) => facts.name),
    ["github.com/jackc/pgx/v4", "golang.org/x/crypto", "golang.org/x/net"],
  );
});

describe("a Debian package without a source in a document", () => {
  const ssl = { type: "library", name: "libssl3", purl: "pkg:deb/debian/libssl3@3.0?distro=debian-12" };
  const libc = { type: "library", name: "libc6", purl: "pkg:deb/debian/libc6@2.36?distro=debian-12&upstream=glibc" };
  const npm = { type: "library", name: "ms", purl: "pkg:npm/ms@2" };
  const untold = (metadata: object, ...components: readonly object[]) =>
    read({ ...{ bomFormat: "CycloneDX", specVersion: "1.5", metadata }, components })
      .packages.filter(({ sourceUntold }) => sourceUntold === true)
      .map(({ facts }) => facts.name);

  test("may have a source of any name", () => {
    assert.deepEqual(untold({}, ssl, npm), ["libssl3"]);
    assert.deepEqual(untold({ tools: [{ vendor: "x", name: "y" }] }, ssl), ["libssl3"]);
    assert.deepEqual(untold({ tools: { components: [{ type: "application", name: "trivy" }] } }, ssl), ["libssl3"]);
  });

  test("has one of its own name where the document names others, or its producer does", () => {
    assert.deepEqual(untold({}, ssl, libc), []);
    assert.deepEqual(untold({ tools: [{ vendor: "anchore", name: "syft" }] }, ssl), []);
    assert.deepEqual(untold({ tools: { components: [{ type: "application", name: "distill" }] } }, ssl), []);
  });

  test("in SPDX as well", () => {
    const externalRefs = [{ referenceCategory: "PACKAGE_MANAGER", referenceType: "purl", referenceLocator: ssl.purl }];
    const packages = [{ SPDXID: "SPDXRef-a", name: "libssl3", externalRefs }];
    for (const [creator, expected] of [
      ["Tool: syft-1.51.0", undefined],
      ["Tool: other-1", true],
      ["Organization: syft", true],
    ] as const) {
      const { packages: found } = read({ spdxVersion: "SPDX-2.3", creationInfo: { creators: [creator] }, packages });
      assert.equal(found[0]?.sourceUntold, expected, creator);
    }
  });
});

test("documents of Trivy's and of Syft's in SPDX", () => {
  const purl = (referenceLocator: string) => ({
    externalRefs: [{ referenceCategory: "PACKAGE_MANAGER", referenceType: "purl", referenceLocator }],
  });
  const sbom = read({
    ...{ spdxVersion: "SPDX-2.2", SPDXID: "SPDXRef-DOCUMENT", name: "app", documentDescribes: ["SPDXRef-image"] },
    packages: [
      { SPDXID: "SPDXRef-image", name: "app:1", attributionTexts: ["ImageID: sha256:1"] },
      {
        ...{
          SPDXID: "SPDXRef-a",
          name: "libssl3",
          versionInfo: "3.0",
          ...purl("pkg:deb/debian/libssl3@3.0?distro=debian-12"),
        },
        ...{ sourceInfo: "built package from: openssl 3.0.1", attributionTexts: ["LayerDiffID: sha256:2"] },
        licenseDeclared: "MIT AND (ISC OR LicenseRef-1) AND LicenseRef-2",
      },
      {
        ...{ SPDXID: "SPDXRef-b", name: "Flask", versionInfo: "2.2", ...purl("pkg:pypi/flask@2.2") },
        sourceInfo: "acquired package info from installed python package manifest file: /a/METADATA, /a/RECORD",
        ...{ licenseDeclared: "NOASSERTION", licenseConcluded: "BSD-3-Clause" },
      },
      { SPDXID: "SPDXRef-c", name: "nothing" },
    ],
    hasExtractedLicensingInfos: [{ licenseId: "LicenseRef-2", name: "Own", extractedText: "x" }],
    relationships: [
      { spdxElementId: "SPDXRef-a", relationshipType: "DEPENDENCY_OF", relatedSpdxElement: "SPDXRef-b" },
      { spdxElementId: "SPDXRef-a", relationshipType: "CONTAINS", relatedSpdxElement: "SPDXRef-b" },
    ],
  });
  const [ssl, flask] = sbom.packages;
  assert.equal(sbom.specVersion, "2.2");
  assert.deepEqual(sbom.subject, { name: "app:1", imageID: "sha256:1", manifestDigest: undefined });
  assert.equal(sbom.system?.id, "debian");
  assert.equal(sbom.system?.versionID, "12");
  assert.deepEqual(ssl?.facts.source, { name: "openssl", version: "3.0.1" });
  assert.deepEqual(ssl?.facts.licenses, ["MIT", "ISC OR LicenseRef-1", "Own"]);
  assert.equal(flask?.facts.name, "Flask");
  assert.deepEqual(flask?.facts.licenses, ["BSD-3-Clause"]);
  assert.deepEqual(flask?.dependsOn, [ssl?.purl]);
  assert.deepEqual(
    flask?.locations.map(({ path }) => path),
    ["/a/METADATA", "/a/RECORD"],
  );
  assert.deepEqual(sbom.warnings, ["1 packages have no package URL and are left out"]);
});

test("a document in an in-toto statement is read, as BuildKit and cosign attach it", () => {
  const predicate = JSON.parse(spdxDocument(documentSubject(variedInventory())));
  const statement = {
    _type: "https://in-toto.io/Statement/v0.1",
    predicateType: "https://spdx.dev/Document",
    predicate,
  };
  assert.deepEqual(read(statement).packages, read(predicate).packages);
});

test("components in components are packages too, in any depth that somebody writes", () => {
  const component = (name: string, ...components: unknown[]) => ({
    ...{ type: "library", name, purl: `pkg:npm/${name}@1`, components },
  });
  const document = (...components: unknown[]) => ({ bomFormat: "CycloneDX", specVersion: "1.6", components });
  assert.deepEqual(
    read(document(component("a", component("b", component("c")), component("d")), component("e"))).packages.map(
      ({ facts }) => facts.name,
    ),
    ["a", "b", "c", "d", "e"],
  );
  let deep = component("x");
  for (let level = 0; level < 100; level++) deep = component("x", deep);
  assert.throws(
    () => read(document(deep)),
    (error) => isDistillError(error, "LIMIT_EXCEEDED"),
  );
});

test("a file is read, and what is none is told", async () => {
  const folder = await mkdtemp(join(tmpdir(), "sbom-"));
  try {
    const path = join(folder, "a.cdx.json");
    await writeFile(path, `\ufeff${cycloneDxDocument(documentSubject(variedInventory()))}`);
    assert.equal((await readSbomFile(path)).packages.length, variedInventory().packages.length);
    await assert.rejects(readSbomFile(join(folder, "b")), (error) => isDistillError(error, "IO"));
    await assert.rejects(readSbomFile(folder), (error) => isDistillError(error, "CONFIG_INVALID"));
  } finally {
    await rm(folder, { recursive: true });
  }
});
