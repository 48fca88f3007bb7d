import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { promisify } from "node:util";
import { copyImage } from "../../src/app/copy-image.ts";
import { writeLayout } from "../../src/image/layout-sink.ts";
import { parseLocalSource } from "../../src/image/source/location.ts";
import { openSource } from "../../src/image/source/open.ts";
import { digestOf } from "../../src/lib/digest.ts";
import { closeHttp } from "../../src/lib/http/agent.ts";
import { listReferrers } from "../../src/registry/referrers/list.ts";
import { MemoryBlobs, readAll } from "../support/contents.ts";
import { temporaryDirectory } from "../support/directories.ts";
import { LyingRegistry } from "../support/lying-registry.ts";
import { clientFor, homeWithLogins, IMPATIENT_ACCESS, LOGIN, SizedImage } from "../support/registry-scene.ts";
import { unlessTools } from "../support/tools.ts";

const IMAGE = new SizedImage(6, 5 << 20, 20_000);

after(() => closeHttp());

describe("the registry of the tests, while it tells the truth,", () => {
  // The server is of this process, which must not wait for skopeo.
  const skopeo = (...args: string[]) => promisify(execFile)("skopeo", args, { timeout: 60_000 });

  for (const scheme of ["basic", "bearer", undefined] as const) {
    test(`is one for skopeo, both ways (${scheme ?? "no"} login)`, { skip: unlessTools("skopeo") }, async (t) => {
      const directory = temporaryDirectory(t);
      const registry = await LyingRegistry.start(scheme === undefined ? {} : { auth: { scheme, ...LOGIN } });
      t.after(() => registry.close());
      // Packed layers, since skopeo would pack others.
      const blobs = new MemoryBlobs();
      const image = blobs.image("gzip", [1, 2]);
      await writeLayout(blobs.content(image), join(directory, "given"));
      const there = `docker://${registry.host}/team/app:v1`;
      const [password, back] = [`${LOGIN.user}:${LOGIN.password}`, `oci:${join(directory, "back")}`];
      const given = `oci:${join(directory, "given")}`;
      await skopeo("copy", "--dest-tls-verify=false", `--dest-creds=${password}`, given, there);
      await skopeo("copy", "--src-tls-verify=false", `--src-creds=${password}`, there, back);
      await using source = await openSource(parseLocalSource(back) ?? assert.fail());
      assert.ok((await readAll(source.content)).includes(image.digest));
    });
  }
});

describe("within one registry", () => {
  for (const [what, lie] of [
    ["blobs are mounted", undefined],
    ["a mount that answers with another blob is none", { headers: { "docker-content-digest": digestOf("x") } }],
    ["a mount that begins an upload nowhere is none", { status: 202, headers: { location: undefined } }],
    ["a mount that is refused is none", { status: 400 }],
  ] as const) {
    test(`${what}, and a copy ends well`, async (t) => {
      const registry = await LyingRegistry.start();
      t.after(() => registry.close());
      homeWithLogins(t);
      await registry.hold("from", "v1", IMAGE.content);
      if (lie !== undefined) registry.fault("mount=", { kind: "change", ...lie });
      const place = (name: string) => `docker://${registry.host}/${name}:v1`;
      await copyImage(place("from"), place("app"), { ...IMPATIENT_ACCESS, all: false, platform: undefined });
      const { blobs, tags } = registry.memory.repository("app");
      assert.equal(tags.get("v1"), IMAGE.root.digest);
      for (const [digest, bytes] of blobs) assert.equal(digestOf(bytes), digest);
      assert.equal(registry.requests("PATCH").length > 0, lie !== undefined);
    });
  }
});

test("referrers come in pages, filtered, and links to elsewhere are not followed", async (t) => {
  const registry = await LyingRegistry.start({ page: 2 });
  t.after(() => registry.close());
  const subject = IMAGE.root.digest;
  const { manifests } = registry.memory.repository("app");
  for (const index of [0, 1, 2, 3, 4]) {
    const mediaType = "application/vnd.oci.image.manifest.v1+json";
    const bytes = Buffer.from(
      JSON.stringify({ index, artifactType: `type/${index % 2}`, subject: { digest: subject } }),
    );
    manifests.set(digestOf(bytes), { bytes, type: mediaType });
  }
  const client = clientFor(registry.host);
  assert.equal((await listReferrers(client, subject, undefined)).referrers.length, 5);
  assert.equal((await listReferrers(client, subject, "type/1")).referrers.length, 2);
  registry.fault("referrers", { kind: "change", headers: { link: '<http://127.0.0.2:1/>; rel="next"' } });
  await assert.rejects(listReferrers(client, subject, undefined), { code: "REGISTRY" });
});
