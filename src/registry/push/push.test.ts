import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { type Scripted, ScriptedRegistry } from "../../../test/support/scripted-registry.ts";
import { makeArtifact } from "../../image/artifact.ts";
import type { Content } from "../../image/content.ts";
import { MediaType } from "../../image/media-types.ts";
import { digestOf } from "../../lib/digest.ts";
import { isDistillError } from "../../lib/errors.ts";
import { closeHttp } from "../../lib/http/agent.ts";
import { silentProgress } from "../../lib/progress.ts";
import { fallbackTag } from "../referrers/fallback.ts";
import { pushContent } from "./push.ts";
import { noUploadMemory } from "./upload-memory.ts";

const SUBJECT = { mediaType: MediaType.ociManifest, digest: digestOf("subject"), size: 7 };
const REFERRER = makeArtifact({ artifactType: "application/sbom", subject: SUBJECT, documents: [] });
const OTHER = makeArtifact({ artifactType: "application/sbom", documents: [] });
const TAG = `/v2/app/manifests/${fallbackTag(SUBJECT.digest)}`;
const OPTIONS = { tags: [], mountFrom: () => [], memory: noUploadMemory, progress: silentProgress };

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

/** A registry that has every blob, and these manifests; what is put into it is there from then on. */
function holding(manifests: readonly Content[], answers: Readonly<Record<string, Scripted>> = {}): void {
  const held = new Set(manifests.map(({ descriptor }) => `/v2/app/manifests/${descriptor.digest}`));
  registry.answer = ({ method, path }) => {
    const answer = answers[`${method} ${path}`];
    if (answer !== undefined) return answer;
    if (method === "PUT") {
      held.add(path);
      return { status: 201 };
    }
    const digest = path.split("/").at(-1) ?? "";
    return path.includes("/blobs/") || held.has(path)
      ? { headers: { "docker-content-digest": digest, "content-length": "2" } }
      : undefined;
  };
}

const put = (): readonly string[] =>
  registry.requests.filter(({ method }) => method === "PUT").map(({ path }) => path.replace("/v2/app/manifests/", ""));
const push = (content: Content, tags: readonly string[] = []) =>
  pushContent(registry.client(), content, { ...OPTIONS, tags });

describe("a push", () => {
  test("sends a manifest that is there already only to give it a name", async () => {
    holding([OTHER]);
    await push(OTHER);
    assert.deepEqual(put(), []);
    await push(OTHER, ["1", "2"]);
    assert.deepEqual(put(), ["1", "2"]);
  });

  test("lists what refers to another manifest under that one's fallback tag, after it was stored", async () => {
    holding([]);
    await push(REFERRER);
    assert.deepEqual(put(), [REFERRER.descriptor.digest, fallbackTag(SUBJECT.digest)]);
  });

  test("leaves the list to a registry that says it keeps one", async () => {
    const path = `PUT /v2/app/manifests/${REFERRER.descriptor.digest}`;
    holding([], { [path]: { status: 201, headers: { "oci-subject": SUBJECT.digest } } });
    await push(REFERRER);
    assert.deepEqual(put(), [REFERRER.descriptor.digest]);
  });

  test("that broke off before the list was written is repaired by the next one", async () => {
    holding([], { [`PUT ${TAG}`]: { status: 500 } });
    await assert.rejects(push(REFERRER), (error) => isDistillError(error, "REGISTRY"));
    registry.requests.length = 0;
    holding([REFERRER]);
    await push(REFERRER);
    assert.deepEqual(put(), [REFERRER.descriptor.digest, fallbackTag(SUBJECT.digest)]);
  });
});
