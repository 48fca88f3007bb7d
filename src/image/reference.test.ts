import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { digestOf } from "../lib/digest.ts";
import { isDistillError } from "../lib/errors.ts";
import { familiarName, formatCanonical, formatFamiliar, parseReference, withDefaultTag } from "./reference.ts";

const DIGEST = digestOf("x");

for (const [text, domain, path, tag, digest, familiar] of [
  ["alpine", "docker.io", "library/alpine", undefined, undefined, "alpine:latest"],
  ["docker.io/alpine", "docker.io", "library/alpine", undefined, undefined, "alpine:latest"],
  ["index.docker.io/library/alpine", "docker.io", "library/alpine", undefined, undefined, "alpine:latest"],
  ["python:3.13-slim", "docker.io", "library/python", "3.13-slim", undefined, "python:3.13-slim"],
  ["me/app", "docker.io", "me/app", undefined, undefined, "me/app:latest"],
  ["library/a/b", "docker.io", "library/a/b", undefined, undefined, "library/a/b:latest"],
  ["localhost/app", "localhost", "app", undefined, undefined, "localhost/app:latest"],
  ["localhost:5000/a/b:1", "localhost:5000", "a/b", "1", undefined, "localhost:5000/a/b:1"],
  ["localhost:5000", "docker.io", "library/localhost", "5000", undefined, "localhost:5000"],
  ["gcr.io/distroless/static", "gcr.io", "distroless/static", undefined, undefined, "gcr.io/distroless/static:latest"],
  ["Registry.Example.com/app", "Registry.Example.com", "app", undefined, undefined, "Registry.Example.com/app:latest"],
  ["[::1]:5000/app:1", "[::1]:5000", "app", "1", undefined, "[::1]:5000/app:1"],
  ["a__b.c-d---e:_T", "docker.io", "library/a__b.c-d---e", "_T", undefined, "a__b.c-d---e:_T"],
  [`app@${DIGEST}`, "docker.io", "library/app", undefined, DIGEST, `app@${DIGEST}`],
  [`app:1@${DIGEST}`, "docker.io", "library/app", "1", DIGEST, `app:1@${DIGEST}`],
] as const) {
  test(`${text} is ${domain} and ${path}`, () => {
    const reference = parseReference(text);
    const { domain: d, path: p, tag: t, digest: g } = reference;
    assert.deepEqual([d, p, t, g], [domain, path, tag, digest]);
    assert.equal(formatFamiliar(reference), familiar);
    assert.deepEqual(parseReference(formatCanonical(reference)), withDefaultTag(reference));
  });
}

for (const [text, reason] of [
  ["", /empty/],
  [":1", /empty/],
  ["localhost/", /empty/],
  ["Alpine", /lower-case/],
  ["me/App:1", /lower-case/],
  ["a/", /repository name/],
  ["a//b", /repository name/],
  ["-a", /repository name/],
  ["a..b", /repository name/],
  ["a___b", /repository name/],
  ["-x.io/app", /host name/],
  ["a:", /tag/],
  ["a:-x", /tag/],
  [`a:${"x".repeat(129)}`, /tag/],
  ["a@", /digest/],
  ["a@sha512:00", /digest/],
  [`a@${DIGEST.toUpperCase()}`, /digest/],
  [DIGEST.slice(7), /image ID/],
  [`${"a".repeat(250)}`, /longer/],
  ["a".repeat(2000), /too long/],
  ["a b", /repository name/],
  ["docker://alpine", /./],
] as const) {
  test(`${JSON.stringify(text.slice(0, 40))} is refused as ${reason.source}`, () => {
    assert.throws(
      () => parseReference(text),
      (error) => isDistillError(error, "USAGE") && reason.test(error.message),
    );
  });
}

test("an upper-case name is answered with its lower-case spelling", () => {
  const hintFor = (text: string): string | undefined => {
    try {
      parseReference(text);
    } catch (error) {
      if (isDistillError(error)) return error.hint;
    }
    return undefined;
  };
  assert.equal(hintFor("MyApp:V1"), "did you mean myapp:V1?");
  assert.equal(hintFor("ghcr.io/Me/App"), "did you mean ghcr.io/me/app?");
});

test("a repository on docker.io that begins like a domain keeps its domain", () => {
  for (const name of ["docker.io/localhost/a:1", "docker.io/a.b/c:1"]) {
    const reference = parseReference(name);
    assert.equal(formatFamiliar(reference), name);
    assert.deepEqual(parseReference(formatFamiliar(reference)), reference);
  }
});

test("any text is either refused or round-trips through both spellings", () => {
  const piece = fc.constantFrom(
    "a",
    "B",
    "0",
    ".",
    "-",
    "_",
    "/",
    ":",
    "@",
    "localhost",
    "docker.io",
    "library",
    DIGEST,
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      let reference: ReturnType<typeof parseReference>;
      try {
        reference = parseReference(pieces.join(""));
      } catch (error) {
        return isDistillError(error, "USAGE");
      }
      const canonical = formatCanonical(reference);
      assert.ok(formatFamiliar(reference).startsWith(familiarName(reference)));
      return (
        formatCanonical(parseReference(canonical)) === canonical &&
        formatCanonical(parseReference(formatFamiliar(reference))) === canonical
      );
    }),
    { numRuns: 2000 },
  );
});
