import { createCipheriv } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Content } from "../../src/image/content.ts";
import type { Descriptor } from "../../src/image/descriptor.ts";
import { writeLayout } from "../../src/image/layout-sink.ts";
import { MediaType } from "../../src/image/media-types.ts";
import { digestOf } from "../../src/lib/digest.ts";
import { ByteProxy } from "./byte-proxy.ts";
import { type CliRun, distill } from "./cli.ts";
import { MemoryBlobs } from "./contents.ts";
import { LyingRegistry } from "./lying-registry.ts";
import { randomNumbers } from "./random.ts";
import { Registry } from "./registry.ts";
import { addManifest, configOf } from "./registry-scene.ts";

/** What is interrupted, how, and against which registry: Debian's docker-registry, or one that keeps cut chunks. */
export interface Interruption {
  readonly verb: "push" | "pull";
  readonly signal: "SIGINT" | "SIGKILL";
  readonly registry: "real" | "memory";
}

/** Every kind of interruption, in turn. */
export const INTERRUPTIONS: readonly Interruption[] = [
  { verb: "push", signal: "SIGINT", registry: "real" },
  { verb: "push", signal: "SIGKILL", registry: "real" },
  { verb: "push", signal: "SIGKILL", registry: "memory" },
  { verb: "pull", signal: "SIGINT", registry: "real" },
  { verb: "pull", signal: "SIGKILL", registry: "real" },
];

/** What became of one interrupted transfer and the one after it; sizes in bytes. */
export interface Outcome extends Interruption {
  /** Moved by the first, with its last words, and by the second. */
  readonly first: number;
  readonly second: number;
  /** How many the second may move. */
  readonly allowed: number;
  /** The first had ended before it was interrupted. */
  readonly late: boolean;
  readonly problems: readonly string[];
}

export interface TransferFigures {
  readonly seed: number;
  readonly outcomes: Outcome[];
}

const LAYERS = 3;
/** Bytes a second: a fast line, over which a chunk takes as long as it should. */
const RATE = 40e6;
/** Requests and answers beside the blobs, of one run. */
const TALK = 256 << 10;
/**
 * What a pull has asked for and not yet kept when it ends, of each blob: what lies in sockets, the megabyte that is read
 * ahead, and a beginning too short to be kept.
 */
const UNDER_WAY = LAYERS * (3 << 20);

/**
 * Interrupts pushes and pulls of one image at random points, does each again, and counts what passes: the second may move
 * the rest and one chunk. Each round depends on the seed and its number only.
 */
export class TransferSoak {
  readonly figures: TransferFigures;
  readonly size: number;
  readonly #directory: string;
  readonly #content: Content;
  readonly #layers: readonly Descriptor[];

  /** Goes on with what `directory` holds, else begins there; an image of `size` bytes. */
  private constructor(directory: string, seed: number, size: number) {
    const state = join(directory, "transfers.json");
    this.figures = existsSync(state) ? JSON.parse(readFileSync(state, "utf8")) : { seed, outcomes: [] };
    this.#directory = directory;
    const blobs = new MemoryBlobs();
    const tars = Array.from({ length: LAYERS }, (_, index) => incompressible(seed + index, Math.floor(size / LAYERS)));
    this.#layers = tars.map((tar) => blobs.add(MediaType.ociLayer, tar));
    const config = blobs.add(MediaType.ociConfig, configOf(tars.map(digestOf)));
    this.#content = blobs.content(addManifest(blobs, config, this.#layers));
    this.size = this.#layers.reduce((sum, layer) => sum + layer.size, 0);
  }

