import assert from "node:assert/strict";
import { after, test } from "node:test";
import { attachToName } from "../../test/support/attach-to-name.ts";
import { MemoryBlobs } from "../../test/support/contents.ts";
import { ownHome } from "../../test/support/home.ts";
import { LyingRegistry } from "../../test/support/lying-registry.ts";
import { clientFor, homeWithLogins, IMPATIENT_ACCESS, SizedImage } from "../../test/support/registry-scene.ts";
import { readWhole } from "../image/content.ts";
import { writeLayout } from "../image/layout-sink.ts";
import { parseLocalSource } from "../image/source/location.ts";
import { openSource } from "../image/source/open.ts";
import { isDistillError } from "../lib/errors.ts";
import { closeHttp } from "../lib/http/agent.ts";
import { silentProgress } from "../lib/progress.ts";
import { listReferrers } from "../registry/referrers/list.ts";
import { documentArtifact, type ImageDocument } from "./attach-document.ts";

const IMAGE = new SizedImage(3, 1000);
const DOCUMENTS: readonly ImageDocument[] = [
  { kind: "cyclonedx", text: '{"bomFormat":"CycloneDX"}\n' },
  { kind: "spdx", text: "{}\n" },
  { kind: "provenance", text: '{"_type":"x"}\n' },
];
const TYPES = ["application/vnd.cyclonedx+json", "application/spdx+json", "application/vnd.in-toto+json"];

after(() => closeHttp());

test("a document is an artifact of its type, about the image", () => {
  const [document] = DOCUMENTS;
  const artifact = documentArtifact(IMAGE.root, document ?? assert.fail());
  assert.deepEqual(JSON.parse(Buffer.from(artifact.raw).toString()), {
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    artifactType: TYPES[0],
    config: {
      mediaType: "application/vnd.oci.empty.v1+json",
      digest: "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
      size: 2,
    },
    layers: [
      {
        mediaType: TYPES[0],
        ...{ digest: artifact.blobs[0]?.descriptor.digest, size: 26 },
        annotations: { "org.opencontainers.image.title": "sbom.cdx.json" },
      },
    ],
    subject: IMAGE.root,
  });
});

for (const referrers of [true, false]) {
  test(`documents become referrers of an image in a registry ${referrers ? "with" : "without"} an API for them`, async (t) => {
    const registry = await LyingRegistry.start({ referrers });
    t.after(() => registry.close());
    homeWithLogins(t);
    await registry.hold("team/app", "v1", IMAGE.content);
    const name = `${registry.host}/team/app:v1`;
    const options = { ...IMPATIENT_ACCESS, platform: undefined };
    const attached = await attachToName(name, DOCUMENTS, options);
    assert.equal(attached.subject, IMAGE.root.digest);
    // Once more is not twice.
    assert.deepEqual(await attachToName(`docker://${name}`, DOCUMENTS, options), attached);
    const listed = await listReferrers(
      clientFor(registry.host, { remote: { path: "team/app" } }),
      IMAGE.root.digest,
      undefined,
    );
    assert.equal(listed.via, referrers ? "api" : "tag");
    const found = new Map(listed.referrers.map(({ digest, artifactType }) => [digest, artifactType]));
    assert.deepEqual(
      attached.artifacts.map((digest) => found.get(digest)),
      TYPES,
    );
    assert.equal(listed.referrers.length, TYPES.length);
  });
}

test("in an OCI layout they lie beside the image, which stays the one that the layout stands for", async (t) => {
  const { at } = ownHome(t);
  const blobs = new MemoryBlobs();
  const image = blobs.image("gzip", [1]);
  await writeLayout(blobs.content(image), at("layout"));
  const name = `oci:${at("layout")}`;
  const options = { progress: silentProgress, signal: undefined, platform: undefined };
  const { artifacts, subject } = await attachToName(name, DOCUMENTS, options);
  assert.equal(subject, image.digest);
  assert.deepEqual(await attachToName(name, DOCUMENTS, options), { artifacts, subject });
  await using opened = await openSource(parseLocalSource(`${name}@${artifacts[1]}`) ?? assert.fail());
  assert.ok(opened.content.kind === "manifest");
  assert.equal(opened.content.manifest.subject?.digest, image.digest);
  const [layer] = opened.content.blobs;
  assert.ok(layer !== undefined);
  const text = await readWhole(layer.open(), layer.descriptor, 100, "document");
  assert.equal(Buffer.from(text).toString(), DOCUMENTS[1]?.text);
});

test("archives hold no documents about their images", async (t) => {
  const { at } = ownHome(t);
  const blobs = new MemoryBlobs();
  await writeLayout(blobs.content(blobs.image("gzip", [1])), at("layout"), { tag: "x" });
  const { copyImage } = await import("./copy-image.ts");
  const options = { progress: silentProgress, signal: undefined, platform: undefined };
  const archive = `oci-archive:${at("a.tar")}`;
  await copyImage(`oci:${at("layout")}:x`, archive, { ...options, all: false });
  await assert.rejects(attachToName(archive, DOCUMENTS, options), (error) => isDistillError(error, "UNSUPPORTED"));
});
