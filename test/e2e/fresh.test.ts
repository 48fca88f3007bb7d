import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { decodeIndex } from "../../src/image/manifest.ts";
import { distill, mustDistill } from "../support/cli.ts";
import { temporaryDirectory } from "../support/directories.ts";
import { randomBytes, randomNumbers } from "../support/random.ts";

/** A directory with a Dockerfile that copies two files of some megabytes, and a home; what a packed build of it gives. */
async function scene(t: TestContext) {
  const directory = temporaryDirectory(t);
  const at = (name: string): string => join(directory, name);
  mkdirSync(at("context"));
  for (const seed of [1, 2]) writeFileSync(at(`context/file-${seed}`), randomBytes(seed, 4_000_000));
  writeFileSync(at("context/Dockerfile"), 'FROM scratch\nCOPY file-1 /\nCOPY file-2 /\nENTRYPOINT ["/file-1"]\n');
  const options = { env: { DISTILL_HOME: at("home") } };
  const run = (...args: string[]) => mustDistill(args, options);
  const elsewhere = { env: { DISTILL_HOME: at("elsewhere") } };
  await mustDistill(["build", at("context"), "-o", `oci:${at("layout")}`], elsewhere);
  const [expected] = decodeIndex(readFileSync(at("layout/index.json"))).manifests;
  return { at, run, options, expected: expected?.digest };
}

interface Listed {
  readonly digest: string | null;
  readonly imageID: string;
  readonly compressed: number | null;
}

test("a build into the store gives an image ID, which stands for the packed image as soon as somebody looks", async (t) => {
  const { at, run, expected } = await scene(t);
  const { stdout } = await run("build", at("context"), "-t", "app");
  const id = stdout.trim();
  const listed = async (): Promise<Listed> => {
    const [first] = JSON.parse((await run("images", "--format", "json")).stdout) as Listed[];
    return first ?? assert.fail();
  };
  const fresh = await listed();
  assert.deepEqual([fresh.digest, fresh.imageID, fresh.compressed], [null, id, null]);
  const row = (await run("images")).stdout.split("\n")[1]?.split(/ {2,}/);
  assert.deepEqual(row?.slice(0, 3), ["app:latest", id.slice(7, 19), "-"]);
  assert.equal((await run("images", "-q")).stdout, `${id}\n`);
  await run("tag", id.slice(7, 19), "second");
  await run("export", "second", "-o", at("root.tar"));
  assert.equal((await listed()).digest, null);
  await run("copy", id.slice(7, 19), `oci:${at("copied")}`);
  assert.equal(decodeIndex(readFileSync(at("copied/index.json"))).manifests[0]?.digest, expected);
  const settled = await listed();
  assert.deepEqual([settled.digest, settled.imageID], [expected, id]);
  assert.ok((settled.compressed ?? 0) > 4_000_000);
  assert.equal((await run("build", at("context"), "-t", "app")).stdout, stdout, "whatever the store knows by now");
  await run("rm", id.slice(7, 19));
  assert.equal((await run("images", "-q")).stdout, "");
});

test("a look at a fresh image that is killed at any moment leaves it whole", async (t) => {
  const { at, run, options, expected } = await scene(t);
  await run("build", at("context"), "-t", "app");
  const next = randomNumbers(66);
  for (let round = 0; round < 4; round++) {
    const killed = distill(["inspect", "app"], {
      ...options,
      onStart: async (child) => {
        await sleep(150 + next() * 600);
        child.kill("SIGKILL");
      },
    });
    await killed;
    await run("verify");
  }
  const { stdout } = await run("inspect", "app", "--format", "json");
  assert.equal(JSON.parse(stdout)[0].descriptor.digest, expected);
  await run("prune");
  await run("verify");
});

test("the cache is pruned down to a size, by age, and in words that say what is wrong", async (t) => {
  const { at, run, options } = await scene(t);
  await run("build", at("context"));
  const freed = async (...args: string[]): Promise<string> => (await run("prune", ...args)).stdout;
  assert.equal(await freed("--keep-cache", "100MB"), "freed 0 B in 0 blobs\n");
  assert.equal(await freed("--older-than", "1h"), "freed 0 B in 0 blobs\n");
  writeFileSync(at("context/file-1"), randomBytes(3, 4_000_000));
  await run("build", at("context"));
  assert.match(await freed("-n", "--keep-cache", "9MB"), /^would free 4\.0 MB in \d blobs\n$/);
  assert.match(await freed("--keep-cache", "9MB"), /^freed 4\.0 MB in \d blobs\n$/);
  assert.match(await freed(), /^freed 8\.0 MB in \d blobs\n$/);
  for (const args of [
    ["--keep-cache", "much"],
    ["--older-than", "long"],
  ]) {
    assert.match((await distill(["prune", ...args], options)).stderr, /USAGE/);
  }
  const env = { ...options.env, DISTILL_CACHE_SIZE: "much" };
  const { status, stderr } = await distill(["build", at("context")], { env });
  assert.deepEqual([status, /DISTILL_CACHE_SIZE is "much", which is no size/.test(stderr)], [2, true]);
});

test("a build ends with what is kept within DISTILL_CACHE_SIZE", async (t) => {
  const { at, options } = await scene(t);
  const env = { ...options.env, DISTILL_CACHE_SIZE: "0" };
  const made = async () =>
    JSON.parse((await mustDistill(["build", at("context"), "--format", "json"], { env })).stdout);
  const first = await made();
  const { stdout } = await mustDistill(["prune", "-n"], { env });
  // What was just made stays, name or no name.
  assert.match(stdout, /^would free 8\.0 MB/);
  writeFileSync(at("context/file-1"), randomBytes(3, 4_000_000));
  collectionIsDue(at("home/store/store.db"));
  assert.notEqual((await made()).imageID, first.imageID);
  // Of the first image, what the second one needs too.
  assert.match((await mustDistill(["prune", "-n"], { env })).stdout, /^would free 8\.0 MB/);
});

/** The last collection was so long ago that another one is due. */
function collectionIsDue(path: string): void {
  const database = new DatabaseSync(path);
  database.exec("UPDATE notes SET value = 0");
  database.close();
}
