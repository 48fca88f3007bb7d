import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { buildDirectory } from "../../src/app/build-directory.ts";
import { withWorkspace } from "../../src/app/workspace.ts";
import { readTar } from "../../src/formats/tar/reader.ts";
import type { Image } from "../../src/image/image.ts";
import { once } from "../../src/image/image.ts";
import { parseReference } from "../../src/image/reference.ts";
import type { Digest } from "../../src/lib/digest.ts";
import { DistillError } from "../../src/lib/errors.ts";
import { silentProgress } from "../../src/lib/progress.ts";
import { openSandbox } from "../../src/sandbox/choose.ts";
import type { ExecutorName } from "../../src/sandbox/executors/executor.ts";
import { readFacts } from "../../src/sandbox/machine/facts.ts";
import {
  BUILDS,
  type BuildCase,
  type ExpectedBuild,
  type ExpectedEntry,
  readBuildCases,
} from "../support/build-cases.ts";
import { CONTEXT_TIME, writeContext } from "../support/build-context.ts";
import { makeTemporaryDirectory } from "../support/directories.ts";
import { isInShare } from "../support/share.ts";
import { sharedPath, unlessShared } from "../support/shared.ts";
import { unlessTools } from "../support/tools.ts";

const PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

const EXECUTOR = (process.env.DISTILL_EXECUTOR ?? "auto") as ExecutorName | "auto";

/** Cases that change owners or run as another user. */
const NEED_USERS: ReadonlySet<string> = new Set(["copy-over-existing-file", "user-run", "run-mount-cache"]);

const { mapping } = readFacts();

const cases = readBuildCases();

describe(`builds give what BuildKit gave, with users of ${mapping.kind}`, {
  skip: unlessShared(...BUILDS, "cases.json") || unlessTools("apt-get", "tar"),
}, () => {
  const directory = makeTemporaryDirectory();
  const home = process.env.DISTILL_HOME;

  before(async () => {
    process.env.DISTILL_HOME = join(directory.path, "home");
    await storeBase(directory.path);
  });
  after(async () => {
    await removeUnpacked();
    process.env.DISTILL_HOME = home;
    if (home === undefined) delete process.env.DISTILL_HOME;
    // What other tests of this run made may belong to another user: it goes with the directory of the whole run.
    if (mapping.kind === "root") directory.remove();
  });

  test("there are cases", () => assert.ok(cases.length > 50));

  for (const [index, { given, expected }] of cases.entries()) {
    if (mapping.kind === "single" && !isInShare(index, 3)) continue;
    test(given.name, async () => {
      const context = join(directory.path, given.name);
      mkdirSync(context);
      writeFileSync(join(context, "Dockerfile"), given.dockerfile);
      writeContext(context, given.files);
      if (given.dockerignore !== null) writeFileSync(join(context, ".dockerignore"), given.dockerignore);
      for (const [id, value] of Object.entries(given.secrets)) writeFileSync(`${context}.${id}`, value);
      if (mapping.kind === "single" && NEED_USERS.has(given.name)) {
        await assert.rejects(buildCase(context, given), (error) => {
          assert.ok(error instanceof DistillError && error.code === "ENVIRONMENT", String(error));
          assert.match(`${error.message} ${error.hint}`, /uidmap/);
          return true;
        });
        return;
      }
      if (given.expectError || !expected.ok) {
        await assert.rejects(buildCase(context, given), (error) => error instanceof DistillError);
        return;
      }
      const digest = await buildCase(context, given);
      await withWorkspace(({ store }) => compare(store.image(digest) ?? assert.fail(), given, expected));
    });
  }
});

/** What programs left may belong to users that this process is not. */
async function removeUnpacked(): Promise<void> {
  await withWorkspace(({ store }) => openSandbox(store, EXECUTOR).files.remove([store.snapshotsDirectory]));
}

