import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { legacyArchive, legacyImage, MemoryBlobs } from "../../../test/support/contents.ts";
import { temporaryDirectory } from "../../../test/support/directories.ts";
import { type EngineFault, FakeEngine } from "../../../test/support/fake-engine.ts";
import { parseLocalDestination, writeContent } from "../destination.ts";
import { parseLocalSource } from "../source/location.ts";
import { openSource } from "../source/open.ts";
import { EngineClient } from "./client.ts";
import { engineEndpoint } from "./endpoint.ts";

async function engineFor(t: TestContext): Promise<FakeEngine> {
  const engine = await FakeEngine.start(temporaryDirectory(t));
  process.env.DOCKER_HOST = engine.host;
  t.after(async () => {
    delete process.env.DOCKER_HOST;
    await engine.close();
  });
  return engine;
}

const save = async (name: string): Promise<void> => {
  await using _ = await openSource(parseLocalSource(`docker-daemon:${name}`) ?? assert.fail("a source"));
};

const load = (blobs = new MemoryBlobs()) =>
  writeContent(blobs.content(blobs.image("gzip", [1, 2])), parseLocalDestination("docker-daemon:me/app:1"));

test("an older engine is spoken to in its version, a newer one in ours", async (t) => {
  const engine = await engineFor(t);
  for (const [theirs, spoken] of [
    ["1.41", "/v1.41/"],
    ["1.24", "/v1.24/"],
    ["1.99", "/v1.48/"],
    ["2.0", "/v1.48/"],
  ] as const) {
    engine.version = theirs;
    await load();
    assert.ok(
      engine.requests.every((request) => request.endsWith("/_ping") || request.includes(spoken)),
      theirs,
    );
    engine.requests.length = 0;
  }
});

for (const [fault, message] of [
  ["refuses to load", /did not load me\/app:1: archive\/tar: invalid tar header/],
  ["fails to load", /did not load me\/app:1: no space left on device/],
  ["ends the answer early", /broke the connection/],
  ["cuts the upload", /broke the connection/],
  ["loads something else", /another image of that name/],
  ["forgets what it loaded", /no image of that name/],
  ["is no engine", /is no Docker engine: <html>/],
] as const satisfies readonly (readonly [EngineFault, RegExp])[]) {
  test(`an engine that ${fault} is a failure of the environment`, async (t) => {
    (await engineFor(t)).fault = fault;
    await assert.rejects(load(), { code: "ENVIRONMENT", message });
  });
}

test("an answer without end is cut off", async (t) => {
  (await engineFor(t)).fault = "answers without end";
  await assert.rejects(load(), { code: "LIMIT_EXCEEDED" });
});

test("an archive that the engine cuts is no image", async (t) => {
  const engine = await engineFor(t);
  const blobs = new MemoryBlobs();
  await engine.load(legacyArchive(await legacyImage(blobs, blobs.image("none", [1]), "app:latest")));
  engine.fault = "cuts the archive";
  await assert.rejects(save("app"), { code: "ENVIRONMENT", message: /broke the connection/ });
});

test("an image that the engine does not have is told from an engine that is not there", async (t) => {
  const engine = await engineFor(t);
  await assert.rejects(save("app"), { code: "NO_SUCH_IMAGE", hint: /docker images/ });
  process.env.DOCKER_HOST = `${engine.host}-not`;
  await assert.rejects(save("app"), { code: "ENVIRONMENT", message: /no Docker engine answers at unix:.*DOCKER_HOST/ });
  process.env.DOCKER_HOST = "tcp://127.0.0.1:1";
  await assert.rejects(save("app"), { code: "ENVIRONMENT", message: /tcp:\/\/127\.0\.0\.1:1/ });
});

