import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { asUser, unlessUserWithRanges, userWithRanges } from "../support/become-user.ts";
import { pseudoText } from "../support/bytes.ts";
import { type CliRun, distill, mustDistill } from "../support/cli.ts";
import { compileC } from "../support/compiled.ts";
import { makeTemporaryDirectory } from "../support/directories.ts";
import { mountsBelow, processesOf, strangeSnapshots } from "../support/run-leftovers.ts";
import { unlessRun } from "../support/run-scene.ts";
import { leftoversIn, namesIn } from "../support/scene.ts";
import { isInShare } from "../support/share.ts";
import { SmallDisk, unlessSmallDisk } from "../support/small-disk.ts";

const COPIES = "FROM scratch\nCOPY mischief /\nCOPY text /text/\n";
const DOCKERFILE = `${COPIES}RUN ["/mischief", "fill", "4"]\nRUN ["/mischief", "directory", "/made"]\n`;
const ENDLESS = `${COPIES}RUN ["/mischief", "stay", "4"]\n`;

/** Line of the RUN that fails, or of the COPY whose layer is the first to be written. */
const PLACE = /^distill: \S+\/Dockerfile:[345]: /m;

const ROOM = 200_000;

interface Moment {
  readonly kibibytes: number;
  readonly files?: number;
  readonly what: string;
  readonly says: RegExp;
  readonly code: "DISK_FULL" | "RUN_FAILED";
}

const MOMENTS: readonly Moment[] = [
  {
    kibibytes: 1500,
    what: "files are unpacked",
    says: /no space left while unpacking the files of/,
    code: "DISK_FULL",
  },
  {
    kibibytes: ROOM,
    files: 34,
    what: "places are made for mounts",
    says: /while setting up the root/,
    code: "DISK_FULL",
  },
  { kibibytes: 6000, what: "the program writes", says: /^write: No space left on device$/m, code: "RUN_FAILED" },
  { kibibytes: 9500, what: "what it wrote is read back", says: /while writing \S+\/store\/tmp\//, code: "DISK_FULL" },
  { kibibytes: 13_500, what: "layers are written", says: /while writing \S+\/store\/tmp\//, code: "DISK_FULL" },
];

describe("a disk that is full while a RUN is at work", { skip: unlessSmallDisk() || unlessRun() }, () => {
  const shared = makeTemporaryDirectory();
  const context = join(shared.path, "context");
  const copy = join(shared.path, "copy");
  let expected: string;

  before(async () => {
    mkdirSync(join(context, "text"), { recursive: true });
    for (let index = 0; index < 3; index++) {
      writeFileSync(join(context, `text/${index}`), pseudoText(1_000_000 + index, index));
    }
    await compileC("mischief.c", context, "-static");
    writeFileSync(join(context, "Dockerfile"), DOCKERFILE);
    writeFileSync(join(context, "endless"), ENDLESS);
    chmodSync(shared.path, 0o755);
    expected = (await mustDistill(["build", context], { env: { DISTILL_HOME: join(shared.path, "home") } })).stdout;
  });

  after(() => shared.remove());

  /** Processes and mounts of builds in that home; nothing of them stays. */
  async function mustBeOver(home: string): Promise<void> {
    for (let attempt = 0; attempt < 100 && processesOf(home).length > 0; attempt++) await sleep(20);
    assert.deepEqual([...processesOf(home), ...mountsBelow(home)], []);
  }

  async function mustFailWell(disk: SmallDisk, { says, code }: Moment, user: number): Promise<void> {
    const home = join(disk.path, "home");
    const through = [...disk.through, ...asUser(user)];
    const env = { DISTILL_HOME: home, DISTILL_TEST_MARK: home, HOME: home };
    const run = (...args: string[]): Promise<CliRun> => distill(args, { env, through });
    const nothingIsLeft = (): void => {
      disk.copyOut(".", copy);
      assert.deepEqual([...leftoversIn(join(copy, "home")), ...strangeSnapshots(join(copy, "home"))], []);
    };
    disk.makeDirectory("home", user);

    const { status, stdout, stderr } = await run("build", context, "-t", "x", "--progress", "plain");
    assert.equal(status, code === "RUN_FAILED" ? 1 : 3, stderr);
    assert.equal(stdout, "");
    assert.match(stderr.replaceAll(/^#\d+ (?:\d+\.\d+ )?/gm, ""), says);
    assert.match(stderr, PLACE);
    assert.match(stderr, new RegExp(`^ {2}code: ${code} `, "m"));
    assert.match(stderr, code === "RUN_FAILED" ? /^#\d+ \S+ the disk of \S+ is full$/m : /^ {2}hint: free some space/m);
    assert.doesNotMatch(stderr, /^ +at |is a bug|suppressed/m);
    await mustBeOver(home);
    nothingIsLeft();
    assert.deepEqual(namesIn(join(copy, "home")), []);

    disk.resize(ROOM);
    assert.equal((await run("verify")).stdout, "the store is whole\n");
    const again = await run("build", context, "-t", "x");
    assert.equal(again.stdout, expected, again.stderr);
    assert.equal((await run("verify")).stdout, "the store is whole\n");
    await mustBeOver(home);
    nothingIsLeft();
  }

  for (const [index, moment] of MOMENTS.entries()) {
    if (!isInShare(index, 2)) continue;
    it(`${moment.what}: told, nothing left, and the next build is right`, async (test) => {
      await mustFailWell(await SmallDisk.mount(test, moment.kibibytes, moment.files), moment, 0);
    });
  }

  const ordinary = { skip: unlessUserWithRanges() };
  it(
    "the program of an ordinary user writes: told, nothing left, and the next build is right",
    ordinary,
    async (test) => {
      const [, , moment] = MOMENTS;
      assert.ok(moment !== undefined);
      await mustFailWell(await SmallDisk.mount(test, moment.kibibytes), moment, userWithRanges() ?? 0);
    },
  );

  it("a build is killed: prune finds room to give its room back", async (test) => {
    const disk = await SmallDisk.mount(test, 20_000);
    const home = join(disk.path, "home");
    const options = { env: { DISTILL_HOME: home, DISTILL_TEST_MARK: home }, through: disk.through };
    const onStart = (child: ChildProcess): void => {
      let text = "";
      child.stderr?.on("data", (chunk: string) => {
        if (text.includes("staying")) return;
        text += chunk;
        if (!text.includes("staying")) return;
        disk.fill("filler");
        child.kill("SIGKILL");
      });
    };
    const args = ["build", context, "-f", join(context, "endless"), "--progress", "plain"];
    const { status, stderr } = await distill(args, { ...options, onStart });
    assert.equal(status, 137, stderr);
    await mustBeOver(home);
    assert.equal(disk.free, 0);
    await mustDistill(["prune"], options);
    assert.ok(disk.free > 7_000_000, `${disk.free} bytes are free`);
    assert.equal((await mustDistill(["verify"], options)).stdout, "the store is whole\n");
  });
});
