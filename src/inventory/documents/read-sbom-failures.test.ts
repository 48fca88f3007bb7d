import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isDistillError } from "../../lib/errors.ts";
import { readSbom } from "./read-sbom.ts";
import type { Sbom } from "./sbom.ts";

const read = (document: unknown): Sbom =>
  readSbom(Buffer.from(typeof document === "string" ? document : JSON.stringify(document)), "x.json");

describe("what is wrong is told with its place", () => {
  const cyclonedx = (fields: object) => ({ bomFormat: "CycloneDX", specVersion: "1.6", ...fields });
  const spdx = (fields: object) => ({ spdxVersion: "SPDX-2.3", name: "x", ...fields });
  for (const [document, message] of [
    ["{", "x.json is not valid JSON"],
    ["[]", "x.json must be an object"],
    [{}, "x.json is neither CycloneDX nor SPDX"],
    [{ _type: "https://in-toto.io/Statement/v1", predicate: 1 }, "x.json: predicate must be an object"],
    [{ ...cyclonedx({}), specVersion: "1.1" }, "x.json is CycloneDX 1.1"],
    [cyclonedx({ components: {} }), "x.json: components must be a list"],
    [cyclonedx({ components: [1] }), "x.json: components[0] must be an object"],
    [cyclonedx({ components: [{ type: "library" }, {}] }), "x.json: components[1]: type must be a string"],
    [
      cyclonedx({ components: [{ type: "x", components: [{ type: "library", purl: 1 }] }] }),
      "x.json: components[0]: components[0]: purl must be a string",
    ],
    [
      cyclonedx({ components: [{ type: "x", name: "x", purl: "pkg:npm/x", licenses: [{ license: { id: 1 } }] }] }),
      "x.json: components[0]: licenses[0]: license: id must be a string",
    ],
    [
      cyclonedx({ dependencies: [{ ref: "a", dependsOn: [1] }] }),
      "x.json: dependencies[0]: dependsOn must be a list of strings",
    ],
    [{ ...spdx({}), spdxVersion: "SPDX-3.0" }, 'x.json is "SPDX-3.0"'],
    [spdx({ packages: [{}] }), "x.json: packages[0]: SPDXID must be a string"],
    [
      spdx({ packages: [{ SPDXID: "a", name: "a", externalRefs: [1] }] }),
      "x.json: packages[0]: externalRefs[0] must be an object",
    ],
    [spdx({ relationships: [{}] }), "x.json: relationships[0]: spdxElementId must be a string"],
  ] as const) {
    test(message, () => {
      assert.throws(
        () => read(document),
        (error) => isDistillError(error, "FORMAT_INVALID", "UNSUPPORTED") && error.message === message,
      );
    });
  }
});

test("package URLs that are none are counted, and the first is named", () => {
  const component = (purl: string) => ({ type: "library", name: "x", purl });
  const { packages, warnings } = read({
    ...{ bomFormat: "CycloneDX", specVersion: "1.6" },
    components: [component("pkg:npm/x"), component("x"), component("pkg:npm/%zz")],
  });
  assert.equal(packages.length, 1);
  assert.deepEqual(warnings, ["2 package URLs cannot be read, the first at x.json: components[1]"]);
});

test("a document that is nested to no end is refused, and not run out of stack", () => {
  const levels = 200_000;
  const text = `{"bomFormat":"CycloneDX","specVersion":"1.6","components":${"[".repeat(levels)}${"]".repeat(levels)}}`;
  assert.throws(
    () => read(text),
    (error) => isDistillError(error, "FORMAT_INVALID"),
  );
});
