import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { PackageFacts, PackageType } from "./package.ts";
import { type ParsedPurl, parsePurl } from "./parse-purl.ts";
import { packageUrl } from "./purl.ts";

const purl = (
  type: string,
  namespace: string,
  name: string,
  version = "",
  qualifiers: object = {},
  subpath: readonly string[] = [],
): ParsedPurl => ({
  ...{ type, name, version, namespace: namespace === "" ? [] : namespace.split("/") },
  ...{ qualifiers: new Map(Object.entries(qualifiers)), subpath },
});

describe("a package URL is taken apart", () => {
  for (const [text, expected] of [
    [
      "pkg:deb/debian/curl@7.50.3-1?arch=i386&distro=jessie",
      purl("deb", "debian", "curl", "7.50.3-1", { arch: "i386", distro: "jessie" }),
    ],
    ["pkg:deb/debian/bsdutils@1%3A2.38.1-5%2Bb1", purl("deb", "debian", "bsdutils", "1:2.38.1-5+b1")],
    ["pkg:npm/%40types/node@20.1.0", purl("npm", "@types", "node", "20.1.0")],
    ["pkg:npm/@types/node@20.1.0", purl("npm", "@types", "node", "20.1.0")],
    ["pkg:npm/@types/node", purl("npm", "@types", "node")],
    [
      "pkg:golang/golang.org/x/net@v0.1.0#html/atom",
      purl("golang", "golang.org/x", "net", "v0.1.0", {}, ["html", "atom"]),
    ],
    ["pkg:maven/org.slf4j/slf4j-api@2.0.9?type=jar", purl("maven", "org.slf4j", "slf4j-api", "2.0.9", { type: "jar" })],
    ["PKG:PyPI/flask", purl("pypi", "", "flask")],
    ["pkg://gem/rack@3", purl("gem", "", "rack", "3")],
    ["pkg:cargo//serde/", purl("cargo", "", "serde")],
    ["pkg:generic/a?A=b&empty=&&x=%20", purl("generic", "", "a", "", { a: "b", x: " " })],
    ["pkg:rpm/fedora/bash@5.2?epoch=1", purl("rpm", "fedora", "bash", "5.2", { epoch: "1" })],
  ] as const) {
    test(text, () => assert.deepEqual(parsePurl(text), expected));
  }
});

test("what is no package URL is none", () => {
  for (const text of [
    ...["", "pkg:", "pkg:deb", "pkg:deb/", "pkg:/x", "deb/x", "pkg:1x/y", "pkg:d b/x", "pkg:npm/%zz", "pkg:npm/x@%ff"],
    ...["pkg:npm/x?a=%", "pkg:npm/%c0%80/x", "pkg:npm/x#%", `pkg:npm/${"x".repeat(1 << 20)}`],
  ]) {
    assert.equal(parsePurl(text), undefined, text.slice(0, 50));
  }
});

const TYPES: readonly PackageType[] = [
  ...(["deb", "apk", "rpm", "pypi", "npm", "golang", "cargo", "maven", "gem", "generic"] as const),
];

test("what packageUrl() makes is taken apart into the same name, version and architecture", () => {
  const text = fc.string({
    unit: fc.constantFrom("a", "-", ".", "_", "@", "/", ":", "%", "?", "#", "+", " ", "\u00e9", "\u{1f600}"),
    minLength: 1,
    maxLength: 20,
  });
  const facts: fc.Arbitrary<PackageFacts> = fc.record({
    ...{
      type: fc.constantFrom(...TYPES),
      name: text,
      version: fc.oneof(text, fc.constantFrom("", "\0", "1:2.3~rc1+b1", "\ud800")),
    },
    architecture: fc.constantFrom("", "amd64", "a&b=c#d?e@f/g"),
    ...{ source: fc.constant(undefined), licenses: fc.constant([]), dependencies: fc.constant([]) },
  });
  const system = fc.option(fc.record({ id: text, versionID: text }), { nil: undefined });
  fc.assert(
    fc.property(facts, system, (of, from) => {
      const parsed = parsePurl(packageUrl(of, from));
      const segments = segmentsOf(of);
      if (segments.length === 0) {
        // A name of slashes alone; nothing has one.
        return parsed === undefined || parsed.name !== of.name;
      }
      assert.ok(parsed !== undefined);
      const isOfSystem = ["deb", "apk", "rpm"].includes(of.type);
      assert.equal(parsed.type, of.type);
      assert.deepEqual(parsed.namespace, isOfSystem ? (from === undefined ? [] : [from.id]) : segments.slice(0, -1));
      assert.equal(parsed.name, segments.at(-1));
      const epoch = of.type === "rpm" ? parsed.qualifiers.get("epoch") : undefined;
      assert.equal(epoch === undefined ? parsed.version : `${epoch}:${parsed.version}`, of.version.toWellFormed());
      assert.equal(parsed.qualifiers.get("arch") ?? "", isOfSystem ? of.architecture : "");
      return true;
    }),
  );
});

function segmentsOf({ type, name }: PackageFacts): readonly string[] {
  switch (type) {
    case "maven":
      return name.split(":").filter((each) => each !== "");
    case "golang":
      return name
        .toLowerCase()
        .split("/")
        .filter((each) => each !== "");
    case "npm":
      return name.split("/").filter((each) => each !== "");
    case "deb":
    case "apk":
      return [name.toLowerCase()];
    case "pypi":
      return [name.toLowerCase().replaceAll(/[-_.]+/g, "-")];
    default:
      return [name];
  }
}

test("no text takes long, or breaks it", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom("pkg:", "/", "@", "?", "&", "=", "#", "%", "4", "0", "a", ":") }),
      (text) => {
        const parsed = parsePurl(`pkg:${text}`);
        return parsed === undefined || (parsed.name !== "" && parsed.namespace.every((each) => each !== ""));
      },
    ),
  );
});
