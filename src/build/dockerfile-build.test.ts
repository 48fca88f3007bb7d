import assert from "node:assert/strict";
import { mkdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { temporaryDirectory } from "../../test/support/directories.ts";
import { treeOf } from "../../test/support/root-trees.ts";
import { parseDockerfile } from "../dockerfile/dockerfile.ts";
import { planDockerfile } from "../dockerfile/graph/plan-dockerfile.ts";
import type { ContainerConfig } from "../image/config.ts";
import type { Digest } from "../lib/digest.ts";
import { isDistillError } from "../lib/errors.ts";
import { type ProgressEvent, progressTo } from "../lib/progress.ts";
import { wholeTree } from "../rootfs/diff.ts";
import { writeLayer } from "../rootfs/layer-writer.ts";
import { Store } from "../store/store.ts";
import { type BuiltImage, build } from "./build.ts";
import { recallRecord } from "./build-record.ts";
import { ContextFiles } from "./context/context-files.ts";
import { FileDigests } from "./context/file-digests.ts";

const PLATFORM = { os: "linux", architecture: "amd64" } as const;
const CONFIG: ContainerConfig = { Env: ["PATH=/bin"] };

/** A store with an image called base, and a context. */
class Workshop {
  readonly directory: string;
  readonly store: Store;
  #packed: Digest | undefined;

  constructor(t: TestContext, files: Readonly<Record<string, string>>) {
    const root = temporaryDirectory(t);
    this.directory = join(root, "context");
    mkdirSync(this.directory);
    this.store = Store.open(join(root, "store"));
    t.after(() => this.store.close());
    for (const [path, text] of Object.entries(files)) this.write(path, text);
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.directory, path)), { recursive: true });
    writeFileSync(join(this.directory, path), text);
    // Long ago: what was just written is read again by every build.
    utimesSync(join(this.directory, path), 1, 1);
  }

  async build(dockerfile: string, withoutCache?: "all" | ReadonlySet<string>): Promise<Built> {
    const said: string[] = [];
    const titles = new Map<number, string>();
    const progress = progressTo((event: ProgressEvent) => {
      if (event.kind === "start") titles.set(event.task, event.title);
      if (event.kind === "end") said.push(`${event.outcome} ${titles.get(event.task)}`);
    });
    await using lease = this.store.lease("test");
    const base = await this.#base();
    const request = {
      ...{ directory: ".", target: undefined, arguments: new Map(), contexts: new Map() },
      ...{ platform: PLATFORM, buildPlatform: PLATFORM },
    };
    const plan = await planDockerfile(parseDockerfile(dockerfile, "Dockerfile"), request, {
      resolve: async () => ({ author: undefined, config: CONFIG, history: [{ created_by: "base" }] }),
    });
    const files = ContextFiles.open(this.directory, {
      ...{ rules: undefined, without: new Set(), keepTimes: false, digests: FileDigests.open(undefined) },
      onSocket: () => {},
    });
    try {
      const built = await build(plan, {
        ...{ store: this.store, lease, context: undefined, timestamp: 0, progress, signal: undefined },
        ...(withoutCache === undefined ? {} : { withoutCache }),
        packing: "later",
        composeBase: () => Promise.reject(new Error("nothing is composed")),
        image: async () => ({
          layers: [{ diffID: base, createdBy: "base" }],
          ...{ config: CONFIG, history: [{ created_by: "base" }], files: 1 },
        }),
        files: async () => ({ id: undefined, what: "the build context", tree: async () => files.tree }),
        excerpt: () => "  (the line)",
      });
      return { built, said: said.filter((line) => !line.includes(" FROM ")) };
    } finally {
      files.close();
    }
  }

  /** Leaves a layer in its packed form only. */
  async pack(diffID: Digest): Promise<void> {
    await using lease = this.store.lease("pack");
    const packed = await this.store.layer(diffID).compressed();
    lease.hold(packed.descriptor.digest);
    this.#packed = diffID;
    rmSync(this.store.blobPath(diffID));
  }

  async #base(): Promise<Digest> {
    if (this.#packed !== undefined) return this.#packed;
    await using lease = this.store.lease("base");
    const tree = treeOf({ "etc/passwd": "root:x:0:0:\napp:x:7:8:\n" });
    const { diffID } = await this.store.writeLayer(lease, writeLayer(wholeTree(tree), { timestamp: 0 }));
    this.store.rememberStep("base", 1, [diffID]);
    return diffID;
  }
}

interface Built {
  readonly built: BuiltImage;
  /** How the steps ended. */
  readonly said: readonly string[];
}

const layersOf = ({ built }: Built): readonly string[] => built.image.layers.map(({ diffID }) => diffID);

test("a step is found by what is copied and where, not by names of stages, other files or times", async (t) => {
  const shop = new Workshop(t, { "src/a": "1", "src/b": "2", other: "x" });
  const first = await shop.build("FROM base AS one\nCOPY src /s\nFROM base\nCOPY --from=one /s /app\n");
  shop.write("other", "changed");
  utimesSync(join(shop.directory, "src/a"), 5, 5);
  const second = await shop.build("FROM base AS two\nCOPY ./src/ /s\nFROM base\nCOPY --from=two /s /app\n");
  assert.deepEqual(second.said, ["cached [stage-1 2/2] COPY /s /app", "cached [two 2/2] COPY ./src/ /s"]);
  assert.deepEqual(layersOf(second), layersOf(first));
});

