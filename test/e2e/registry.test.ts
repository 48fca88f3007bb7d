import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { makeArtifact } from "../../src/image/artifact.ts";
import { memoryContentBlob } from "../../src/image/content.ts";
import type { Descriptor } from "../../src/image/descriptor.ts";
import { writeLayout } from "../../src/image/layout-sink.ts";
import { digestOf } from "../../src/lib/digest.ts";
import { Kitchen } from "../support/catalogue.ts";
import { type Identity, makeRoot, makeServer } from "../support/certificates.ts";
import { type CliRun, distill, mustDistill } from "../support/cli.ts";
import { MemoryBlobs } from "../support/contents.ts";
import { makeTemporaryDirectory } from "../support/directories.ts";
import { Engine, runProgram, unlessEngine } from "../support/engine.ts";
import { Podman, unlessPodman } from "../support/podman.ts";
import { Registry, unlessRegistry } from "../support/registry.ts";
import { runnableImage } from "../support/runnable-image.ts";
import { archiveOf, file } from "../support/tar.ts";
import { TokenServer } from "../support/token-server.ts";

const USER = "ann";
const PASSWORD = "wonder:land";

const directory = makeTemporaryDirectory();
const at = (name: string): string => join(directory.path, name);
let identity: Identity;

before(() => {
  mkdirSync(at("certs"));
  makeRoot(at("certs"), "root");
  identity = makeServer(at("certs"), "root");
});
after(() => directory.remove());

/** One way to run a registry, and who may use it. */
interface Setup {
  readonly registry: Registry;
  readonly stop: () => Promise<void>;
}

const SETUPS: readonly (readonly [title: string, login: boolean, start: () => Promise<Setup>])[] = [
  ["a registry over http that knows everybody", false, () => started({})],
  ["a registry over TLS with passwords", true, () => started({ tls: identity, htpasswd: { [USER]: PASSWORD } })],
  [
    "a registry over TLS whose tokens another server gives",
    true,
    async () => {
      const signer = makeRoot(at("certs"), "signer");
      const tokens = await TokenServer.start({ signer, users: { [USER]: PASSWORD }, tls: identity });
      const { registry } = await started({ tls: identity, token: tokens.trust });
      return { registry, stop: async () => void (await Promise.all([registry.stop(), tokens.stop()])) };
    },
  ],
];

async function started(options: Parameters<typeof Registry.start>[0]): Promise<Setup> {
  const registry = await Registry.start(options);
  return { registry, stop: () => registry.stop() };
}

