import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { LyingRegistry } from "../../../test/support/lying-registry.ts";
import { clientFor } from "../../../test/support/registry-scene.ts";
import { digestOf } from "../../lib/digest.ts";
import { closeHttp } from "../../lib/http/agent.ts";
import type { HttpHeaders, HttpResponse } from "../../lib/http/request.ts";
import { beginUpload, closingLocation, resumeUpload, sessionOf } from "./session.ts";

const CLIENT = clientFor("registry.test");
const BASE = "https://registry.test/v2/app/blobs/uploads/1?state=a";

after(() => closeHttp());

function answer(headers: HttpHeaders, url = BASE): HttpResponse {
  return {
    ...{ status: 202, headers, url: new URL(url), length: 0, all: () => [] },
    body: (async function* () {})(),
    discard: async () => {},
  };
}

describe("a Range", () => {
  for (const [range, offset] of [
    ["0-0", 0],
    ["0-1023", 1024],
    ["bytes=0-1023", 1024],
    ["0-999999999999999", 1_000_000_000_000_000],
    [undefined, 7],
    ["", 7],
    ["1-1023", 7],
    ["0--1", 7],
    ["0-1023,5-6", 7],
    ["0-9999999999999999", 7],
    ["0-0x10", 7],
  ] as const) {
    test(`of ${range ?? "nothing"} means ${offset} bytes where 7 are expected`, () => {
      const headers = { location: "/x", ...(range === undefined ? {} : { range }) };
      assert.equal(sessionOf(CLIENT, answer(headers), 7).offset, offset);
    });
  }
});

describe("a Location", () => {
  for (const [location, resolved] of [
    ["/v2/app/blobs/uploads/2?state=b", "https://registry.test/v2/app/blobs/uploads/2?state=b"],
    ["2", "https://registry.test/v2/app/blobs/uploads/2"],
    ["https://other.test/upload", "https://other.test/upload"],
    ["https://registry.test/upload#part", "https://registry.test/upload"],
    ["http://registry.test/upload?a=b%2Fc", "https://registry.test/upload?a=b%2Fc"],
    ["http://registry.test:80/upload", "https://registry.test/upload"],
  ] as const) {
    test(`of ${location} is ${resolved}`, () => {
      assert.equal(sessionOf(CLIENT, answer({ location }), 0).location.href, resolved);
    });
  }

  for (const location of ["http://other.test/upload", "file:///x", "http://", "javascript:1"]) {
    test(`of ${location} is refused`, () => {
      assert.throws(() => sessionOf(CLIENT, answer({ location }), 0), { code: "REGISTRY" });
    });
  }

  test("that is missing is the one that was known, or refused", () => {
    const known = { location: new URL(BASE) };
    assert.equal(sessionOf(CLIENT, answer({}), 0, known).location, known.location);
    assert.throws(() => sessionOf(CLIENT, answer({}), 0), { code: "REGISTRY" });
  });

  test("keeps its query when the upload ends", () => {
    const digest = digestOf("x");
    const end = (url: string) => closingLocation(new URL(url), digest).href;
    assert.equal(end("https://r.test/u?s=a%3D"), `https://r.test/u?s=a%3D&digest=sha256%3A${digest.slice(7)}`);
    assert.equal(end("https://r.test/u"), `https://r.test/u?digest=sha256%3A${digest.slice(7)}`);
  });
});

test("the least chunk of a registry is that of the last answer that told it", () => {
  const least = (value: string) => ({ location: "/x", "oci-chunk-min-length": value });
  const known = sessionOf(CLIENT, answer(least("500")), 0);
  assert.equal(known.minChunk, 500);
  assert.equal(sessionOf(CLIENT, answer({}), 0, known).minChunk, 500);
  assert.equal(sessionOf(CLIENT, answer(least("600")), 0, known).minChunk, 600);
  for (const nonsense of ["-1", "1e9", "9999999999", "", "many"]) {
    assert.equal(sessionOf(CLIENT, answer(least(nonsense)), 0, known).minChunk, 500, nonsense);
  }
});

test("a mount is one where the registry says so of this blob, and an upload else", async (t) => {
  const registry = await LyingRegistry.start();
  t.after(() => registry.close());
  const client = clientFor(registry.host);
  const digest = digestOf("blob");
  registry.memory.repository("other").blobs.set(digest, Buffer.from("blob"));
  assert.equal(await beginUpload(client, { digest, from: "other" }), "mounted");
  const none = await beginUpload(client, { digest, from: "nowhere" });
  assert.ok(none !== "mounted");
  assert.equal((await resumeUpload(client, none))?.offset, 0);
  registry.fault("POST", { kind: "change", headers: { "docker-content-digest": digestOf("x") }, times: 1 });
  await assert.rejects(beginUpload(client, { digest, from: "other" }), { code: "REGISTRY" });
  // Nobody asked for a mount.
  registry.fault("POST", { kind: "answer", status: 201 });
  await assert.rejects(beginUpload(client), { code: "REGISTRY" });
});

test("an upload that the registry has forgotten is none", async (t) => {
  const registry = await LyingRegistry.start();
  t.after(() => registry.close());
  const client = clientFor(registry.host);
  const session = await beginUpload(client);
  assert.ok(session !== "mounted");
  registry.memory.dropUploads();
  assert.equal(await resumeUpload(client, session), undefined);
});
