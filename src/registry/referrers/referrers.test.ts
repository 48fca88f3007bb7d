import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { type Scripted, ScriptedRegistry } from "../../../test/support/scripted-registry.ts";
import type { Content } from "../../image/content.ts";
import type { Descriptor } from "../../image/descriptor.ts";
import { encodeJson } from "../../image/json.ts";
import { MediaType } from "../../image/media-types.ts";
import { digestOf } from "../../lib/digest.ts";
import { isDistillError } from "../../lib/errors.ts";
import { closeHttp } from "../../lib/http/agent.ts";
import { addToFallback, fallbackTag, referrerDescriptor, removeFromFallback } from "./fallback.ts";
import { listReferrers } from "./list.ts";

const SUBJECT = digestOf("subject");
const TAG = `/v2/app/manifests/${fallbackTag(SUBJECT)}`;
const API = `/v2/app/referrers/${SUBJECT}`;

const referrer = (name: string): Descriptor => ({
  ...{ mediaType: MediaType.ociManifest, digest: digestOf(name), size: name.length },
  artifactType: `application/${name[0]}`,
});
const [A1, A2, B1] = [referrer("a1"), referrer("a2"), referrer("b1")];

const index = (manifests: unknown, headers: Record<string, string> = {}): Scripted => ({
  headers: { "content-type": `${MediaType.ociIndex}; charset=utf-8`, ...headers },
  body: encodeJson({ schemaVersion: 2, mediaType: MediaType.ociIndex, manifests }),
});

let registry: ScriptedRegistry;

before(async () => {
  registry = await ScriptedRegistry.start();
});
beforeEach(() => {
  registry.requests.length = 0;
});
after(async () => {
  await closeHttp();
  registry.stop();
});

/** Answers by method and path with its query; 404 for the rest. */
function serve(answers: Readonly<Record<string, Scripted>>): void {
  registry.answer = ({ method, path }) => answers[`${method} ${path}`];
}

const asked = (): readonly string[] => registry.requests.map(({ method, path }) => `${method} ${path}`);
const fails = (message: RegExp) => (error: unknown) => isDistillError(error, "REGISTRY") && message.test(error.message);

describe("the list of referrers", () => {
  test("comes from the API, page after page, each referrer once", async () => {
    const link = { link: `<${API}?p=2>; rel="next"` };
    serve({ [`GET ${API}`]: index([A1, B1], link), [`GET ${API}?p=2`]: index([B1, A2]) });
    assert.deepEqual(await listReferrers(registry.client(), SUBJECT, undefined), {
      referrers: [A1, B1, A2],
      via: "api",
    });
  });

  test("of one type is asked for, and filtered where the registry does not", async () => {
    serve({ [`GET ${API}?artifactType=application%2Fa`]: index([A1, B1, A2]) });
    assert.deepEqual(await listReferrers(registry.client(), SUBJECT, "application/a"), {
      referrers: [A1, A2],
      via: "api",
    });
  });

  test("comes from the fallback tag where there is no API, filtered too", async () => {
    serve({ [`GET ${TAG}`]: index([A1, B1, A2]) });
    assert.deepEqual(await listReferrers(registry.client(), SUBJECT, "application/a"), {
      referrers: [A1, A2],
      via: "tag",
    });
  });

  test("comes from the fallback tag where a page of another kind stands in place of the API", async () => {
    serve({
      [`GET ${API}`]: { headers: { "content-type": "text/html" }, body: "<html>welcome</html>" },
      [`GET ${TAG}`]: index([A1]),
    });
    assert.deepEqual(await listReferrers(registry.client(), SUBJECT, undefined), { referrers: [A1], via: "tag" });
  });

  test("is empty where there is neither", async () => {
    serve({});
    assert.deepEqual(await listReferrers(registry.client(), SUBJECT, undefined), { referrers: [], via: "tag" });
  });

  test("that breaks off after its first page is an error, and not the fallback's", async () => {
    const link = { link: `<${API}?p=2>; rel="next"` };
    serve({ [`GET ${API}`]: index([A1], link), [`GET ${TAG}`]: index([B1]) });
    await assert.rejects(listReferrers(registry.client(), SUBJECT, undefined), fails(/answers 404/));
    assert.ok(!asked().includes(`GET ${TAG}`));
  });

  for (const [title, manifests] of [
    ["no list", {}],
    ["a list of texts", ["x"]],
    ["a list with a digest that is none", [{ ...A1, digest: "sha256:../../x" }]],
    ["a list with a size that is none", [{ ...A1, size: -1 }]],
  ] as const) {
    test(`that is ${title} is an error, from the API and the tag`, async () => {
      serve({ [`GET ${API}`]: index(manifests) });
      await assert.rejects(listReferrers(registry.client(), SUBJECT, undefined), fails(/no list of referrers/));
      serve({ [`GET ${TAG}`]: index(manifests) });
      await assert.rejects(listReferrers(registry.client(), SUBJECT, undefined), fails(/no list of referrers/));
    });
  }

  test("that may not be read is an error, and not empty", async () => {
    serve({ [`GET ${API}`]: { status: 403 } });
    await assert.rejects(listReferrers(registry.client(), SUBJECT, undefined), (error) =>
      isDistillError(error, "UNAUTHORIZED"),
    );
  });
});

