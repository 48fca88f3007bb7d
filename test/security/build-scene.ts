import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { buildDirectory } from "../../src/app/build-directory.ts";
import { withWorkspace } from "../../src/app/workspace.ts";
import type { TarHeader } from "../../src/formats/tar/header.ts";
import { readTar } from "../../src/formats/tar/reader.ts";
import type { Image } from "../../src/image/image.ts";
import { MediaType } from "../../src/image/media-types.ts";
import { digestOf } from "../../src/lib/digest.ts";
import { type ErrorCode, isDistillError } from "../../src/lib/errors.ts";
import { progressTo } from "../../src/lib/progress.ts";
import { collect } from "../support/bytes.ts";
import { cpuTime } from "../support/cpu-time.ts";
import { ownHome } from "../support/home.ts";
import { configOf } from "../support/registry-scene.ts";
import { leftoversIn } from "../support/scene.ts";
import { archiveOf, type Entry } from "../support/tar.ts";

/** What lies outside of every context, and may be in no image. */
export const SECRET = "what nobody may see of this machine";

/** A context and a Dockerfile that mean harm, and what becomes of their build. */
export interface Attack {
  readonly name: string;
  readonly dockerfile: string;
  readonly prepare?: (scene: BuildScene) => void | Promise<void>;
  /** Made without harm, refused, or (where others change the files meanwhile) either. */
  readonly ends: "contained" | readonly ErrorCode[];
  readonly mayEndWell?: boolean;
  /** For the message of the refusal. */
  readonly says?: RegExp;
  /** The refusal has no place in the Dockerfile. */
  readonly unplaced?: boolean;
  /** Looks at what was made: headers by path (without a slash at the end), in all layers. */
  readonly holds?: (entries: ReadonlyMap<string, TarHeader>, scene: BuildScene) => void;
  readonly contexts?: (scene: BuildScene) => readonly string[];
  /** Where it is not a directory of the test's own. */
  readonly context?: string;
  /** The file that is given with -f. */
  readonly file?: (scene: BuildScene) => string;
  /** The hard-linked file is part of the context, and nobody can tell. */
  readonly carriesSecret?: boolean;
  /** How often it is built, from an empty store each time. */
  readonly rounds?: number;
  /** Milliseconds of computing that it may take. */
  readonly milliseconds?: number;
  /** By how many MiB the process may grow. */
  readonly megabytes?: number;
}

/** Directories of a test's own: a context, and a witness beside it of which nothing may be read or changed. */
export class BuildScene {
  readonly root: string;
  readonly context: string;
  readonly witness: string;
  readonly #store: string;
  readonly notes: string[] = [];

  readonly #ends: (() => unknown)[] = [];

  private constructor(root: string, store: string) {
    this.root = root;
    this.context = join(root, "context");
    this.witness = join(root, "witness");
    this.#store = store;
  }

  static open(t: TestContext): BuildScene {
    const { at, store } = ownHome(t);
    const scene = new BuildScene(at("."), store);
    for (const path of [scene.context, join(scene.witness, "sub")]) mkdirSync(path, { recursive: true });
    writeFileSync(join(scene.witness, "secret"), SECRET);
    writeFileSync(join(scene.witness, "sub/secret"), SECRET);
    symlinkSync("sub", join(scene.witness, "link"));
    return scene;
  }

  /** Is called when the build has ended, however it has. */
  atEnd(work: () => unknown): void {
    this.#ends.push(work);
  }

