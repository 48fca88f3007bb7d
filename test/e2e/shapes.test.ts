import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { after, before, describe, test } from "node:test";
import { makeTemporaryDirectory } from "../support/directories.ts";
import { unlessEngine } from "../support/engine.ts";
import { exportedTree, treeDifference } from "../support/exported-tree.ts";
import { unlessMirror } from "../support/mirror.ts";
import { dateAll } from "../support/random-dockerfile.ts";
import { IS_SHARE } from "../support/share.ts";
import { TwoBuilders, told } from "../support/two-builders.ts";

const SHAPES = resolve(import.meta.dirname, "../shapes");
const BASE = "debian:trixie";

interface Shape {
  /** A folder of test/shapes. One with a Dockerfile.plain says there for docker what Docker 20.10 does not know. */
  readonly name: string;
  readonly targets?: readonly string[];
  readonly flags?: readonly string[];
  readonly secrets?: Readonly<Record<string, string>>;
  /** The image that a Dockerfile in `parent` is built as before. */
  readonly parent?: string;
}

const ALL: readonly Shape[] = [
  { name: "c-with-make", targets: ["build", ""], flags: ["--build-arg", "CFLAGS=-O1"] },
  {
    name: "several-targets",
    targets: ["base", "assets", "development", "test", "production", ""],
    flags: ["--build-arg", "VERSION=1.2"],
  },
  { name: "apt-cache" },
  { name: "secrets", secrets: { token: "a-token-that-nobody-knows" } },
  { name: "here-documents" },
  { name: "onbuild", parent: "shapes-parent", flags: ["--build-arg", "FLAVOUR=sweet"] },
  { name: "ignored" },
  { name: "scratch", targets: ["certificates", ""] },
  { name: "capabilities", targets: ["made", ""] },
  { name: "users" },
];

/** Those of a share have cache mounts, file capabilities, links, set-user-ID programs, several stages and users. */
const SHAPES_HERE = ALL.filter(({ name }) => !IS_SHARE || /^(?:apt-cache|capabilities|users)$/.test(name));

/** What two builds of the same Dockerfile do not agree on, whoever builds, and why. */
const DIFFERS: readonly (readonly [path: RegExp, what: "all" | "content", why: string])[] = [
  [/^var\/log\//, "content", "logs hold the times of what they tell"],
  [/^var\/cache\/ldconfig\/aux-cache$/, "content", "holds inode numbers and times"],
  [/^var\/cache\/apt\/(?:src)?pkgcache\.bin$/, "all", "holds addresses of memory, and apt writes it when it likes"],
  [/^var\/lib\/apt\/lists\//, "content", "the archive may have changed between the two"],
  [/^run\/secrets$/, "all", "Docker 20.10 leaves the place of a secret"],
  [/^etc\/machine-id$/, "content", "is random"],
  [/^etc\/shadow-?$/, "content", "has the day of each change of a password"],
];

/** What of an image's config is compared; the rest is of the builder. */
const CONFIG = [
  ...["Env", "Cmd", "Entrypoint", "User", "WorkingDir", "Labels", "ExposedPorts", "Volumes", "Shell", "StopSignal"],
  ...["Healthcheck", "OnBuild"],
];

describe("real shapes come to what docker's BuildKit makes of them", {
  skip: unlessEngine() || (await unlessMirror()),
}, () => {
  const directory = makeTemporaryDirectory();
  /** Seconds: what is later was made by one of the two. */
  const now = Math.floor(Date.now() / 1000);
  let builders: TwoBuilders;

  before(async () => {
    builders = await TwoBuilders.start(directory.path);
    const base = join(directory.path, "base");
    mkdirSync(base);
    writeFileSync(join(base, "Dockerfile"), `FROM ${BASE}\n`);
    const { status, stderr } = await builders.distill(["build", "--compose", "-q", "-t", BASE, base]);
    assert.equal(status, 0, stderr);
    await builders.share(BASE);
  });
  after(async () => {
    await builders?.stop();
    directory.remove();
  });

  for (const shape of SHAPES_HERE) {
    test(shape.name, async () => {
      const context = join(directory.path, shape.name);
      cpSync(join(SHAPES, shape.name), context, { recursive: true });
      execFileSync("chmod", ["-R", "u=rwX,go=rX", context]);
      dateAll(context);
      const plain = existsSync(join(context, "Dockerfile.plain")) ? ["-f", join(context, "Dockerfile.plain")] : [];
      const flags = [...(shape.flags ?? []), ...secretFlags(context, shape)];
      if (shape.parent !== undefined) await buildParent(builders, join(context, "parent"), shape.parent);
      for (const target of shape.targets ?? [""]) {
        const wanted = target === "" ? flags : [...flags, "--target", target];
        const both = await builders.build(context, wanted, { theirs: ["--network", "host", ...plain] });
        const said = `target ${target}\n${told(context, both)}`;
        assert.equal(both.docker.status, 0, said);
        assert.equal(both.distill.status, 0, said);
        const trees = [both.theirs, both.ours].map((tar) => exportedTree(tar, { now, links: true, except }));
        const [theirs, ours] = await Promise.all(trees);
        assert.ok((theirs?.size ?? 0) > 3, "docker's tree is a tree");
        assert.deepEqual(treeDifference(theirs ?? new Map(), ours ?? new Map()), [], said);
        for (const tar of [both.theirs, both.ours]) rmSync(tar);
        await compareConfig(builders, context, wanted, plain);
      }
    });
  }

  test("what differs is named for a reason", () => {
    for (const [, , why] of DIFFERS) assert.ok(why.length > 5);
  });
});

function secretFlags(context: string, { secrets = {} }: Shape): readonly string[] {
  return Object.entries(secrets).flatMap(([id, value]) => {
    const file = `${context}-${id}`;
    writeFileSync(file, value);
    return ["--secret", `id=${id},src=${file}`];
  });
}

async function buildParent(builders: TwoBuilders, context: string, name: string): Promise<void> {
  const own = await builders.distill(["build", "--timestamps", "keep", "-q", "-t", name, context]);
  assert.equal(own.status, 0, own.stderr);
  const docker = await builders.docker(["build", "-q", "--network", "host", "-t", name, context]);
  assert.equal(docker.status, 0, docker.stderr);
}

/** All was built just now: this finds it again, under a name. */
async function compareConfig(
  builders: TwoBuilders,
  context: string,
  flags: readonly string[],
  plain: readonly string[],
): Promise<void> {
  const docker = await builders.docker([
    "build",
    "-q",
    "--network",
    "host",
    "-t",
    "shape",
    ...flags,
    ...plain,
    context,
  ]);
  assert.equal(docker.status, 0, docker.stderr);
  const own = await builders.distill(["build", "-q", "--timestamps", "keep", "-t", "shape", ...flags, context]);
  assert.equal(own.status, 0, own.stderr);
  const { stdout } = await builders.distill(["inspect", "shape", "--format", "json"]);
  const [image] = JSON.parse(stdout);
  assert.deepEqual(comparable(image.config.config ?? {}), comparable(await builders.dockerConfig("shape")));
}

/** Absent, null and empty are the same. */
function comparable(config: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const isSomething = (value: unknown): boolean =>
    value !== undefined && value !== null && Object.keys(Object(value)).length > 0;
  return Object.fromEntries(CONFIG.map((key) => [key, config[key]]).filter(([, value]) => isSomething(value)));
}

function except(path: string): "all" | "content" | undefined {
  return DIFFERS.find(([pattern]) => pattern.test(path))?.[1];
}