describe("the fallback tag", () => {
  const stored = (): unknown => {
    const put = registry.requests.find(({ method }) => method === "PUT");
    return put === undefined ? undefined : JSON.parse(put.body.toString("utf8"));
  };

  test("is the digest with a dash", () => {
    assert.equal(fallbackTag(SUBJECT), `sha256-${SUBJECT.slice(7)}`);
  });

  test("gets one referrer more, beside those of others", async () => {
    const theirs = { ...B1, digest: `sha512:${"0".repeat(128)}`, data: "e30=" };
    serve({ [`GET ${TAG}`]: index([theirs]), [`PUT ${TAG}`]: { status: 201 } });
    await addToFallback(registry.client(), SUBJECT, A1);
    assert.deepEqual(stored(), { schemaVersion: 2, mediaType: MediaType.ociIndex, manifests: [theirs, A1] });
  });

  test("is made for the first, and not written where nothing changes", async () => {
    serve({ [`PUT ${TAG}`]: { status: 201 } });
    await addToFallback(registry.client(), SUBJECT, A1);
    assert.deepEqual(stored(), { schemaVersion: 2, mediaType: MediaType.ociIndex, manifests: [A1] });
    registry.requests.length = 0;
    serve({ [`GET ${TAG}`]: index([A1]) });
    await addToFallback(registry.client(), SUBJECT, A1);
    await removeFromFallback(registry.client(), SUBJECT, B1.digest);
    assert.equal(stored(), undefined);
  });

  test("loses one that was deleted", async () => {
    serve({ [`GET ${TAG}`]: index([A1, B1]), [`PUT ${TAG}`]: { status: 201 } });
    await removeFromFallback(registry.client(), SUBJECT, A1.digest);
    assert.deepEqual(stored(), { schemaVersion: 2, mediaType: MediaType.ociIndex, manifests: [B1] });
  });

  for (const [title, there] of [
    [
      "that is an image",
      {
        headers: { "content-type": MediaType.ociManifest },
        body: encodeJson({ schemaVersion: 2, config: {}, layers: [] }),
      },
    ],
    ["that cannot be read", { status: 500 }],
    ["that is broken", { headers: { "content-type": MediaType.ociIndex }, body: "{" }],
  ] as const) {
    test(`${title} is never written over`, async () => {
      serve({ [`GET ${TAG}`]: there, [`PUT ${TAG}`]: { status: 201 } });
      await assert.rejects(addToFallback(registry.client(), SUBJECT, A1), (error) => isDistillError(error));
      await assert.rejects(removeFromFallback(registry.client(), SUBJECT, A1.digest), (error) => isDistillError(error));
      assert.equal(stored(), undefined);
    });
  }
});

describe("a referrer is listed with", () => {
  const blob = { mediaType: "application/vnd.oci.empty.v1+json", digest: digestOf("{}"), size: 2 };
  const descriptor = { mediaType: MediaType.ociManifest, digest: digestOf("m"), size: 1 };
  const manifest = (artifactType: string | undefined): Content => ({
    ...{ kind: "manifest", descriptor, raw: Buffer.from("m"), blobs: [] },
    manifest: {
      ...{ mediaType: MediaType.ociManifest, config: blob, layers: [], annotations: { by: "us" } },
      ...(artifactType === undefined ? {} : { artifactType }),
    },
  });

  for (const [title, given, expected] of [
    ["its artifact type", "application/sbom", "application/sbom"],
    ["the type of its config, where it has none", undefined, blob.mediaType],
    ["the type of its config, where its own is empty", "", blob.mediaType],
  ] as const) {
    test(title, () => {
      const listed = { ...descriptor, artifactType: expected, annotations: { by: "us" } };
      assert.deepEqual(referrerDescriptor(manifest(given)), listed);
    });
  }
});