  async end(): Promise<void> {
    for (const work of this.#ends.splice(0)) await work();
  }

  /** Writes a file of the context. */
  write(path: string, content: string | Uint8Array = "content of a file\n"): void {
    mkdirSync(join(this.context, path, ".."), { recursive: true });
    writeFileSync(join(this.context, path), content);
  }

  link(path: string, target: string): void {
    mkdirSync(join(this.context, path, ".."), { recursive: true });
    symlinkSync(target, join(this.context, path));
  }

  /** An image with these layers as `--build-context` names it. */
  async image(
    name: string,
    layers: readonly (readonly Entry[])[],
    config?: (diffIDs: readonly string[]) => Buffer,
  ): Promise<void> {
    const layout = join(this.root, name);
    const add = (mediaType: string, bytes: Uint8Array): object => {
      const digest = digestOf(bytes);
      mkdirSync(join(layout, "blobs/sha256"), { recursive: true });
      writeFileSync(join(layout, "blobs", digest.replace(":", "/")), bytes);
      return { mediaType, digest, size: bytes.length };
    };
    const tars = layers.map(archiveOf);
    const manifest = {
      ...{ schemaVersion: 2, mediaType: MediaType.ociManifest },
      config: add(MediaType.ociConfig, (config ?? configOf)(tars.map(digestOf))),
      layers: tars.map((tar) => add(MediaType.ociLayer, tar)),
    };
    const manifests = [add(MediaType.ociManifest, Buffer.from(JSON.stringify(manifest)))];
    writeFileSync(join(layout, "index.json"), JSON.stringify({ schemaVersion: 2, manifests }));
    writeFileSync(join(layout, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  }

  async build(attack: Attack): Promise<ReadonlyMap<string, TarHeader>> {
    const request = {
      ...{ directory: attack.context ?? this.context, file: attack.file?.(this), platform: "linux/amd64" },
      ...{ target: undefined, buildArg: [], buildContext: attack.contexts?.(this) ?? [] },
    };
    const dockerfile = {
      compose: false,
      pull: false,
      noCache: false,
      timestamps: "fixed",
      programs: { secret: [], ssh: [], network: "none", executor: "auto" },
    } as const;
    const progress = progressTo((event) => {
      if (event.kind === "note") this.notes.push(event.text);
    });
    const options = {
      ...{ tags: [], outputs: [], idFile: undefined, compression: "gzip:1", offline: true, refresh: false },
      ...{ lock: { file: undefined, locked: false, update: false }, progress, signal: undefined },
    };
    const { images } = await buildDirectory(request, dockerfile, options);
    const digest = images[0]?.image.manifestDigest ?? assert.fail("nothing was built");
    return withWorkspace(({ store }) => entriesOf(store.image(digest) ?? assert.fail(), attack));
  }

  forgetStore(): void {
    rmSync(this.#store, { recursive: true, force: true });
  }

  /** Everything about the files outside of the context: what they are, when they changed, what is in them. */
  witnessed(): string {
    return witness(this.witness).join("\n");
  }

  /** The store as a failed or finished build must leave it. */
  async judgeStore(): Promise<void> {
    assert.deepEqual(leftoversIn(join(this.#store, "..")), []);
    assert.deepEqual(await withWorkspace(({ store }) => store.verify()), []);
  }
}

/** Runs a build that means harm and judges how it ends. */
export async function judgeAttack(t: TestContext, attack: Attack): Promise<void> {
  const scene = BuildScene.open(t);
  try {
    await judgeScene(attack, scene);
  } finally {
    // Before the directories go: a process that works on them would make them anew.
    await scene.end();
  }
}

async function judgeScene(attack: Attack, scene: BuildScene): Promise<void> {
  if (attack.context === undefined) writeFileSync(join(scene.context, "Dockerfile"), attack.dockerfile);
  else writeFileSync(join(scene.root, "Dockerfile"), attack.dockerfile);
  await attack.prepare?.(scene);
  const before = scene.witnessed();
  const [began, peak] = [cpuTime(), process.resourceUsage().maxRSS];
  for (let round = 0; round < (attack.rounds ?? 1); round++) {
    if (round > 0) scene.forgetStore();
    await judgeBuild(attack, scene);
  }
  const [spent, grown] = [cpuTime() - began, (process.resourceUsage().maxRSS - peak) / 1024];
  assert.equal(scene.witnessed(), before, "something outside of the context was touched");
  assert.ok(spent < (attack.milliseconds ?? 4000), `it took ${Math.round(spent)} ms of computing`);
  assert.ok(grown < (attack.megabytes ?? 400), `the process grew by ${Math.round(grown)} MiB`);
  await scene.judgeStore();
}

async function judgeBuild(attack: Attack, scene: BuildScene): Promise<void> {
  let failure: unknown;
  let entries: ReadonlyMap<string, TarHeader> | undefined;
  try {
    entries = await scene.build(attack);
  } catch (error) {
    failure = error;
  }
  judgeEnd(attack, failure, entries, scene);
}

function judgeEnd(
  { ends, mayEndWell = false, says, unplaced = false, holds }: Attack,
  failure: unknown,
  entries: ReadonlyMap<string, TarHeader> | undefined,
  scene: BuildScene,
): void {
  if (ends === "contained" || (mayEndWell && failure === undefined)) {
    if (failure !== undefined) throw failure;
    assert.ok(entries);
    holds?.(entries, scene);
    return;
  }
  assert.ok(failure !== undefined, `it was built: ${[...(entries?.keys() ?? [])].slice(0, 10)}`);
  if (!isDistillError(failure)) throw failure;
  assert.ok(ends.includes(failure.code), `${failure.code}: ${failure.message}`);
  assert.ok(!`${failure.message} ${failure.hint}`.includes(SECRET), "the secret is in the message");
  assert.match(failure.message, says ?? /./);
  if (!unplaced) {
    assert.match(failure.message, /Dockerfile:\d+/);
    assert.match(failure.message, /^ *\d+ \| /m, failure.message);
  }
  const { length } = `${failure.message}${failure.hint ?? ""}`;
  assert.ok(length < 6000, `a message of ${length} characters`);
}

/** Headers of all layers by path; none of their bytes may be the secret, and no path may lead out. */
async function entriesOf(image: Image, { carriesSecret = false }: Attack): Promise<ReadonlyMap<string, TarHeader>> {
  const entries = new Map<string, TarHeader>();
  for (const layer of image.layers) {
    for await (const { header, body } of readTar(layer.uncompressed())) {
      const bytes = await collect(body);
      assert.ok(carriesSecret || !bytes.includes(SECRET), `the secret is in ${header.path}`);
      assert.doesNotMatch(header.path, /^\/|(?:^|\/)\.\.(?:\/|$)/);
      entries.set(header.path.replace(/\/$/, ""), header);
    }
  }
  return entries;
}

function witness(path: string): readonly string[] {
  const { mode, ino, size, mtimeMs, ctimeMs, nlink } = lstatSync(path);
  const line = [path, mode, ino, size, mtimeMs, ctimeMs, nlink].join(" ");
  const stats = lstatSync(path);
  if (stats.isSymbolicLink()) return [`${line} ${readlinkSync(path)}`];
  if (stats.isDirectory())
    return [
      line,
      ...readdirSync(path)
        .toSorted()
        .flatMap((name) => witness(join(path, name))),
    ];
  return [`${line} ${createHash("sha256").update(readFileSync(path)).digest("hex")}`];
}
