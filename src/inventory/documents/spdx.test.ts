import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { documentSubject, inventoryOf, inventoryPackage, variedInventory } from "../../../test/support/inventories.ts";
import { digestOf } from "../../lib/digest.ts";
import { pathFromText, type RootPath } from "../../rootfs/path.ts";
import type { FileOwner } from "../file-owners.ts";
import { spdxDocument } from "./spdx.ts";
import type { SpdxPackage, SpdxRelationship } from "./spdx-elements.ts";
import type { DocumentSubject } from "./subject.ts";

interface Written {
  readonly packages: readonly SpdxPackage[];
  readonly relationships: readonly SpdxRelationship[];
  readonly [field: string]: unknown;
}

const written = (subject: DocumentSubject): Written => JSON.parse(spdxDocument(subject));
const named = ({ packages }: Written, name: string) =>
  packages.find((each) => each.name === name) ?? assert.fail(`no ${name}`);

test("the document describes the image, with a time and a namespace that follow from what it holds", () => {
  const document = written(documentSubject(variedInventory()));
  const { documentNamespace, creationInfo, name, spdxVersion, relationships } = document;
  assert.equal(spdxVersion, "SPDX-2.3");
  assert.equal(name, "registry.example/team/app:1");
  assert.deepEqual(creationInfo, { created: "2024-05-06T05:08:09Z", creators: ["Tool: distill-1.2.3"] });
  assert.match(
    String(documentNamespace),
    /^https:\/\/spdx\.org\/spdxdocs\/distill-registry\.example-team-app-1-[0-9a-f-]{36}$/,
  );
  assert.deepEqual(relationships[0], {
    ...{ spdxElementId: "SPDXRef-DOCUMENT", relationshipType: "DESCRIBES", relatedSpdxElement: "SPDXRef-Image" },
  });
  assert.equal(spdxDocument(documentSubject(variedInventory())), spdxDocument(documentSubject(variedInventory())));
  const other = written(documentSubject(inventoryOf([])));
  assert.notEqual(other.documentNamespace, documentNamespace);
});

test("a package has its URL, version, source, licences and places", () => {
  const document = written(documentSubject(variedInventory()));
  const found = named(document, "libssl3");
  assert.match(found.SPDXID, /^SPDXRef-Package-deb-libssl3-[0-9a-f]{16}$/);
  assert.equal(found.versionInfo, "3.0.11-1~deb12u2");
  assert.equal(found.sourceInfo, "built package from: openssl 3.0.11-1~deb12u2");
  assert.equal(
    found.externalRefs?.[0]?.referenceLocator,
    "pkg:deb/debian/libssl3@3.0.11-1~deb12u2?arch=amd64&distro=debian-12",
  );
  assert.match(
    found.licenseDeclared,
    /^Apache-2\.0 AND LicenseRef-distill-Artistic-\w{12} AND LicenseRef-distill-GPL-1-\w{12}$/,
  );
  const comments = (found.annotations ?? []).map(({ comment }) => comment);
  assert.ok(comments.includes(`distill:location: {"path":"/var/lib/dpkg/status","layer":"${digestOf("base")}"}`));
  assert.ok(comments.includes("distill:missing: debconf | debconf-2.0"));
});

test("each name of a licence that SPDX does not list is told of once, in the order of their identifiers", () => {
  const packages = ["a", "b"].map((name) =>
    inventoryPackage({ type: "npm", name, licenses: ["Own Licence", "LicenseRef-x OR MIT"] }),
  );
  const document = written(documentSubject(inventoryOf(packages)));
  const extracted = document.hasExtractedLicensingInfos as { licenseId: string; name: string }[];
  assert.deepEqual(
    extracted.map(({ name }) => name),
    ["Own Licence", "LicenseRef-x"],
  );
  const [own] = extracted.filter(({ name }) => name === "Own Licence").map(({ licenseId }) => licenseId);
  assert.equal(named(document, "a").licenseDeclared, `${own} AND (LicenseRef-x OR MIT)`);
});

test("a package without a licence asserts nothing of one", () => {
  const document = written(documentSubject(inventoryOf([inventoryPackage({ type: "npm", name: "x" })])));
  assert.equal(named(document, "x").licenseDeclared, "NOASSERTION");
  assert.equal(document.hasExtractedLicensingInfos, undefined);
});

test("the image contains the system and all packages; packages depend on packages", () => {
  const document = written(documentSubject(variedInventory()));
  const { packages, relationships } = document;
  const of = (type: string) => relationships.filter(({ relationshipType }) => relationshipType === type);
  assert.deepEqual(
    of("CONTAINS").map(({ relatedSpdxElement }) => relatedSpdxElement),
    packages.slice(1).map(({ SPDXID }) => SPDXID),
  );
  const [libssl, libc] = ["libssl3", "libc6"].map((name) => named(document, name).SPDXID);
  assert.ok(of("DEPENDS_ON").some((each) => each.spdxElementId === libssl && each.relatedSpdxElement === libc));
  assert.equal(new Set(packages.map(({ SPDXID }) => SPDXID)).size, packages.length);
});

test("files are contained in what owns them, which has a verification code of them", () => {
  const inventory = inventoryOf([inventoryPackage({ type: "deb", name: "x" })]);
  const [a, b, other] = ["usr/a", "usr/b", "app/y"].map(pathFromText) as [RootPath, RootPath, RootPath];
  const owner: FileOwner = { kind: "package", package: 0 };
  const files = new Map([
    [other, { sha1: "c".repeat(40), sha256: "3".repeat(64) }],
    [b, { sha1: "a".repeat(40), sha256: "2".repeat(64) }],
    [a, { sha1: "b".repeat(40), sha256: "1".repeat(64) }],
  ]);
  const owners = new Map([a, b].map((path) => [path, owner] as const));
  const document = written(documentSubject({ ...inventory, owners }, { files }));
  const holder = named(document, "x");
  assert.equal(holder.filesAnalyzed, true);
  assert.equal(
    holder.packageVerificationCode?.packageVerificationCodeValue,
    createHash("sha1")
      .update(`${"a".repeat(40)}${"b".repeat(40)}`)
      .digest("hex"),
  );
  const listed = document.files as { SPDXID: string; fileName: string; checksums: unknown }[];
  assert.deepEqual(new Map(listed.map(({ fileName, checksums }) => [fileName, checksums])).get("./usr/a"), [
    { algorithm: "SHA1", checksumValue: "b".repeat(40) },
    { algorithm: "SHA256", checksumValue: "1".repeat(64) },
  ]);
  const containers = document.relationships
    .filter(({ relatedSpdxElement }) => relatedSpdxElement.startsWith("SPDXRef-File-"))
    .map(({ spdxElementId }) => spdxElementId);
  assert.deepEqual(containers.sort(), ["SPDXRef-Image", holder.SPDXID, holder.SPDXID].sort());
  assert.equal(named(document, "debian").filesAnalyzed, false);
});
