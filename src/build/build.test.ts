import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { collect } from "../../test/support/bytes.ts";
import { composeStep } from "../../test/support/compose-step.ts";
import { temporaryDirectory } from "../../test/support/directories.ts";
import { elfImage } from "../../test/support/elf-image.ts";
import { symlinkNode, treeOf } from "../../test/support/root-trees.ts";
import { readTar } from "../formats/tar/reader.ts";
import type { ContainerConfig } from "../image/config.ts";
import { isDistillError } from "../lib/errors.ts";
import { type ProgressEvent, progressTo } from "../lib/progress.ts";
import type { CopyStep, Plan, Step } from "../plan/plan.ts";
import { wholeTree } from "../rootfs/diff.ts";
import { writeLayer } from "../rootfs/layer-writer.ts";
import { Store } from "../store/store.ts";
import { type BuiltImage, build } from "./build.ts";
import { BuildContext } from "./context/build-context.ts";

const CONFIG: ContainerConfig = {
  User: "65532",
  Env: ["PATH=/usr/bin"],
  Entrypoint: ["/usr/bin/python3"],
  Cmd: ["-i"],
};

const COMPOSE: Step = composeStep({ text: "compose base trixie", base: "base" });

function copy(from: string, to: string, values: Partial<CopyStep> = {}): CopyStep {
  const text = `copy ${from} ${to}`;
  return { kind: "copy", text, sources: [from], destination: to, owner: undefined, mode: undefined, ...values };
}

function planOf(...steps: readonly Step[]): Plan {
  return {
    source: "distill.yaml",
    directory: ".",
    platform: { os: "linux", architecture: "amd64" },
    stages: [{ name: "image", steps }],
  };
}

/** A store, and a context with app/main.py. */
function workshop(t: TestContext) {
  const root = temporaryDirectory(t);
  const directory = join(root, "context");
  mkdirSync(join(directory, "app"), { recursive: true });
  writeFileSync(join(directory, "app/main.py"), "print(1)\n");
  const store = Store.open(join(root, "store"));
  t.after(() => store.close());
  return { directory, store, root };
}

interface Run {
  readonly built: BuiltImage;
  /** Titles with how they ended, and notes. */
  readonly said: readonly string[];
}

async function run(
  { directory, store }: { directory: string; store: Store },
  plan: Plan,
  options: { readonly timestamp?: number; readonly signal?: AbortSignal } = {},
): Promise<Run> {
  const { timestamp = 0, signal } = options;
  const said: string[] = [];
  const titles = new Map<number, string>();
  const progress = progressTo((event: ProgressEvent) => {
    if (event.kind === "start") titles.set(event.task, event.title);
    // Every build ends with packing; what differs is what its steps did.
    const title = event.kind === "end" ? titles.get(event.task) : undefined;
    if (event.kind === "end" && title !== "Packing layers") said.push(`${event.outcome} ${title}`);
    if (event.kind === "note") said.push(`${event.level} ${event.text}`);
  });
  const context = BuildContext.open(directory);
  await using lease = store.lease("test");
  try {
    const composeBase = async () => {
      const libc = elfImage({ soname: "libc.so.6" });
      const base = treeOf({
        "etc/passwd": "root:x:0:0:\napp:x:1000:100:\n",
        "usr/lib/x86_64-linux-gnu/libc.so.6": libc,
        lib: symlinkNode("usr/lib"),
      });
      const { diffID } = await store.writeLayer(lease, writeLayer(wholeTree(base), { timestamp }));
      return { layers: [{ diffID, createdBy: "distill compose base" }], config: CONFIG, files: 3 };
    };
    const built = await build(plan, { store, lease, context, timestamp, progress, signal, composeBase });
    return { built, said };
  } finally {
    context.close();
  }
}

async function headersOf(built: BuiltImage, layer: number) {
  const headers = [];
  for await (const { header, body } of readTar(built.image.layers[layer]?.uncompressed() ?? assert.fail())) {
    await collect(body);
    headers.push(header);
  }
  return headers;
}

test("the steps become layers, history and config", async (t) => {
  const configure: Step = {
    kind: "meta",
    text: "configure",
    entrypoint: ["/app/run"],
    env: { A: "b" },
    workdir: "/app",
  };
  const { built, said } = await run(workshop(t), planOf(COMPOSE, copy("app", "/app"), configure));
  const { image, files } = built;
  assert.deepEqual(image.config().history, [
    { created: "1970-01-01T00:00:00Z", created_by: "distill compose base" },
    { created: "1970-01-01T00:00:00Z", created_by: "distill copy app /app" },
    { created: "1970-01-01T00:00:00Z", created_by: "distill configure", empty_layer: true },
  ]);
  assert.deepEqual(image.config().config, {
    User: "65532",
    Env: ["PATH=/usr/bin", "A=b"],
    Entrypoint: ["/app/run"],
    WorkingDir: "/app",
  });
  assert.deepEqual([image.config().os, image.config().architecture], ["linux", "amd64"]);
  assert.deepEqual([image.layers.length, files], [2, 4]);
  assert.deepEqual(said, ["done copy app /app"]);
  const headers = await headersOf(built, 1);
  assert.deepEqual(
    headers.map(({ path, mode, uid, gid, mtime }) => [path, mode, uid, gid, mtime]),
    [
      ["app/", 0o755, 0, 0, 0],
      ["app/main.py", 0o644, 0, 0, 0],
    ],
  );
});

