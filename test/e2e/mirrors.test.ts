import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { after, before, beforeEach, describe, test } from "node:test";
import { writeLayout } from "../../src/image/layout-sink.ts";
import { makeRoot, makeServer } from "../support/certificates.ts";
import { type CliRun, distill, mustDistill } from "../support/cli.ts";
import { MemoryBlobs } from "../support/contents.ts";
import { makeTemporaryDirectory } from "../support/directories.ts";
import { runProgram } from "../support/engine.ts";
import { Registry, unlessRegistry } from "../support/registry.ts";

describe("an image that registries.conf leads elsewhere", { skip: unlessRegistry("skopeo", "openssl") }, () => {
  const directory = makeTemporaryDirectory();
  const at = (...names: readonly string[]): string => join(directory.path, ...names);
  const image = new MemoryBlobs();
  const descriptor = image.image("gzip", [1]);
  /** Has the image; over http. */
  let origin: Registry;
  /** Has nothing; over http. */
  let empty: Registry;
  /** Has the image; over TLS, with a certificate that nobody knows. */
  let unknown: Registry;
  let downHost = "";
  let home = "";
  let count = 0;

  before(async () => {
    makeRoot(directory.path, "root");
    origin = await Registry.start();
    empty = await Registry.start();
    unknown = await Registry.start({ tls: makeServer(directory.path, "root") });
    downHost = `127.0.0.1:${await closedPort()}`;
    await writeLayout(image.content(descriptor), at("image"), { tag: "1" });
    const targets = [`${origin.host}/team/app:1`, `${unknown.host}/cache/app:1`];
    for (const target of targets) {
      home = at(`home${count++}`);
      await mustDistill(["copy", "--tls-verify=false", `oci:${at("image")}:1`, `docker://${target}`], { env: env() });
    }
  });
  after(async () => {
    await Promise.all([origin, empty, unknown].map((each) => each?.stop()));
    directory.remove();
  });
  beforeEach(() => {
    home = at(`home${count++}`);
  });

  const env = (): Readonly<Record<string, string | undefined>> => ({
    ...{ HOME: home, DISTILL_HOME: join(home, "distill"), XDG_CONFIG_HOME: undefined, DOCKER_CONFIG: undefined },
    CONTAINERS_REGISTRIES_CONF: undefined,
  });

  function put(path: string, text: string): void {
    const file = join(home, ".config/containers", path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }

  /** Settings with the origin as location of example.com, and these tables of mirrors. */
  function putMirrors(...mirrors: readonly string[]): void {
    const tables = mirrors.map((mirror) => `[[registry.mirror]]\n${mirror}\n`).join("");
    const rule = `[[registry]]\nprefix = "example.com"\nlocation = "${origin.host}"\ninsecure = true\n`;
    put("registries.conf", `${rule}${tables}`);
  }

  const pull = (...args: readonly string[]): Promise<CliRun> => distill(["pull", ...args], { env: env() });

  test("is pulled under its own name, from behind a mirror that lacks it", async () => {
    putMirrors(`location = "${empty.host}/cache"\ninsecure = true`);
    const asked = empty.log().length;
    const run = await pull("example.com/team/app:1");
    assert.equal(run.stdout.trim(), descriptor.digest, run.stderr);
    assert.match(empty.log().slice(asked), /GET \/v2\/cache\/team\/app\/manifests\/1/);
    const images = await mustDistill(["images", "--format", "json"], { env: env() });
    assert.equal(JSON.parse(images.stdout)[0].digest, descriptor.digest);
    assert.match(images.stdout, /example\.com\/team\/app/);
    const theirs = await runProgram("skopeo", ["inspect", "--raw", "docker://example.com/team/app:1"], {
      env: { PATH: process.env.PATH, HOME: home },
    });
    assert.equal(theirs.status, 0, theirs.stderr);
  });

  test("is pulled from behind a mirror that is down, with a warning", async () => {
    putMirrors(`location = "${downHost}"`);
    const run = await pull("example.com/team/app:1");
    assert.equal(run.stdout.trim(), descriptor.digest, run.stderr);
    assert.match(run.stderr, new RegExp(`${downHost}\\S*: connection refused.*: the next is asked`));
  });

  test("is pulled from a mirror whose certificate nobody knows only where it is insecure", async () => {
    const before = unknown.log().length;
    putMirrors(`location = "${unknown.host}/cache"`);
    const behind = await pull("example.com/team/app:1");
    assert.equal(behind.status, 0, behind.stderr);
    assert.match(behind.stderr, /nobody who is trusted here has signed its certificate/);
    assert.doesNotMatch(unknown.log().slice(before), /GET \/v2/);
    put(
      "registries.conf",
      `[[registry]]\nprefix = "example.com/team"\nlocation = "${downHost}"
      [[registry.mirror]]\nlocation = "${unknown.host}/cache"\ninsecure = true`,
    );
    const run = await pull("example.com/team/app:1", "-q");
    assert.equal(run.stdout.trim(), descriptor.digest, run.stderr);
    const strict = await pull("example.com/team/app:1", "--tls-verify=true");
    assert.equal(strict.status, 4);
  });

  test("is pulled over TLS with the authority of certs.d, or of SSL_CERT_FILE", async () => {
    const name = `${unknown.host}/cache/app:1`;
    const refused = await pull(name);
    assert.equal(refused.status, 4);
    assert.match(refused.stderr, /nobody who is trusted here has signed its certificate/);
    for (const way of ["SSL_CERT_FILE", `certs.d/${unknown.host}/ca.crt`, "--tls-verify=false"]) {
      assert.ok(refused.stderr.includes(way), `${way} is missing in ${refused.stderr}`);
    }
    const authority = at("root.crt");
    const trusting = await distill(["pull", name, "-q"], { env: { ...env(), SSL_CERT_FILE: authority } });
    assert.equal(trusting.stdout.trim(), descriptor.digest, trusting.stderr);
    put(`certs.d/${unknown.host}/ca.crt`, readFileSync(authority, "utf8"));
    assert.equal((await pull(name, "-q")).stdout.trim(), descriptor.digest);
    put(`certs.d/${unknown.host}/ca.crt`, "nothing");
    const broken = await pull(name);
    assert.equal(broken.status, 2);
    assert.match(broken.stderr, /ca\.crt has no certificate in PEM form/);
  });

  test("is written where its name says, whatever its location", async () => {
    put("registries.conf", `[[registry]]\nprefix = "${origin.host}/pushed"\nlocation = "${downHost}"\n`);
    const to = `${origin.host}/pushed/app:1`;
    await mustDistill(["copy", `oci:${at("image")}:1`, `docker://${to}`], { env: env() });
    assert.match(origin.log(), /PUT \/v2\/pushed\/app\/manifests\//);
    assert.equal((await pull(to)).status, 4);
  });

  test("is neither pulled nor written where it is blocked", async () => {
    const before = origin.log().length;
    put("registries.conf", `[[registry]]\nlocation = "${origin.host}"\nblocked = true\n`);
    const name = `${origin.host}/team/app:1`;
    const write = await distill(["copy", `oci:${at("image")}:1`, `docker://${name}`], { env: env() });
    for (const run of [await pull(name), write]) {
      assert.equal(run.status, 2);
      assert.match(run.stderr, /team\/app is blocked: \S+registries\.conf:1 blocks 127/);
    }
    assert.equal(origin.log().length, before);
  });

  test("is pulled as the file says that CONTAINERS_REGISTRIES_CONF names", async () => {
    putMirrors();
    put("other.conf", `[[registry]]\nprefix = "other.example.com"\nlocation = "${origin.host}"\ninsecure = true`);
    const named = { ...env(), CONTAINERS_REGISTRIES_CONF: join(home, ".config/containers/other.conf") };
    const run = await distill(["pull", "other.example.com/team/app:1", "-q"], { env: named });
    assert.equal(run.stdout.trim(), descriptor.digest, run.stderr);
  });
});

/** A port that nobody listens on. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 1;
}
