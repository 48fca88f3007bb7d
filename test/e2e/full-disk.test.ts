import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { type CliRun, distill, mustDistill } from "../support/cli.ts";
import { leftoversIn, namesIn } from "../support/scene.ts";
import { removeApp, SmallArchive, writeApp } from "../support/small-archive.ts";
import { SmallDisk, unlessSmallDisk } from "../support/small-disk.ts";

/** KiB at which the disk is full: while the store is made, while packages are fetched, unpacked, put into layers, written out. */
const SIZES = [90, 1500, 4000, 9000, 11_500];

describe("a full disk", { skip: unlessSmallDisk() }, () => {
  let archive: SmallArchive;
  let app: string;
  let expected: string;

  before(async () => {
    archive = await SmallArchive.open();
    app = await writeApp();
    const env = { ...archive.environment, DISTILL_HOME: join(app, "home") };
    expected = (await mustDistill(["build", app], { env })).stdout;
  });

  after(async () => {
    await archive.close();
    await removeApp(app);
  });

  for (const size of SIZES) {
    it(`of ${size} KiB: told, nothing half-written, and the next build succeeds`, async (test) => {
      const disk = await SmallDisk.mount(test, size);
      const { path, through } = disk;
      const env = { ...archive.environment, DISTILL_HOME: join(path, "home") };
      const run = (...args: string[]): Promise<CliRun> => distill(args, { env, through });
      const build = ["build", app, "-t", "x", "-o", `oci-archive:${path}/out/x.tar`, "-o", `oci:${path}/layout`];
      disk.makeDirectory("out");

      const { status, stdout, stderr } = await run(...build);
      assert.equal(status, 3, stderr);
      assert.equal(stdout, "");
      assert.match(
        stderr,
        new RegExp(`^distill: no space left while writing ${path}/\\S+\\n {2}hint: free some space`, "m"),
      );
      assert.match(stderr, /^ {2}code: DISK_FULL /m);
      assert.doesNotMatch(stderr, /^ +at |is a bug/m);
      const copy = join(app, "copy");
      disk.copyOut(".", copy);
      assert.deepEqual(namesIn(join(copy, "home")), []);
      // A lease cannot even be taken out of the database then; the next process does that.
      assert.deepEqual(
        leftoversIn(join(copy, "home")).filter((each) => !each.startsWith("lease: ")),
        [],
      );
      for (const output of ["out/x.tar", "layout"]) assert.ok(!existsSync(join(copy, output)), output);
      assert.deepEqual(leftoversIn(join(copy, "out")), []);

      disk.resize(100_000);
      assert.equal((await run("verify")).stdout, "the store is whole\n");
      const again = await run(...build);
      assert.equal(again.stdout, expected, again.stderr);
      assert.doesNotMatch(again.stderr, /warning/);
      assert.equal((await run("verify")).stdout, "the store is whole\n");
      disk.copyOut(".", copy);
      assert.deepEqual(leftoversIn(copy), []);
      assert.deepEqual(leftoversIn(join(copy, "home")), []);
    });
  }
});
