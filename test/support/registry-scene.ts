import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { RegistryAccess } from "../../src/app/registry-access.ts";
import type { Descriptor } from "../../src/image/descriptor.ts";
import { encodeManifest } from "../../src/image/manifest.ts";
import { MediaType } from "../../src/image/media-types.ts";
import { type Digest, digestOf, hexOf } from "../../src/lib/digest.ts";
import type { HttpPolicy } from "../../src/lib/http/retry.ts";
import { silentProgress } from "../../src/lib/progress.ts";
import { type Authorization, type ClientOptions, RegistryClient } from "../../src/registry/client.ts";
import type { Remote } from "../../src/registry/remote.ts";
import { Store } from "../../src/store/store.ts";
import { MemoryBlobs } from "./contents.ts";
import { temporaryDirectory } from "./directories.ts";
import { layerTar } from "./images.ts";

/** Waits that a test can wait for. */
export const IMPATIENT: HttpPolicy = {
  ...{ attempts: 3, firstDelay: 1, maxDelay: 5, maxRetryAfter: 1500, connectTimeout: 5000 },
  ...{ headersTimeout: 800, workTimeout: 800, idleTimeout: 800, slowest: 1024 },
};

export const IMPATIENT_ACCESS: RegistryAccess = {
  ...{ progress: silentProgress, signal: undefined, policy: IMPATIENT },
};

export const LOGIN = { user: "somebody", password: "pa55word-of-the-test" };

/** Shows nothing and learns nothing. */
export const ANONYMOUS: Authorization = { header: () => undefined, challenged: async () => false };

/** A client for the repository `app` of a registry at this host. */
export function clientFor(
  host: string,
  options: Partial<ClientOptions> & { readonly remote?: Partial<Remote> } = {},
): RegistryClient {
  const { remote, ...more } = options;
  const own = {
    registry: host,
    host,
    path: "app",
    credentialKey: host,
    tls: undefined,
    mayBePlain: true,
    mirror: false,
  };
  return new RegistryClient(
    { ...own, ...remote },
    { authorization: ANONYMOUS, signal: undefined, policy: IMPATIENT, ...more },
  );
}

/** Sets environment variables until the test has ended. */
export function setEnvironment(t: TestContext, values: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(values)) {
    const before = process.env[name];
    process.env[name] = value;
    t.after(() => {
      if (before === undefined) delete process.env[name];
      else process.env[name] = before;
    });
  }
}

/** A home of the test's own, with logins for these registries. */
export function homeWithLogins(t: TestContext, ...hosts: readonly string[]): string {
  const directory = temporaryDirectory(t);
  const auth = Buffer.from(`${LOGIN.user}:${LOGIN.password}`).toString("base64");
  mkdirSync(join(directory, "docker"));
  const auths = Object.fromEntries(hosts.map((host) => [host, { auth }]));
  writeFileSync(join(directory, "docker/config.json"), JSON.stringify({ auths }));
  setEnvironment(t, {
    ...{ HOME: directory, XDG_RUNTIME_DIR: directory, XDG_CONFIG_HOME: directory },
    ...{ DISTILL_HOME: join(directory, "home"), DOCKER_CONFIG: join(directory, "docker") },
  });
  return directory;
}

/** An image with layers of these sizes, uncompressed, in memory. */
export class SizedImage {
  readonly blobs = new MemoryBlobs();
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly root: Descriptor;

  constructor(seed: number, ...sizes: readonly number[]) {
    const tars = sizes.map((size, index) => layerTar(seed * 10 + index, size));
    this.layers = tars.map((tar) => this.blobs.add(MediaType.ociLayer, tar));
    this.config = this.blobs.add(MediaType.ociConfig, configOf(tars.map(digestOf)));
    this.root = addManifest(this.blobs, this.config, this.layers);
  }

  get content() {
    return this.blobs.content(this.root);
  }
}

export function configOf(diffIDs: readonly string[]): Buffer {
  const rootfs = { type: "layers", diff_ids: diffIDs };
  return Buffer.from(JSON.stringify({ architecture: "amd64", os: "linux", config: {}, rootfs }));
}

export function addManifest(blobs: MemoryBlobs, config: Descriptor, layers: readonly Descriptor[]): Descriptor {
  const mediaType = MediaType.ociManifest;
  return blobs.add(mediaType, encodeManifest({ mediaType, config, layers }));
}

/** What is in the store of DISTILL_HOME: the digests that have names, and what is wrong, a line each. */
export async function judgeStore(): Promise<{
  readonly named: readonly Digest[];
  readonly problems: readonly string[];
}> {
  const root = join(process.env.DISTILL_HOME ?? "", "store");
  // Most lies come to light before there is a store.
  if (!existsSync(root)) return { named: [], problems: [] };
  await using store = Store.open(root);
  const folder = join(root, "blobs/sha256");
  // Every file counts, recorded or not.
  const wrong = readdirSync(folder).filter((hex) => hexOf(digestOf(readFileSync(join(folder, hex)))) !== hex);
  const found = await store.verify();
  return {
    named: store.images().map(({ manifestDigest }) => manifestDigest),
    problems: [...found.map(({ problem }) => problem), ...wrong.map((hex) => `${hex} has other content`)],
  };
}
