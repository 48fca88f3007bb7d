import { applyCaptured, capture } from "../build/run/captured.ts";
import { networkFiles } from "../build/run/network-files.ts";
import { ProgramLog } from "../build/run/program-log.ts";
import type { RootJob, RootRunner } from "../compose/system/root-runner.ts";
import { formatPlatform, hostPlatform, type Platform, samePlatform } from "../image/platform.ts";
import { DistillError } from "../lib/errors.ts";
import { BackingFile, readContent } from "../rootfs/content.ts";
import { wholeTree } from "../rootfs/diff.ts";
import { ROOT, type RootPath } from "../rootfs/path.ts";
import { findTargets } from "../sandbox/root/targets.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import type { Lease } from "../store/leases.ts";
import type { Store } from "../store/store.ts";

/** A name for the machine that is the same on all. */
const HOSTNAME = "localhost";

const ROOT_USER = { uid: 0, gid: 0, groups: [] };

export interface SandboxRunnerOptions {
  readonly store: Store;
  readonly lease: Lease;
  readonly signal: AbortSignal | undefined;
  /** Opened when something is to run. */
  readonly sandbox: () => Promise<Sandbox>;
}

/** Runs maintainer scripts in the sandbox of RUN. What it gives is readable until it is disposed of. */
export class SandboxRunner implements RootRunner, AsyncDisposable {
  readonly #options: SandboxRunnerOptions;
  readonly #opened: BackingFile[] = [];

  constructor(options: SandboxRunnerOptions) {
    this.#options = options;
  }

  readonly check: RootRunner["check"] = async (platform) => {
    const host = hostPlatform();
    if (!samePlatform(platform, host)) throw otherPlatform(platform, host);
    const { mapping } = await this.#options.sandbox();
    if (mapping.kind !== "single") return;
    throw new DistillError("ENVIRONMENT", "a Debian's files belong to several users, and you have only one here", {
      hint: "apt install uidmap, and lines for you in /etc/subuid and /etc/subgid",
    });
  };

  readonly run: RootRunner["run"] = async (tree, job, task) => {
    const { store, lease, signal } = this.#options;
    const sandbox = await this.#options.sandbox();
    const [lower, upper] = [store.draftSnapshot(lease), store.draftSnapshot(lease)];
    await sandbox.files.unpack(wholeTree(tree), lower, signal);
    const standing = networkFiles(HOSTNAME, "none");
    const { targets, stubs } = findTargets(tree, standing);
    const sources = await Promise.all(standing.map((each) => each.open()));
    const log = new ProgramLog(task, []);
    const status = await sandbox.run(
      {
        ...{ lowers: [lower.directory], upper, environment: job.environment, directory: ROOT, signal, stubs },
        ...{ user: ROOT_USER, hostname: HOSTNAME, network: "none" },
        arguments: ["/bin/sh", "-c", job.script],
        mounts: sources.map((source, index) => ({ ...source, target: targets[index] as RootPath })),
        onOutput: (chunk, stream) => log.add(chunk, stream),
      },
      lease,
    );
    log.end();
    if (status !== 0) throw failed(job, status, log);
    const paths = stubs.map(({ path }) => path);
    const { archive, digests } = await capture(lease, sandbox.files.pack(upper, signal));
    const options = { owner: job.owner, stubs: paths, keepsOwners: false };
    return (await applyCaptured(tree, { archive: this.#open(archive), digests: await this.#bytes(digests) }, options))
      .tree;
  };

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#opened.map((file) => file.close()));
  }

  #open(digest: Parameters<Store["blobPath"]>[0]): BackingFile {
    const file = new BackingFile(this.#options.store.blobPath(digest), undefined, digest);
    this.#opened.push(file);
    return file;
  }

  async #bytes(digest: Parameters<Store["blobPath"]>[0]): Promise<Uint8Array> {
    const size = this.#options.store.blob(digest)?.size ?? 0;
    return readContent(this.#open(digest).range(0, size), size);
  }
}

function otherPlatform(platform: Platform, host: Platform): DistillError {
  const [wanted, own] = [platform, host].map(formatPlatform);
  return new DistillError(
    "ENVIRONMENT",
    `a Debian for ${wanted} cannot be composed here: its maintainer scripts have to run, and this machine is ${own}`,
    { hint: `build it on a machine of ${wanted}, or have the image pulled: --compose=PATTERN names what is composed` },
  );
}

function failed({ what }: RootJob, status: number, log: ProgramLog): DistillError {
  return new DistillError("RUN_FAILED", `${what} ended with status ${status}`, { log: log.text() });
}