for (const [index, [title, login, start]] of SETUPS.entries()) {
  describe(title, { skip: unlessRegistry("skopeo", "gcc", "openssl", "perl") }, () => {
    let setup: Setup;
    let image: Descriptor;
    const home = at(`home${index}`);
    const name = (rest: string): string => `${setup.registry.host}/${rest}`;

    const environment = (store: string) => ({
      DISTILL_HOME: join(home, store),
      DOCKER_CONFIG: join(home, "docker"),
      NODE_EXTRA_CA_CERTS: at("certs/root.crt"),
    });
    const run = (...args: readonly string[]): Promise<CliRun> => mustDistill(args, { env: environment("one") });
    const digestOfRun = async (...args: readonly string[]): Promise<string> => (await run(...args)).stdout.trim();

    before(async () => {
      setup = await start();
      mkdirSync(join(home, "docker"), { recursive: true });
      if (login) writeFileSync(join(home, "docker/config.json"), JSON.stringify(loginOf(setup.registry.host)));
      const blobs = new MemoryBlobs();
      image = runnableImage(blobs, archiveOf([file("data", Buffer.alloc(6_000_000, index + 1))]));
      await writeLayout(blobs.content(image), at(`image${index}`), { tag: "1" });
      await run("copy", `oci:${at(`image${index}`)}:1`, name("team/app:1"));
    });
    after(() => setup.stop());

    test("is pushed to, asked, and pulled from with the same digest", async () => {
      const pushed = JSON.parse((await run("push", name("team/app:1"), "--format", "json")).stdout);
      assert.equal(pushed.digest, image.digest);
      assert.ok(pushed.sent > 1000);
      assert.equal(JSON.parse((await run("push", name("team/app:1"), "--format", "json")).stdout).sent, 0);
      assert.equal(await digestOfRun("digest", name("team/app:1")), image.digest);
      const env = environment("two");
      const pulled = await mustDistill(["pull", name("team/app:1")], { env });
      assert.equal(pulled.stdout.trim(), image.digest);
      await mustDistill(["verify"], { env });
      const listed = JSON.parse((await mustDistill(["images", "--format", "json"], { env })).stdout);
      assert.equal(listed[0].digest, image.digest);
    });

    test("mounts what another of its repositories has", async () => {
      await run("push", name("team/app:1"));
      const second = await run(
        "push",
        name("team/app:1"),
        name("other/app:2"),
        "--format",
        "json",
        "--progress",
        "plain",
      );
      assert.equal(JSON.parse(second.stdout).sent, 0);
      assert.match(second.stderr, /mounted from team\/app/);
      const copied = await run("copy", `docker://${name("team/app:1")}`, `docker://${name("third/app:3")}`);
      assert.match(copied.stderr, /mounted from team\/app/);
      assert.equal(copied.stdout.trim(), image.digest);
    });

    test("takes and gives what skopeo gives and takes", async () => {
      await run("push", name("team/app:1"));
      const trust = ["--src-tls-verify=false", ...(login ? ["--src-creds", `${USER}:${PASSWORD}`] : [])];
      await must("skopeo", "copy", "-q", ...trust, `docker://${name("team/app:1")}`, `oci:${at(`out${index}`)}:1`);
      const back = ["--dest-tls-verify=false", ...(login ? ["--dest-creds", `${USER}:${PASSWORD}`] : [])];
      await must("skopeo", "copy", "-q", ...back, `oci:${at(`out${index}`)}:1`, `docker://${name("by/skopeo:1")}`);
      assert.equal(await digestOfRun("pull", name("by/skopeo:1")), image.digest);
    });

    test("lists its tags, and forgets what is deleted", async () => {
      for (const tag of ["b", "a", "c"]) await run("push", name("team/app:1"), name(`tags/app:${tag}`), "-q");
      assert.equal((await run("ls-tags", name("tags/app"))).stdout, "a\nb\nc\n");
      await run("rm", `docker://${name("tags/app:b")}`);
      assert.equal((await run("ls-tags", name("tags/app"))).stdout, "");
      const gone = await distill(["digest", name("tags/app:a")], { env: environment("one") });
      assert.equal(gone.status, 2);
      assert.match(gone.stderr, /has no 127\.0\.0\.1:\d+\/tags\/app:a/);
    });

    test("lists what refers to an image under a tag of its own, since it has no API for it", async () => {
      await run("push", name("team/app:1"), "-q");
      const text = Buffer.from(`an SBOM ${index}`);
      const document = memoryContentBlob({ mediaType: "text/plain", digest: digestOf(text), size: text.length }, text);
      const types = ["application/example.sbom", "application/example.signature"];
      for (const artifactType of types) {
        const artifact = makeArtifact({
          artifactType,
          subject: image,
          documents: [document],
          annotations: { by: "us" },
        });
        await writeLayout(artifact, at(`artifact${index}`), { tag: "1" });
        for (let times = artifactType === types[0] ? 2 : 1; times > 0; times--) {
          await run("copy", "--all", `oci:${at(`artifact${index}`)}:1`, `docker://${name("team/app:sbom")}`);
        }
      }
      const all = JSON.parse((await run("referrers", name("team/app:1"), "--format", "json")).stdout);
      assert.equal(all.via, "tag");
      assert.equal(all.digest, image.digest);
      assert.deepEqual(
        all.referrers.map((each: Descriptor) => [each.artifactType, each.annotations]),
        types.map((type) => [type, { by: "us" }]),
      );
      const one = await run("referrers", name("team/app:1"), "--artifact-type", types[1] ?? "");
      assert.match(one.stdout, /^sha256:[0-9a-f]{64} {2}application\/example\.signature/);
      const [, signature] = all.referrers;
      await run("rm", `docker://${name("team/app")}@${signature.digest}`);
      const left = JSON.parse((await run("referrers", name("team/app:1"), "--format", "json")).stdout);
      assert.deepEqual(
        left.referrers.map((each: Descriptor) => each.artifactType),
        types.slice(0, 1),
      );
    });

    test("runs in docker and podman what was pushed", { skip: unlessEngine() || unlessPodman() }, async () => {
      await run("push", name("team/app:1"), "-q");
      const engine = await Engine.start();
      const podman = new Podman();
      try {
        if (login) await engine.mustDocker("login", "-u", USER, "-p", PASSWORD, setup.registry.host);
        await engine.mustDocker("pull", "-q", name("team/app:1"));
        const ran = await engine.mustDocker("run", "--rm", "--network", "none", name("team/app:1"));
        assert.equal(ran.trim(), "it runs");
        await engine.mustDocker("tag", name("team/app:1"), name("by/docker:1"));
        const said = await engine.mustDocker("push", name("by/docker:1"));
        const digest = /digest: (sha256:[0-9a-f]{64})/.exec(said)?.[1];
        assert.equal(await digestOfRun("pull", name("by/docker:1")), digest);
        const creds = login ? ["--creds", `${USER}:${PASSWORD}`] : [];
        await podman.must("pull", "-q", "--tls-verify=false", ...creds, name("team/app:1"));
        assert.equal((await podman.run(name("team/app:1"))).trim(), "it runs");
      } finally {
        await podman.remove();
        await engine.stop();
      }
    });

    if (login) {
      test("is not let into without a login, and says how to sign in", async () => {
        const env = { ...environment("three"), DOCKER_CONFIG: at("nobody") };
        const refused = await distill(["pull", name("team/app:1")], { env });
        assert.equal(refused.status, 4);
        assert.match(refused.stderr, /code: UNAUTHORIZED/);
        assert.match(refused.stderr, new RegExp(`distill login ${setup.registry.host}`));
        assert.ok(!refused.stderr.includes(PASSWORD));
      });

      test("has a certificate that nobody vouches for, unless told that this does not matter", async () => {
        const env = { ...environment("three"), NODE_EXTRA_CA_CERTS: undefined };
        const refused = await distill(["pull", name("team/app:1")], { env });
        assert.equal(refused.status, 4);
        assert.match(refused.stderr, /certificate/);
        if (title.includes("tokens")) return;
        await run("push", name("team/app:1"), "-q");
        await mustDistill(["pull", "--tls-verify=false", name("team/app:1")], { env });
      });
    }
  });
}