  static async open(directory: string, seed: number, size: number): Promise<TransferSoak> {
    const soak = new TransferSoak(directory, seed, size);
    rmSync(join(directory, "layout"), { recursive: true, force: true });
    await writeLayout(soak.#content, join(directory, "layout"));
    return soak;
  }

  /** One interruption, and the transfer that goes on behind it. */
  async round(what: Interruption): Promise<Outcome> {
    const round = this.figures.outcomes.length;
    const random = randomNumbers(this.figures.seed * 100_003 + round);
    const registry = what.registry === "real" ? await Registry.start() : await LyingRegistry.start();
    const proxy = await ByteProxy.start(registry.host, RATE);
    const home = join(this.#directory, `home-${round}`);
    mkdirSync(home, { recursive: true });
    try {
      if (what.verb === "pull") await this.#fill(registry);
      const outcome = await this.#interrupted(what, { proxy, home, registry: registry.host, point: random() });
      this.figures.outcomes.push(outcome);
      writeFileSync(join(this.#directory, "transfers.json"), JSON.stringify(this.figures, null, 2));
      return outcome;
    } finally {
      await proxy.close();
      await (registry instanceof Registry ? registry.stop() : registry.close());
      rmSync(home, { recursive: true, force: true });
    }
  }

  /** The figures as one line. */
  describe(): string {
    const { outcomes, seed } = this.figures;
    const timely = outcomes.filter(({ late }) => !late);
    const sum = (pick: (each: Outcome) => number) =>
      Math.round(timely.reduce((all, each) => all + pick(each), 0) / 1e6);
    return [
      `interrupted ${timely.length} (${outcomes.length - timely.length} came too late)`,
      `of ${timely.length * Math.round(this.size / 1e6)} MB the first tries moved ${sum(({ first }) => first)}`,
      `and the second ${sum(({ second }) => second)} of ${sum(({ allowed }) => allowed)} MB allowed`,
      `problems ${outcomes.reduce((count, { problems }) => count + problems.length, 0)}, seed ${seed}`,
    ].join(", ");
  }

  async #interrupted(
    what: Interruption,
    where: { readonly proxy: ByteProxy; readonly home: string; readonly registry: string; readonly point: number },
  ): Promise<Outcome> {
    const { proxy, home } = where;
    const direction = what.verb === "push" ? "up" : "down";
    const args =
      what.verb === "push"
        ? ["copy", `oci:${join(this.#directory, "layout")}`, `docker://${proxy.host}/app:v1`]
        : ["pull", `${proxy.host}/app:v1`];
    const env = { DISTILL_HOME: home, HOME: home };
    const killed = await distill(args, {
      env,
      onStart: (child) => {
        void proxy.passed(direction, Math.floor(where.point * this.size)).then(() => child.kill(what.signal));
      },
    });
    await proxy.idle();
    const first = proxy[direction];
    const problems: string[] = [];
    const late = killed.status === 0;
    if (!late && killed.status !== (what.signal === "SIGINT" ? 130 : 137)) problems.push(told("the first", killed));
    const allowed = await this.#allowed(what, first, where);
    proxy.reset();
    const again = await distill(args, { env });
    const second = proxy[direction];
    if (again.status !== 0) problems.push(told("the second", again));
    if (second > allowed) problems.push(`the second try moved ${second} bytes, ${allowed} are allowed`);
    problems.push(...(await this.#wrong(what, where)));
    return { ...what, first, second, allowed, late, problems };
  }

  /** Bytes that the second try may move. */
  async #allowed(
    { verb, signal, registry }: Interruption,
    first: number,
    { proxy, registry: host }: { readonly proxy: ByteProxy; readonly registry: string },
  ): Promise<number> {
    const rest = Math.max(0, this.size - first);
    if (verb === "pull") return rest + UNDER_WAY + TALK;
    if (signal === "SIGINT" || registry === "memory") return rest + proxy.longestChunk + TALK;
    // docker-registry 2.8 forgets an upload whose chunk is cut: what is not there as a whole is sent again.
    const there = await Promise.all(this.#layers.map((layer) => holds(host, layer)));
    return this.#layers.reduce((sum, { size }, index) => sum + (there[index] === true ? 0 : size), TALK);
  }

  /** What is wrong with what the second try brought. */
  async #wrong(
    { verb }: Interruption,
    { home, registry, proxy }: { readonly home: string; readonly registry: string; readonly proxy: ByteProxy },
  ): Promise<readonly string[]> {
    const { digest } = this.#content.descriptor;
    if (verb === "push") {
      const answer = await fetch(`http://${registry}/v2/app/manifests/v1`, {
        headers: { accept: MediaType.ociManifest },
      });
      const found = digestOf(new Uint8Array(await answer.arrayBuffer()));
      const there = await Promise.all(this.#layers.map((layer) => holds(registry, layer)));
      return found === digest && there.every(Boolean) ? [] : ["the registry does not have the image"];
    }
    const env = { DISTILL_HOME: home, HOME: home };
    const verified = await distill(["verify"], { env });
    const inspected = await distill(["inspect", `${proxy.host}/app:v1`], { env });
    const right = inspected.stdout.includes(digest);
    return [
      ...(verified.status === 0 ? [] : [told("verify", verified)]),
      ...(right ? [] : [told("inspect", inspected)]),
    ];
  }

  async #fill(registry: Registry | LyingRegistry): Promise<void> {
    if (registry instanceof LyingRegistry) return registry.hold("app", "v1", this.#content);
    const home = join(this.#directory, "filler");
    const layout = `oci:${join(this.#directory, "layout")}`;
    const run = await distill(["copy", layout, `docker://${registry.host}/app:v1`], { env: { DISTILL_HOME: home } });
    if (run.status !== 0) throw new Error(told("the push before a pull", run));
  }
}

async function holds(host: string, { digest, size }: Descriptor): Promise<boolean> {
  const answer = await fetch(`http://${host}/v2/app/blobs/${digest}`, { method: "HEAD" });
  return answer.status === 200 && Number(answer.headers.get("content-length")) === size;
}

function told(what: string, { status, stderr }: CliRun): string {
  return `${what} ended with ${status}: ${stderr.trim().split("\n").slice(-6).join(" | ")}`;
}

/** Bytes that depend on the seed only and do not compress. */
function incompressible(seed: number, size: number): Uint8Array {
  const key = Buffer.from(digestOf(`transfer ${seed}`).slice(-64), "hex");
  return createCipheriv("aes-256-ctr", key, Buffer.alloc(16)).update(new Uint8Array(size));
}
