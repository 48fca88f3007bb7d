import assert from "node:assert/strict";
import { test } from "node:test";
import { inventoryPackage } from "../../../test/support/inventories.ts";
import { digestOf, hexOf } from "../../lib/digest.ts";
import { pathFromText } from "../../rootfs/path.ts";
import { UNKNOWN_STORY } from "../layer-story.ts";
import { type BuildProvenance, provenanceStatement } from "./provenance.ts";

const LIBPQ = inventoryPackage({ type: "deb", name: "libpq5", version: "15.5-0+deb12u1", architecture: "amd64" });
const BUILD: BuildProvenance = {
  subjects: [{ name: "registry.example/app:1", digest: digestOf("app") }],
  platform: { os: "linux", architecture: "amd64" },
  asked: { buildFile: "docker/Dockerfile", target: "final", buildArguments: ["TOKEN", "A", "TOKEN"] },
  bases: [
    { name: "python:3.13", digest: digestOf("python") },
    { name: "oci:dir", digest: digestOf("dir") },
    { name: "python:3.13", digest: digestOf("python") },
  ],
  packages: [
    { purl: "pkg:deb/debian/libc6@2.36", sha256: "a".repeat(64) },
    { purl: "pkg:deb/debian/base-files@12", sha256: undefined },
  ],
  layers: [
    { diffID: digestOf("one"), story: { ...UNKNOWN_STORY, kind: "base" } },
    {
      diffID: digestOf("two"),
      story: {
        ...{ kind: "step", text: "COPY --from=build /usr/lib /usr/lib", stage: "final", line: 12, composed: undefined },
        moves: [
          {
            ...{ origin: "stage build", from: "/usr/lib", to: "/usr/lib" },
            packages: [{ package: LIBPQ.facts, purl: LIBPQ.purl, files: [pathFromText("usr/lib/libpq.so.5")] }],
          },
        ],
      },
    },
  ],
  version: "1.2.3",
};

test("a build is an in-toto statement about the image, with SLSA's provenance", () => {
  const python = hexOf(digestOf("python"));
  assert.deepEqual(JSON.parse(provenanceStatement(BUILD)), {
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ name: "registry.example/app:1", digest: { sha256: hexOf(digestOf("app")) } }],
    predicateType: "https://slsa.dev/provenance/v1",
    predicate: {
      buildDefinition: {
        buildType: "urn:distill:build:v1",
        externalParameters: {
          buildFile: "docker/Dockerfile",
          target: "final",
          buildArguments: ["A", "TOKEN"],
          platform: "linux/amd64",
        },
        internalParameters: {
          layers: [
            { diffID: digestOf("one"), origin: "base" },
            {
              diffID: digestOf("two"),
              ...{ origin: "step", instruction: "COPY --from=build /usr/lib /usr/lib", stage: "final", line: 12 },
              copied: [{ origin: "stage build", from: "/usr/lib", to: "/usr/lib", packages: [LIBPQ.purl] }],
            },
          ],
        },
        resolvedDependencies: [
          { uri: "oci:dir", digest: { sha256: hexOf(digestOf("dir")) }, name: "oci:dir" },
          {
            uri: `pkg:oci/python@sha256%3A${python}?arch=amd64&tag=3.13`,
            ...{ digest: { sha256: python }, name: "python:3.13" },
          },
          { uri: "pkg:deb/debian/base-files@12" },
          { uri: "pkg:deb/debian/libc6@2.36", digest: { sha256: "a".repeat(64) } },
        ],
      },
      runDetails: { builder: { id: "urn:distill:builder:v1", version: { distill: "1.2.3" } } },
    },
  });
});

test("the order in which bases, packages and arguments became known does not show", () => {
  const { bases, packages, asked } = BUILD;
  const turned = {
    ...{ ...BUILD, bases: bases.toReversed(), packages: packages.toReversed() },
    asked: { ...asked, buildArguments: asked.buildArguments.toReversed() },
  };
  assert.equal(provenanceStatement(turned), provenanceStatement(BUILD));
});

test("what is not known is not said", () => {
  const nothing = { buildFile: undefined, target: undefined, buildArguments: [] };
  const text = provenanceStatement({
    ...BUILD,
    asked: nothing,
    layers: [{ diffID: digestOf("one"), story: UNKNOWN_STORY }],
  });
  const { externalParameters, internalParameters } = JSON.parse(text).predicate.buildDefinition;
  assert.deepEqual(externalParameters, { buildArguments: [], platform: "linux/amd64" });
  assert.deepEqual(internalParameters.layers, [{ diffID: digestOf("one"), origin: "unknown" }]);
});