test("who may not use the socket is told of the docker group", {
  skip: process.getuid?.() === 0 && "needs a user that is not root",
}, async (t) => {
  const engine = await engineFor(t);
  chmodSync(engine.host.slice("unix://".length), 0o000);
  await assert.rejects(save("app"), { code: "ENVIRONMENT", hint: /docker group/ });
});

test("an engine over TCP is asked like any other", async (t) => {
  const server = createServer((request, response) => {
    response.setHeader("Api-Version", "1.41").end(request.url === "/_ping" ? "OK" : "{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const endpoint = engineEndpoint({ DOCKER_HOST: `tcp://127.0.0.1:${port}` });
  await using client = await EngineClient.connect(undefined, endpoint);
  assert.equal((await client.request({ method: "GET", path: "/info" })).status, 200);
  const secure = engineEndpoint({
    DOCKER_HOST: `tcp://127.0.0.1:${port}`,
    DOCKER_TLS_VERIFY: "1",
    DOCKER_CONFIG: "/nowhere",
  });
  await assert.rejects(EngineClient.connect(undefined, secure), { code: "ENVIRONMENT" });
});

test("the engine is the one that docker would take", (t) => {
  const directory = temporaryDirectory(t);
  const at = (environment: Record<string, string>) => engineEndpoint({ DOCKER_CONFIG: directory, ...environment });
  assert.equal(at({}).socketPath, "/var/run/docker.sock");
  const id = createHash("sha256").update("lab").digest("hex");
  mkdirSync(join(directory, "contexts", "meta", id), { recursive: true });
  const meta = { Name: "lab", Endpoints: { docker: { Host: "unix:///run/lab.sock", SkipTLSVerify: false } } };
  writeFileSync(join(directory, "contexts", "meta", id, "meta.json"), JSON.stringify(meta));
  assert.equal(at({ DOCKER_CONTEXT: "lab" }).socketPath, "/run/lab.sock");
  assert.throws(() => at({ DOCKER_CONTEXT: "nope" }), { code: "CONFIG_INVALID" });
  writeFileSync(join(directory, "config.json"), JSON.stringify({ currentContext: "lab" }));
  assert.equal(at({}).socketPath, "/run/lab.sock");
  assert.equal(at({ DOCKER_CONTEXT: "default" }).socketPath, "/var/run/docker.sock");
  assert.equal(at({ DOCKER_HOST: "unix:///run/x.sock" }).socketPath, "/run/x.sock");
});

test("certificates come from DOCKER_CERT_PATH, else from docker's own directory", (t) => {
  const directory = temporaryDirectory(t);
  writeFileSync(join(directory, "ca.pem"), "CA");
  const host = { DOCKER_HOST: "tcp://engine.example", DOCKER_TLS_VERIFY: "1" };
  for (const environment of [
    { ...host, DOCKER_CERT_PATH: directory },
    { ...host, DOCKER_CONFIG: directory },
  ]) {
    const { origin, tls } = engineEndpoint(environment);
    assert.equal(origin, "https://engine.example:2376");
    assert.deepEqual(tls, { verify: true, ca: "CA", cert: undefined, key: undefined });
  }
  assert.equal(
    engineEndpoint({ DOCKER_HOST: "tcp://engine.example", DOCKER_CONFIG: directory }).origin,
    "http://engine.example:2375",
  );
});

for (const [host, code] of [
  ["ssh://me@host", "UNSUPPORTED"],
  ["npipe:////./pipe/docker_engine", "UNSUPPORTED"],
  ["unix://relative", "USAGE"],
  ["unix:///run/50%.sock", "USAGE"],
  ["localhost:2375", "USAGE"],
  ["tcp://", "USAGE"],
  ["tcp://me:secret@host", "USAGE"],
  ["/var/run/docker.sock", "USAGE"],
] as const) {
  test(`${host} is refused`, () => {
    assert.throws(
      () => engineEndpoint({ DOCKER_HOST: host }),
      (error: Error & { code?: string }) => error.code === code && !error.message.includes("secret"),
    );
  });
}
