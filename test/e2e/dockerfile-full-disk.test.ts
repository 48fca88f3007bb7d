import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { pseudoText } from "../support/bytes.ts";
import { type CliRun, distill, mustDistill } from "../support/cli.ts";
import { makeTemporaryDirectory } from "../support/directories.ts";
import { digestsOfLayout } from "../support/dockerfile-workshop.ts";
import { leftoversIn, namesIn } from "../support/scene.ts";
import { SmallDisk, unlessSmallDisk } from "../support/small-disk.ts";

const DOCKERFILE = `FROM scratch AS one
COPY text /text/
FROM scratch
COPY --from=one /text /again
COPY many /many/
COPY text /more/
`;

/** Megabytes of text in a context, which pack to a third or so. */
const TEXTS = 3;

/** KiB at which the disk is full, and while what that is. */
const SIZES = [
  [60, "the store is made"],
  [1000, "the first layer is written"],
  [5500, "a later layer is written"],
  [8000, "layers are packed"],
  [10_000, "the output is written"],
] as const;

describe("a disk that is full while", { skip: unlessSmallDisk() }, () => {
  const shared = makeTemporaryDirectory();
  const context = join(shared.path, "context");
  let expected: string;

  before(async () => {
    for (const name of ["text", "many"]) mkdirSync(join(context, name), { recursive: true });
    for (let index = 0; index < TEXTS; index++) {
      writeFileSync(join(context, `text/${index}`), pseudoText(1_000_000 + index, index));
    }
    for (let index = 0; index < 300; index++) writeFileSync(join(context, `many/${index}`), String(index));
    writeFileSync(join(context, "Dockerfile"), DOCKERFILE);
    const args = ["build", context, "-o", `oci:${join(shared.path, "layout")}`];
    expected = (await mustDistill(args, { env: { DISTILL_HOME: join(shared.path, "home") } })).stdout;
  });

  after(() => shared.remove());

  for (const [size, what] of SIZES) {
    it(`${what} (${size} KiB): told, nothing half-written, and the next build is right`, async (test) => {
      const disk = await SmallDisk.mount(test, size);
      const { path, through } = disk;
      const env = { DISTILL_HOME: join(path, "home") };
      const run = (...args: string[]): Promise<CliRun> => distill(args, { env, through });
      const outputs = ["-o", `oci-archive:${path}/out/x.tar`, "-o", `oci:${path}/layout`, "--iidfile", `${path}/iid`];
      const build = ["build", context, "-t", "x", ...outputs];
      disk.makeDirectory("out");

      const { status, stdout, stderr } = await run(...build);
      assert.equal(status, 3, stderr);
      assert.equal(stdout, "");
      assert.match(stderr, /^distill: (?:\S+\/Dockerfile:\d+: )?no space left while writing \S+$/m);
      assert.match(stderr, /^ {2}hint: free some space/m);
      assert.match(stderr, /^ {2}code: DISK_FULL /m);
      assert.doesNotMatch(stderr, /^ +at |is a bug/m);
      const copy = join(shared.path, "copy");
      disk.copyOut(".", copy);
      assert.deepEqual(namesIn(join(copy, "home")), []);
      // A lease cannot even be taken out of the database then; the next process does that.
      const left = leftoversIn(join(copy, "home")).filter((each) => !each.startsWith("lease: "));
      assert.deepEqual(left, []);
      for (const output of ["out/x.tar", "layout", "iid"]) assert.ok(!existsSync(join(copy, output)), output);

      disk.resize(100_000);
      assert.equal((await run("verify")).stdout, "the store is whole\n");
      const again = await run(...build);
      assert.equal(again.stdout, expected, again.stderr);
      assert.equal((await run("verify")).stdout, "the store is whole\n");
      disk.copyOut(".", copy);
      assert.equal(`${digestsOfLayout(join(copy, "layout")).manifest}\n`, expected);
      assert.deepEqual([...leftoversIn(copy), ...leftoversIn(join(copy, "home"))], []);
    });
  }

  it("what is known of the context's files is written: the build does not need it", async (test) => {
    const home = join(shared.path, "another-home");
    const disk = await SmallDisk.mount(test, 40);
    mkdirSync(join(home, "cache"), { recursive: true });
    const { path, through } = disk;
    const env = { DISTILL_HOME: home };
    // Only the directory of these records lies on the disk that is full.
    const on = [
      ...through,
      "sh",
      "-c",
      `mkdir -p ${home}/cache/contexts && mount --bind ${path} ${home}/cache/contexts && exec "$@"`,
      "sh",
    ];
    const args = ["build", context, "-o", `oci:${join(shared.path, "other-layout")}`];
    // Files that changed just now are not remembered.
    await new Promise((done) => setTimeout(done, 2500));
    const fill = [...on, "sh", "-c", `head -c 39k /dev/zero > ${path}/filler`];
    assert.equal(spawnSync(fill[0] as string, fill.slice(1)).status, 0);
    for (let round = 0; round < 2; round++) {
      const { status, stdout, stderr } = await distill(args, { env, through: on });
      assert.equal(status, 0, stderr);
      assert.equal(stdout, expected);
      assert.doesNotMatch(stderr, /warning/);
    }
    disk.copyOut(".", join(shared.path, "copy"));
    assert.deepEqual(leftoversIn(join(shared.path, "copy")), []);
  });
});
