import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Descriptor } from "../../image/descriptor.ts";
import { encodeJson } from "../../image/json.ts";
import { decodeIndex } from "../../image/manifest.ts";
import { MediaType } from "../../image/media-types.ts";
import { digestOf } from "../../lib/digest.ts";
import { isDistillError } from "../../lib/errors.ts";
import { listedReferrers, withoutReferrer, withReferrer } from "./fallback-index.ts";

const referrer = (name: string, annotations?: Record<string, string>): Descriptor => ({
  ...{ mediaType: MediaType.ociManifest, digest: digestOf(name), size: name.length },
  ...{ artifactType: `application/${name}`, ...(annotations === undefined ? {} : { annotations }) },
});
const A = referrer("a", { by: "us" });
const B = referrer("b");

const textOf = (raw: Uint8Array | undefined): unknown => JSON.parse(Buffer.from(raw ?? "").toString("utf8"));
const indexOf = (fields: object): Uint8Array => encodeJson({ schemaVersion: 2, ...fields });

test("the first referrer makes an OCI index", () => {
  const raw = withReferrer(undefined, A);
  assert.deepEqual(textOf(raw), {
    schemaVersion: 2,
    mediaType: MediaType.ociIndex,
    manifests: [
      {
        ...{ mediaType: MediaType.ociManifest, digest: A.digest, size: 1 },
        ...{ annotations: { by: "us" }, artifactType: "application/a" },
      },
    ],
  });
  assert.ok(raw !== undefined);
  assert.deepEqual(decodeIndex(raw).manifests, [A]);
  assert.deepEqual(withReferrer(undefined, A), raw);
});

test("a referrer that is listed is not listed again, and one that is not cannot be taken out", () => {
  const raw = withReferrer(undefined, A);
  assert.equal(withReferrer(raw, A), undefined);
  assert.equal(withoutReferrer(raw, B.digest), undefined);
  assert.equal(withoutReferrer(undefined, B.digest), undefined);
});

test("what other tools wrote stays as it is, even where it means nothing to distill", () => {
  const theirs = {
    ...{ mediaType: "application/vnd.example+json", digest: `sha512:${"0".repeat(128)}`, size: 3, data: "e30=" },
    ...{
      platform: { os: "windows", architecture: "amd64", "os.version": "10.0.1" },
      "x-new": [1, null, { a: "\u2028" }],
    },
  };
  const given = {
    mediaType: MediaType.ociIndex,
    manifests: [theirs],
    annotations: { z: "1", a: "2" },
    extra: { b: 1, a: 2 },
  };
  const raw = withReferrer(indexOf(given), B);
  assert.deepEqual(textOf(raw), { schemaVersion: 2, ...given, manifests: [theirs, { ...B }] });
  assert.ok(raw !== undefined);
  assert.deepEqual(textOf(withoutReferrer(raw, B.digest)), { schemaVersion: 2, ...given });
});

test("a key that is special in JavaScript is kept as a key", () => {
  const raw = withReferrer(
    Buffer.from('{"schemaVersion":2,"manifests":[{"__proto__":{"digest":1}}],"__proto__":{"x":1}}'),
    B,
  );
  const text = Buffer.from(raw ?? "").toString("utf8");
  assert.match(
    text,
    /^\{"schemaVersion":2,"manifests":\[\{"__proto__":\{"digest":1\}\},\{.*\}\],"__proto__":\{"x":1\}/,
  );
});

test("a list without a media type, without manifests, or with null in their place is one", () => {
  for (const fields of [{}, { manifests: null }, { manifests: [] }, { mediaType: MediaType.ociIndex }]) {
    const raw = withReferrer(indexOf(fields), A);
    assert.deepEqual(listedReferrers(indexOf(fields)), []);
    assert.deepEqual(listedReferrers(raw), [A]);
  }
});

for (const [title, raw] of [
  ["no JSON", Buffer.from("{")],
  ["a list", Buffer.from("[]")],
  ["no UTF-8", Buffer.from([0x22, 0xff, 0x22])],
  ["an image", indexOf({ mediaType: MediaType.ociManifest, config: {}, layers: [] })],
  ["an image without a media type", indexOf({ config: {}, layers: [] })],
  ["Docker's list of manifests", indexOf({ mediaType: MediaType.dockerManifestList, manifests: [] })],
  ["of another version", encodeJson({ schemaVersion: 1, manifests: [] })],
  ["of a version that is text", encodeJson({ schemaVersion: "2", manifests: [] })],
  ["a map of manifests", indexOf({ manifests: {} })],
  ["a list of texts", indexOf({ manifests: ["x"] })],
  ["a list with nothing in it", indexOf({ manifests: [null] })],
] as const) {
  test(`what is ${title} is refused and never written over`, () => {
    const refused = (error: unknown): boolean => isDistillError(error, "FORMAT_INVALID", "UNSUPPORTED");
    assert.throws(() => withReferrer(raw, A), refused);
    assert.throws(() => withoutReferrer(raw, A.digest), refused);
    assert.throws(() => listedReferrers(raw), refused);
  });
}

test("a list that would pass 4 MiB is not written", () => {
  const full = withReferrer(undefined, referrer("full", { text: "x".repeat((4 << 20) - 1000) }));
  assert.ok(full !== undefined);
  assert.notEqual(withReferrer(full, B), undefined);
  const large = referrer("large", { text: "y".repeat(1000) });
  assert.throws(
    () => withReferrer(full, large),
    (error) => isDistillError(error, "LIMIT_EXCEEDED"),
  );
  assert.throws(
    () => withReferrer(Buffer.alloc((4 << 20) + 1, " "), A),
    (error) => isDistillError(error, "LIMIT_EXCEEDED"),
  );
});

test("adding and taking out in any order leaves what a list would hold", () => {
  const names = fc.constantFrom(..."abcdef");
  const step = fc.record({ name: names, add: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      let raw: Uint8Array | undefined;
      let model: string[] = [];
      for (const { name, add } of steps) {
        const next = add ? withReferrer(raw, referrer(name)) : withoutReferrer(raw, referrer(name).digest);
        assert.equal(next === undefined, model.includes(name) === add);
        raw = next ?? raw;
        model = add ? [...new Set([...model, name])] : model.filter((each) => each !== name);
      }
      assert.deepEqual(
        listedReferrers(raw),
        model.map((name) => referrer(name)),
      );
    }),
  );
});
