import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { readTar } from "../../src/formats/tar/reader.ts";
import { once } from "../../src/image/image.ts";
import { distill } from "../support/cli.ts";
import { makeTemporaryDirectory } from "../support/directories.ts";
import { Engine, runProgram, unlessEngine } from "../support/engine.ts";
import { dateAll, Random, randomDockerfile, writeRandomContext } from "../support/random-dockerfile.ts";

/** How many Dockerfiles; the soak's number is set from outside. */
const BUILDS = Number(process.env.DISTILL_TEST_BUILDS ?? "8");
const SEED = Number(process.env.DISTILL_TEST_SEED ?? "20261126");

/**
 * The same Dockerfiles and contexts given to the BuildKit of this machine's docker and to distill: the root file systems
 * are compared entry by entry. Debian's client is asked for by its path, since another one may know no builder.
 */
describe("random Dockerfiles give what docker's BuildKit gives", { skip: unlessEngine() }, () => {
  const directory = makeTemporaryDirectory();
  const home = join(directory.path, "home");
  let engine: Engine;

  before(async () => {
    engine = await Engine.start();
  });
  after(async () => {
    await engine.stop();
    directory.remove();
  });

  for (let index = 0; index < BUILDS; index++) {
    const seed = SEED + index;
    test(`seed ${seed}`, async () => {
      const context = join(directory.path, String(seed));
      mkdirSync(context);
      const random = new Random(seed);
      writeRandomContext(context, random);
      const text = randomDockerfile(random);
      writeFileSync(join(context, "Dockerfile"), text);
      dateAll(context);
      const theirs = join(directory.path, `${seed}-docker.tar`);
      const ours = join(directory.path, `${seed}-distill.tar`);
      const docker = await runProgram("/usr/bin/docker", ["build", "-q", "-o", `type=tar,dest=${theirs}`, context], {
        env: { ...process.env, DOCKER_BUILDKIT: "1", DOCKER_HOST: engine.host },
      });
      const output = ["-o", `type=tar,dest=${ours}`];
      const own = await distill(["build", "--timestamps", "keep", "-q", ...output, context], {
        env: { DISTILL_HOME: home },
      });
      const told = `${text}\ndocker: ${docker.stderr.slice(-600)}\ndistill: ${own.stderr}`;
      assert.equal(own.status === 0, docker.status === 0, told);
      if (own.status !== 0) return;
      assert.deepEqual(await entriesOf(ours), await entriesOf(theirs), told);
    });
  }
});

/** What is to be the same: everything but the times of directories, which a build makes. */
async function entriesOf(path: string): Promise<ReadonlyMap<string, string>> {
  const entries = new Map<string, string>();
  for await (const { header, body } of readTar(once(readFileSync(path)))) {
    const name = header.path.replace(/^\.?\//, "").replace(/\/$/, "");
    if (name === "" || name === ".") continue;
    const hash = createHash("sha256");
    for await (const chunk of body) hash.update(chunk);
    const { type, mode, uid, gid, linkname, mtime } = header;
    if (type === "hardlink") {
      // Which of the names carries the bytes is not of interest, nor whether the other ones are links of it.
      const target = linkname.replace(/^\.?\//, "");
      entries.set(name, entries.get(target) ?? `link to ${target}`);
      continue;
    }
    const bytes = type === "file" ? hash.digest("hex").slice(0, 16) : "";
    const time = type === "file" ? ` ${Math.floor(mtime)}` : "";
    entries.set(name, `${type} ${mode.toString(8)} ${uid}:${gid} ${type === "symlink" ? linkname : ""}${bytes}${time}`);
  }
  return new Map([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
}