test("another stage with the same files makes nothing again", async (t) => {
  const shop = new Workshop(t, { a: "1", b: "2" });
  await shop.build("FROM scratch AS one\nCOPY a b /s/\nFROM base\nCOPY --from=one /s/a /x\n");
  const { said } = await shop.build(
    "FROM scratch AS one\nCOPY b /s/\nCOPY a /t/\nFROM base\nCOPY --from=one /t/a /x\n",
  );
  assert.ok(said.includes("cached [stage-1 2/2] COPY /t/a /x"), said.join("\n"));
});

test("a change does its own step and those above it again, and no other; a linked layer depends on nothing below", async (t) => {
  const shop = new Workshop(t, { a: "1", b: "2", c: "3" });
  const file = "FROM base\nCOPY a /a\nCOPY b /b\nCOPY --link c /c\n";
  const first = await shop.build(file);
  shop.write("b", "changed");
  const second = await shop.build(file);
  assert.deepEqual(second.said, ["cached [2/4] COPY a /a", "done [3/4] COPY b /b", "cached [4/4] COPY c /c"]);
  assert.equal(layersOf(second)[3], layersOf(first)[3]);
});

test("--no-cache does the steps of all stages again, or of those that are named", async (t) => {
  const shop = new Workshop(t, { a: "1" });
  const file = "FROM base AS one\nCOPY a /a\nFROM one AS two\nCOPY a /b\n";
  const first = await shop.build(file);
  const named = await shop.build(file, new Set(["two"]));
  assert.deepEqual(named.said, ["cached [one 2/2] COPY a /a", "done [two 2/2] COPY a /b"]);
  const all = await shop.build(file, "all");
  assert.deepEqual(all.said, ["done [one 2/2] COPY a /a", "done [two 2/2] COPY a /b"]);
  for (const again of [named, all]) assert.deepEqual(layersOf(again), layersOf(first));
});

test("a build of which everything was done before reads no layer", async (t) => {
  const shop = new Workshop(t, { a: "1", passwd: "app:x:9:9:\n" });
  const file =
    "FROM base AS one\nCOPY a /s/a\nFROM base\nCOPY --chown=app --from=one /s /app\nCOPY --from=base /etc/passwd /x\n";
  const first = await shop.build(file);
  // What is damaged now would be noticed by whoever reads it.
  for (const diffID of layersOf(first)) {
    const path = shop.store.blobPath(diffID as Digest);
    const size = shop.store.blob(diffID as Digest)?.size ?? 0;
    rmSync(path);
    writeFileSync(path, Buffer.alloc(size, 255));
  }
  const second = await shop.build(file);
  assert.ok(
    second.said.every((line) => line.startsWith("cached")),
    second.said.join("\n"),
  );
  assert.deepEqual(layersOf(second), layersOf(first));
});

test("a file that is replaced by the same one is in one layer, whoever holds its bytes", async (t) => {
  const shop = new Workshop(t, { a: "1", b: "2" });
  const { built } = await shop.build("FROM scratch\nCOPY a /x/a\nCOPY a b /x/\nCOPY a /x/a\n");
  const sizes = built.image.layers.map((layer) => layer.uncompressedSize);
  // The second layer holds the directory and b; the last one nothing.
  assert.equal(sizes[2], 1024);
  assert.equal(built.files, 2);
});

test("the record of an image says which step each layer is of, and where its files came from", async (t) => {
  const shop = new Workshop(t, { "src/a": "1", b: "2" });
  const { built } = await shop.build(
    "FROM scratch AS files\nWORKDIR /w\nCOPY src .\nFROM base\nCOPY --from=files /w/a /app/\nCOPY b <<here /etc/\ntext\nhere\n",
  );
  const record = recallRecord(shop.store, built.image.configDigest) ?? assert.fail("no record");
  assert.deepEqual(
    record.map(({ step, moves }) => ({ line: step?.line, stage: step?.stage, moves })),
    [
      { line: undefined, stage: undefined, moves: undefined },
      { line: 5, stage: "1", moves: [{ from: "/w/a", origin: "stage files", to: "/app/a" }] },
      {
        line: 6,
        stage: "1",
        moves: [
          { from: "/b", origin: "context", to: "/etc/b" },
          { from: "/here", origin: "the Dockerfile", to: "/etc/here" },
        ],
      },
    ],
  );
});

test("a failure of any stage is told with its place, and ends the others", async (t) => {
  const shop = new Workshop(t, { a: "1" });
  const failing = "FROM scratch AS one\nCOPY missing /x\nFROM base\nCOPY a /a\nCOPY --from=one /x /y\n";
  await assert.rejects(shop.build(failing), (error) => {
    assert.ok(isDistillError(error, "NO_SUCH_PATH"));
    assert.match(error.message, /^Dockerfile:2: \/missing is not in the build context\n {2}\(the line\)$/);
    return true;
  });
});

test("a base that came packed is looked at without being unpacked, until bytes of it are needed", async (t) => {
  const shop = new Workshop(t, { a: "1" });
  const first = await shop.build("FROM base\nCOPY a /etc/a\n");
  const base = layersOf(first)[0] as Digest;
  await shop.pack(base);
  assert.equal(shop.store.blob(base), undefined);
  const second = await shop.build("FROM base\nCOPY a /etc/b\nCOPY --chown=7 a /etc/passwd\n");
  assert.equal(shop.store.blob(base), undefined);
  assert.equal(second.built.files, 2);
  const third = await shop.build("FROM base\nCOPY --chown=app a /etc/c\n");
  assert.notEqual(shop.store.blob(base), undefined);
  assert.equal(third.built.image.layers.length, 2);
});