async function buildCase(directory: string, given: BuildCase): Promise<Digest> {
  const request = {
    ...{ directory, file: undefined, platform: "linux/amd64", buildContext: [] },
    target: given.target ?? undefined,
    buildArg: Object.entries(given.buildArgs).map(([name, value]) => `${name}=${value}`),
  };
  const dockerfile = {
    compose: false,
    pull: false,
    noCache: false,
    timestamps: "keep",
    labels: {},
    annotations: {},
    programs: {
      secret: Object.keys(given.secrets).map((id) => `id=${id},src=${join(directory, "..", `${given.name}.${id}`)}`),
      ssh: [],
      network: "none",
      executor: EXECUTOR,
    },
  } as const;
  const options = {
    ...{ tags: [], outputs: [], idFile: undefined, compression: "gzip:1", offline: true, refresh: false },
    ...{ lock: { file: undefined, locked: false, update: false }, progress: silentProgress, signal: undefined },
  };
  const { images } = await buildDirectory(request, dockerfile, options);
  return images[0]?.image.manifestDigest ?? assert.fail("nothing was built");
}

async function compare(image: Image, given: BuildCase, expected: ExpectedBuild): Promise<void> {
  const layers = await Promise.all(image.layers.slice(expected.baseLayers ?? 0).map(entriesOf));
  const wanted = (expected.layers ?? []).map((layer) => layer.map(comparable(given)).toSorted(byPath));
  const found = layers.map((layer) => layer.map(comparable(given)).toSorted(byPath));
  assert.deepEqual(found, wanted);
  const { config, history, author, os, architecture } = image.config();
  assert.deepEqual(config, expected.config);
  assert.deepEqual(
    history?.map(({ created_by = null, empty_layer = false }) => ({ created_by, empty_layer })),
    expected.history,
  );
  assert.equal(author ?? null, expected.author ?? null);
  assert.equal(`${os}/${architecture}`, "linux/amd64");
}

/** A context without all of its files leaves BuildKit with times of its own for the directories of what is left out. */
function comparable({ dockerignore }: BuildCase): (entry: ExpectedEntry) => object {
  return ({ path, type, mode, uid, gid, size, mtimeIsEpochT, sha256, link }) => {
    const timeless = path.endsWith("/.dockerignore") || (dockerignore !== null && type === "dir");
    const time = timeless ? {} : { mtimeIsEpochT };
    // A hard link has no bytes of its own, and archives were written by another program.
    const bytes = type === "file" && !path.endsWith(".tar") ? { size, sha256 } : {};
    return { path, type, mode, uid, gid, ...time, ...bytes, ...(link === undefined ? {} : { link }) };
  };
}

function byPath(a: object, b: object): number {
  const [left, right] = [a, b].map((each) => ("path" in each ? String(each.path) : ""));
  return (left ?? "") < (right ?? "") ? -1 : 1;
}

async function entriesOf(layer: Image["layers"][number]): Promise<readonly ExpectedEntry[]> {
  const entries: ExpectedEntry[] = [];
  for await (const { header, body } of readTar(layer.uncompressed())) {
    const hash = createHash("sha256");
    for await (const chunk of body) hash.update(chunk);
    const { path, type, mode, uid, gid, size, mtime, linkname } = header;
    entries.push({
      path: `/${Buffer.from(path.replace(/\/$/, ""), "latin1").toString("utf8")}`,
      type: type === "directory" ? "dir" : type,
      mode: mode.toString(8),
      ...{ uid, gid, size, mtimeIsEpochT: mtime === CONTEXT_TIME, sha256: hash.digest("hex") },
      ...(linkname === "" ? {} : { link: linkname }),
    });
  }
  return entries;
}

/** The stand-in for busybox, in the store under that name. */
async function storeBase(directory: string): Promise<void> {
  const tar = join(directory, "base.tar");
  execFileSync("sh", [sharedPath(...BUILDS, "make-base.sh"), tar], { stdio: "pipe" });
  await withWorkspace(async ({ store }) => {
    await using lease = store.lease("test base");
    const { diffID } = await store.writeLayer(lease, once(readFileSync(tar)));
    const config = { architecture: "amd64", os: "linux", config: { Env: [PATH], Cmd: ["sh"] }, history: [{}] };
    const image = await store.putImage(lease, { config, layers: [diffID] });
    store.tag(parseReference("busybox:latest"), image.manifestDigest);
  });
}