test("a copy that was done before is taken from the store, whatever the files' times and owners", async (t) => {
  const shop = workshop(t);
  const plan = planOf(COMPOSE, copy("app", "/app", { owner: "app" }), copy("app/main.py", "/etc/x"));
  const first = await run(shop, plan);
  utimesSync(join(shop.directory, "app/main.py"), 5, 5);
  chmodSync(join(shop.directory, "app/main.py"), 0o600);
  const second = await run(shop, plan);
  assert.deepEqual(first.said, ["done copy app /app", "done copy app/main.py /etc/x"]);
  assert.deepEqual(second.said, ["cached copy app /app", "cached copy app/main.py /etc/x"]);
  assert.equal(second.built.image.manifestDigest, first.built.image.manifestDigest);
  assert.equal(second.built.files, first.built.files);
});

test("a change does its copy and those above it again, and no other", async (t) => {
  const shop = workshop(t);
  writeFileSync(join(shop.directory, "config"), "1");
  const plan = planOf(COMPOSE, copy("app", "/app"), copy("config", "/etc/config"), copy("app", "/srv"));
  await run(shop, plan);
  writeFileSync(join(shop.directory, "config"), "2");
  assert.deepEqual((await run(shop, plan)).said, [
    "cached copy app /app",
    "done copy config /etc/config",
    "done copy app /srv",
  ]);
});

test("what a copy depends on is part of its key", async (t) => {
  const shop = workshop(t);
  const variants = [{}, { owner: "1" }, { mode: 0o600 }, { destination: "/other" }] as const;
  const images = new Set<string>();
  for (const values of variants) {
    const { built, said } = await run(shop, planOf(COMPOSE, copy("app", "/app", values)));
    assert.match(said[0] ?? "", /^done/);
    images.add(built.image.configDigest);
  }
  assert.equal(images.size, variants.length);
});

test("the same files give the same image in another directory and another store", async (t) => {
  const plan = planOf(COMPOSE, copy("app", "/app"));
  const digests = [(await run(workshop(t), plan)).built, (await run(workshop(t), plan)).built].map(
    ({ image }) => image.manifestDigest,
  );
  assert.equal(digests[0], digests[1]);
});

test("everything that is made carries SOURCE_DATE_EPOCH", async (t) => {
  const shop = workshop(t);
  const plan = planOf(COMPOSE, copy("app", "/app"));
  const before = await run(shop, plan);
  const { built, said } = await run(shop, plan, { timestamp: 1_700_000_000 });
  assert.deepEqual(said, ["done copy app /app"]);
  assert.notEqual(built.image.configDigest, before.built.image.configDigest);
  assert.equal(built.image.config().created, "2023-11-14T22:13:20Z");
  for (const { mtime } of await headersOf(built, 1)) assert.equal(mtime, 1_700_000_000);
});

test("names of owners are those of the image, also where an earlier copy brought them", async (t) => {
  const shop = workshop(t);
  writeFileSync(join(shop.directory, "passwd"), "root:x:0:0:\nweb:x:33:34:\n");
  const plan = planOf(COMPOSE, copy("passwd", "/etc/passwd"), copy("app", "/app", { owner: "web" }));
  const headers = await headersOf((await run(shop, plan)).built, 2);
  assert.deepEqual(
    headers.map(({ path, uid, gid }) => [path, uid, gid]),
    [
      ["app/", 33, 34],
      ["app/main.py", 33, 34],
    ],
  );
  await assert.rejects(run(shop, planOf(COMPOSE, copy("app", "/app", { owner: "web" }))), /no user called web/);
});

test("a program that lacks a library is an error that names both, also when its layer is in the store", async (t) => {
  const shop = workshop(t);
  writeFileSync(join(shop.directory, "app/tool"), elfImage({ needed: ["libc.so.6", "libpq.so.5"] }));
  for (let round = 0; round < 2; round++) {
    await assert.rejects(run(shop, planOf(COMPOSE, copy("app", "/app"))), (error) => {
      assert.ok(isDistillError(error, "UNRESOLVED_LIBRARY"), String(error));
      assert.equal(error.message, "the image would lack libraries:\n  /app/tool needs libpq.so.5");
      assert.match(error.hint ?? "", /packages:/);
      return true;
    });
  }
  assert.deepEqual(shop.store.images(), []);
});

test("a library may be copied after the program that needs it", async (t) => {
  const shop = workshop(t);
  writeFileSync(join(shop.directory, "app/tool"), elfImage({ needed: ["libc.so.6", "libpq.so.5"] }));
  writeFileSync(join(shop.directory, "libpq.so.5"), elfImage({ soname: "libpq.so.5", needed: ["libc.so.6"] }));
  const plan = planOf(COMPOSE, copy("app", "/app"), copy("libpq.so.5", "/usr/local/lib/"));
  assert.equal((await run(shop, plan)).built.image.layers.length, 3);
});

test("a damaged ELF file is copied as it is", async (t) => {
  const shop = workshop(t);
  const elf = elfImage({ needed: ["libc.so.6"] });
  writeFileSync(join(shop.directory, "app/fixture"), elf.subarray(0, 100));
  const { said } = await run(shop, planOf(COMPOSE, copy("app", "/app")));
  assert.deepEqual(said, ["done copy app /app"]);
});

test("a failed or cancelled build leaves no image, no lease and no partial file", async (t) => {
  const shop = workshop(t);
  const gone = planOf(COMPOSE, copy("gone", "/app"));
  await assert.rejects(run(shop, gone), (error) => isDistillError(error, "NO_SUCH_PATH"));
  const signal = AbortSignal.abort();
  await assert.rejects(run(shop, planOf(COMPOSE, copy("app", "/app")), { signal }), (error) =>
    isDistillError(error, "CANCELLED"),
  );
  assert.deepEqual(shop.store.images(), []);
  assert.deepEqual(await shop.store.verify(), []);
  assert.deepEqual(readdirSync(join(shop.root, "store", "tmp")), []);
});
