/*
 * Pulls and pushes an image of 150 MB (three gzip layers) and measures it against skopeo.
 *
 *   node bench/registry.ts [--runs 7]
 *
 * Prints markdown. bench/README.md says what each row is. Needs GNU time, skopeo and docker-registry; all over plain http
 * on 127.0.0.1.
 */
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { encodeConfig } from "../src/image/config.ts";
import { writeLayout } from "../src/image/layout-sink.ts";
import { encodeManifest } from "../src/image/manifest.ts";
import { MediaType } from "../src/image/media-types.ts";
import { digestOf } from "../src/lib/digest.ts";
import { MemoryBlobs } from "../test/support/contents.ts";
import { Registry } from "../test/support/registry.ts";
import { archiveOf, file } from "../test/support/tar.ts";
import { type Contender, interleaved } from "./contest.ts";
import { buildProduct } from "./product.ts";
import { machine, ratio, type Series, table } from "./report.ts";

const LAYERS = 3;
/** Bytes of one layer once it is packed, nearly all of what does not pack. */
const PACKED = 50_000_000;
/** Remembers where skopeo has seen a blob, and would mount it. */
const SKOPEO_CACHE = "/var/lib/containers/cache";

const { values } = parseArgs({ options: { runs: { type: "string", default: "7" } } });
const directory = await mkdtemp(join(tmpdir(), "distill-bench-"));
const at = (name: string): string => join(directory, name);
const registry = await Registry.start();
try {
  await writeImage();
  const all = await interleaved(await contenders(), Number(values.runs), directory);
  const [push, theirPush, copy, theirCopy, pull, theirPull] = all as [Series, Series, Series, Series, Series, Series];
  console.log(`${machine()}\n\n${table(all)}\n`);
  const ratios = [ratio(push, theirPush), ratio(copy, theirCopy), ratio(pull, theirPull)];
  console.log(ratios.map((line) => `* ${line}`).join("\n"));
} finally {
  await registry.stop();
  await rm(directory, { recursive: true, force: true });
}

async function contenders(): Promise<readonly Contender[]> {
  const distill = await buildProduct();
  const environment = { DISTILL_HOME: at("home") };
  const clean = () =>
    Promise.all(
      [at("home/store"), at("home/cache/uploads"), at("out"), at("out.tar"), SKOPEO_CACHE].map((path) =>
        rm(path, { recursive: true, force: true }),
      ),
    );
  const layout = `oci:${at("image")}:1`;
  const there = `${registry.host}/pulled/image:1`;
  const skopeo = ["skopeo", "copy", "-q", "--src-tls-verify=false"] as const;
  const theirs = ["skopeo", "copy", "-q", "--dest-tls-verify=false"] as const;
  // Compiled code is kept between runs, as it is on any machine that has used distill before.
  const ours = [...distill] as const;
  await run([...ours, "copy", "-q", layout, `docker://${there}`]);
  return [
    {
      name: "distill, push",
      prepare: clean,
      command: (n) => [...ours, "copy", "-q", layout, `docker://${registry.host}/ours/image${n}:1`],
      environment,
    },
    {
      name: "skopeo, push",
      prepare: clean,
      command: (n) => [...theirs, layout, `docker://${registry.host}/theirs/image${n}:1`],
    },
    {
      name: "distill, copy to a layout",
      prepare: clean,
      command: [...ours, "copy", "-q", `docker://${there}`, `oci:${at("out")}:1`],
      environment,
    },
    {
      name: "skopeo, copy to a layout",
      prepare: clean,
      command: [...skopeo, `docker://${there}`, `oci:${at("out")}:1`],
    },
    {
      name: "distill, pull into the store",
      prepare: clean,
      command: [...ours, "pull", "-q", there],
      environment,
    },
    {
      name: "skopeo, copy to a docker-archive",
      prepare: clean,
      command: [...skopeo, `docker://${there}`, `docker-archive:${at("out.tar")}`],
    },
  ];
}

async function run(command: readonly [string, ...string[]]): Promise<void> {
  const { measure } = await import("./measure.ts");
  await measure({ command, directory, environment: { DISTILL_HOME: at("home") } });
}

async function writeImage(): Promise<void> {
  const blobs = new MemoryBlobs();
  const tars = Array.from({ length: LAYERS }, (_, index) => archiveOf([file(`data${index}`, halfPackable())]));
  const config = blobs.add(
    MediaType.ociConfig,
    encodeConfig({
      ...{ architecture: "amd64", os: "linux", config: {} },
      rootfs: { type: "layers", diff_ids: tars.map(digestOf) },
    }),
  );
  const layers = tars.map((tar) => blobs.add(MediaType.ociLayerGzip, gzipSync(tar)));
  const manifest = { mediaType: MediaType.ociManifest, config, layers };
  const image = blobs.add(MediaType.ociManifest, encodeManifest(manifest));
  await writeLayout(blobs.content(image), at("image"), { tag: "1" });
}

/** Random bytes as hexadecimal digits: they pack to little more than a half, as programs do. */
function halfPackable(): Buffer {
  return Buffer.from(randomBytes(PACKED * 0.87).toString("hex"));
}
