import assert from "node:assert/strict";
import { test } from "node:test";
import { documentSubject, inventoryOf, inventoryPackage, variedInventory } from "../../../test/support/inventories.ts";
import { digestOf } from "../../lib/digest.ts";
import { pathFromText } from "../../rootfs/path.ts";
import { cycloneDxDocument } from "./cyclonedx.ts";
import type { DocumentSubject } from "./subject.ts";

const written = (subject: DocumentSubject) => JSON.parse(cycloneDxDocument(subject));
const named = (document: { components: readonly { name: string }[] }, name: string) =>
  document.components.find((each) => each.name === name) ?? assert.fail(`no ${name}`);
const LAYER = digestOf("base");

test("the image stands in the metadata, with its digests, and the time of its config", () => {
  const { metadata, serialNumber, specVersion } = written(documentSubject(variedInventory()));
  const { component } = metadata;
  assert.equal(specVersion, "1.6");
  assert.match(serialNumber, /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.equal(metadata.timestamp, "2024-05-06T05:08:09.000Z");
  assert.deepEqual(metadata.tools.components, [{ type: "application", name: "distill", version: "1.2.3" }]);
  assert.equal(component.type, "container");
  const manifest = digestOf("manifest");
  assert.equal(
    component.purl,
    `pkg:oci/app@${encodeURIComponent(manifest)}?arch=amd64&repository_url=registry.example%2Fteam%2Fapp&tag=1`,
  );
  assert.deepEqual(component.properties, [
    { name: "distill:image-id", value: digestOf("config") },
    { name: "distill:manifest-digest", value: manifest },
    { name: "distill:platform", value: "linux/amd64" },
  ]);
  assert.ok(
    metadata.properties.some(({ value }: { value: string }) => value === "/opt/x.jar: it ends too early"),
    "what could not be read is told",
  );
});

test("a package has its URL, licences, source, layer and places", () => {
  const document = written(documentSubject(variedInventory()));
  assert.deepEqual(named(document, "libssl3"), {
    type: "library",
    name: "libssl3",
    version: "3.0.11-1~deb12u2",
    "bom-ref": "pkg:deb/debian/libssl3@3.0.11-1~deb12u2?arch=amd64&distro=debian-12",
    licenses: [{ license: { id: "Apache-2.0" } }, { license: { name: "Artistic" } }, { license: { name: "GPL-1+" } }],
    purl: "pkg:deb/debian/libssl3@3.0.11-1~deb12u2?arch=amd64&distro=debian-12",
    properties: [
      { name: "distill:source", value: "openssl" },
      { name: "distill:source-version", value: "3.0.11-1~deb12u2" },
      { name: "distill:layer", value: LAYER },
      { name: "distill:files", value: "0" },
      { name: "distill:bytes", value: "0" },
      { name: "distill:modified", value: "/etc/x" },
      { name: "distill:provides", value: "libssl-virtual" },
      { name: "distill:missing", value: "debconf | debconf-2.0" },
    ],
    evidence: { occurrences: [{ location: "/var/lib/dpkg/status", additionalContext: `layer ${LAYER}` }] },
  });
});

test("what a package's maker packed is a note on it, and no package to be matched once more", () => {
  const document = written(documentSubject(variedInventory()));
  const { properties } = named(document, "python3-flask") as unknown as {
    properties: { name: string; value: string }[];
  };
  const of = (name: string) => properties.filter((each) => each.name === name).map(({ value }) => value);
  assert.deepEqual(of("distill:part"), ["pkg:pypi/flask@2.2.2"]);
  assert.deepEqual(of("distill:copied-from"), ["stage build"]);
  assert.equal(cycloneDxDocument(documentSubject(variedInventory())).match(/pkg:pypi\/flask@/g)?.length, 1);
});

test("one expression stays one; several licences are a list, since the schema allows no expression in it", () => {
  const licenses = (given: readonly string[]) =>
    written(
      documentSubject(inventoryOf([inventoryPackage({ type: "npm", name: "x", licenses: given })])),
    ).components.at(-1).licenses;
  assert.deepEqual(licenses(["mit"]), [{ license: { id: "MIT" } }]);
  assert.deepEqual(licenses(["MIT OR Apache-2.0"]), [{ expression: "MIT OR Apache-2.0" }]);
  assert.deepEqual(licenses(["MIT OR Apache-2.0", "ISC"]), [
    { license: { name: "MIT OR Apache-2.0" } },
    { license: { id: "ISC" } },
  ]);
  assert.deepEqual(licenses(["See LICENSE"]), [{ license: { name: "See LICENSE" } }]);
  assert.equal(licenses([]), undefined);
});

test("groups of Maven and scopes of npm stand apart from the name", () => {
  const document = written(documentSubject(variedInventory()));
  assert.equal((named(document, "slf4j-api") as { group?: string }).group, "org.slf4j");
  assert.equal((named(document, "left") as { group?: string }).group, "@ring");
  assert.equal((named(document, "golang.org/x/net") as { group?: string }).group, undefined);
});

test("the image depends on what nobody else needs, and through it on everything", () => {
  const { dependencies, metadata, components } = written(documentSubject(variedInventory()));
  const graph = new Map<string, readonly string[]>(
    dependencies.map(({ ref, dependsOn = [] }: { ref: string; dependsOn?: string[] }) => [ref, dependsOn]),
  );
  const reached = new Set<string>([metadata.component["bom-ref"]]);
  for (const ref of reached) for (const next of graph.get(ref) ?? assert.fail(ref)) reached.add(next);
  assert.equal(reached.size, 1 + components.length);
  const top = graph.get(metadata.component["bom-ref"]) ?? [];
  assert.ok(top.includes("os:debian@12"));
  assert.ok(!top.some((ref) => ref.includes("libc6")), "libssl3 needs it");
  assert.equal(top.filter((ref) => ref.includes("%40ring")).length, 1, "one of the circle");
});

test("the same inventory gives the same bytes, whatever the order of its maps; another one another serial number", () => {
  const digests = { sha1: "a".repeat(40), sha256: "b".repeat(64) };
  const paths = ["b", "a", "c"].map(pathFromText);
  const withFiles = (all: typeof paths) =>
    cycloneDxDocument(documentSubject(variedInventory(), { files: new Map(all.map((path) => [path, digests])) }));
  assert.equal(withFiles(paths), withFiles(paths.toReversed()));
  const serial = (text: string) => JSON.parse(text).serialNumber;
  assert.notEqual(serial(withFiles(paths)), serial(withFiles(paths.slice(1))));
});

test("files stand in the package that owns them, else beside the packages", () => {
  const inventory = inventoryOf([inventoryPackage({ type: "deb", name: "x" })]);
  const [own, other] = ["usr/bin/x", "app/y"].map(pathFromText) as [never, never];
  const digests = { sha1: "a".repeat(40), sha256: "b".repeat(64) };
  const { components } = written(
    documentSubject(
      { ...inventory, owners: new Map([[own, { kind: "package", package: 0 }]]) },
      { files: new Map([own, other].map((path) => [path, digests])) },
    ),
  );
  const file = (path: string) => ({
    ...{ type: "file", name: `/${path}`, "bom-ref": `file:/${path}` },
    hashes: [
      { alg: "SHA-1", content: digests.sha1 },
      { alg: "SHA-256", content: digests.sha256 },
    ],
  });
  assert.deepEqual(components[1].components, [file("usr/bin/x")]);
  assert.deepEqual(components[2], file("app/y"));
});

test("an image that is not packed yet has no package URL, and neither has one in an archive", () => {
  const subject = documentSubject(inventoryOf([]));
  const purl = (image: Partial<DocumentSubject["image"]>) =>
    written({ ...subject, image: { ...subject.image, ...image } }).metadata.component.purl;
  assert.equal(purl({ manifestDigest: undefined }), undefined);
  assert.equal(purl({ name: "oci:dir:tag" }), undefined);
  assert.equal(purl({ name: "NO NAME" }), undefined);
  assert.match(purl({ name: "app" }), /^pkg:oci\/app@sha256%3A\w{64}\?arch=amd64$/, "no registry is guessed");
  assert.match(purl({ name: "docker://python:3" }), /^pkg:oci\/python@.*docker\.io%2Flibrary%2Fpython&tag=3$/);
});

test("a time that cannot be read, or is none of a document, is the beginning of 1970", () => {
  const subject = documentSubject(inventoryOf([]));
  for (const created of [undefined, "", "yesterday", "-000001-01-01T00:00:00Z", "+020000-01-01T00:00:00Z"]) {
    const { metadata } = written({ ...subject, image: { ...subject.image, created } });
    assert.equal(metadata.timestamp, "1970-01-01T00:00:00.000Z");
  }
});