describe("composed images", { skip: unlessRegistry("skopeo") }, () => {
  const kitchen = new Kitchen();
  let registry: Registry;
  const name = (rest: string): string => `${registry.host}/${rest}`;
  const run = (...args: readonly string[]): Promise<CliRun> => mustDistill(args, { env: kitchen.environment });

  before(async () => {
    registry = await Registry.start();
  });
  after(async () => {
    await kitchen.close();
    await registry.stop();
  });

  test("go to a registry as an index, and come back by platform", async () => {
    const platforms = ["linux/amd64", "linux/arm64"];
    const composed = await run(
      "compose",
      "static",
      "--platform",
      platforms.join(","),
      "-t",
      name("static:1"),
      "--push",
    );
    const index = composed.stdout.trim();
    assert.equal((await run("digest", name("static:1"))).stdout.trim(), index);
    const raw = (await must("skopeo", "inspect", "--raw", "--tls-verify=false", `docker://${name("static:1")}`)).trim();
    assert.equal(digestOf(raw), index);
    const { manifests } = JSON.parse(raw) as { manifests: Descriptor[] };
    for (const [position, platform] of platforms.entries()) {
      const env = { DISTILL_HOME: at(`pulled-${position}`) };
      const pulled = await mustDistill(["pull", "--platform", platform, name("static:1")], { env });
      assert.equal(pulled.stdout.trim(), manifests[position]?.digest);
      const [listed] = JSON.parse((await mustDistill(["images", "--format", "json"], { env })).stdout);
      assert.deepEqual(
        listed.platforms.map((each: { platform: string }) => each.platform),
        [platform],
      );
    }
    const env = { DISTILL_HOME: at("pulled-all") };
    const all = await mustDistill(["pull", "--all", name("static:1")], { env });
    assert.equal(all.stdout.trim(), index);
  });

  test("that stand on one that lies there send only what is new", async () => {
    await run("compose", "base", "-t", name("bases/base:1"), "--push");
    const python = await run("compose", "python3", "-t", name("apps/python:1"), "--push", "--progress", "plain");
    const mounted = python.stderr.match(/mounted from bases\/base/g) ?? [];
    assert.equal(mounted.length, 3);
    const pushes = new Set(Array.from(python.stderr.matchAll(/^#(\d+) Pushing/gm), ([, task]) => task));
    const done = Array.from(python.stderr.matchAll(/^#(\d+) DONE/gm), ([, task]) => task);
    assert.equal(done.filter((task) => pushes.has(task)).length, 2);
  });
});

/** As docker login keeps it where no helper does. */
function loginOf(host: string): object {
  return { auths: { [host]: { auth: Buffer.from(`${USER}:${PASSWORD}`).toString("base64") } } };
}

async function must(file: string, ...args: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await runProgram(file, args, { timeout: 60_000 });
  if (status !== 0) throw new Error(`${file} ${args.join(" ")} ended with ${status}:\n${stdout}${stderr}`);
  return stdout;
}
