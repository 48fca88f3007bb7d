import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { type CatalogueImage, Kitchen, nameOf, titleOf } from "../support/catalogue.ts";
import { compileGo } from "../support/compiled.ts";
import { Engine, type Ran, unlessEngine } from "../support/engine.ts";
import { unlessMirror } from "../support/mirror.ts";
import { sharedPath, unlessShared } from "../support/shared.ts";
import { unlessTools } from "../support/tools.ts";
import { problemsWith, type Subject } from "./structure/run.ts";
import { type Check, type CommandCheck, parseStructureTest } from "./structure/spec.ts";
import { subjectsOf, whyNot } from "./structure/subjects.ts";

/** Container structure tests, as distroless images have them: each file against each image that it is about. */
const FOLDER = ["cases", "distroless"] as const;

const needs = unlessShared(...FOLDER);
const files = needs === false ? readdirSync(sharedPath(...FOLDER)).filter((name) => /\.ya?ml$/.test(name)) : [];
const skip = needs || (await unlessMirror());

/** Programs that the tests call and that are no part of an image: ours, which do the same, by their path there. */
const PROGRAMS: Readonly<Record<string, string>> = { "/check_certs": "static.go" };

describe("container structure tests", { skip }, () => {
  const kitchen = new Kitchen();
  const loaded = new Set<string>();
  const programs = new Map<string, string>();
  let engine: Engine | undefined;

  before(async () => {
    if (unlessEngine() === false) engine = await Engine.start();
  });

  after(async () => {
    await engine?.stop();
    await kitchen.close();
  });

  for (const file of files) {
    const checks = parseStructureTest(readFileSync(sharedPath(...FOLDER, file), "utf8"), file);
    for (const image of subjectsOf(file)) {
      describe(`${file} on ${titleOf(image)}`, () => {
        for (const check of checks) {
          it(check.name, { skip: whyNot(file, check, image) ?? unlessPossible(check) }, async () => {
            const subject: Subject = {
              tree: await kitchen.tree(image),
              config: (await kitchen.config(image)).config,
              run: (command) => runIn(image, command),
            };
            assert.deepEqual(await problemsWith(check, subject), []);
          });
        }
      });
    }
  }

  async function runIn(image: CatalogueImage, { command, setup, env }: CommandCheck): Promise<Ran> {
    assert.ok(engine !== undefined);
    const name = nameOf(image);
    if (!loaded.has(name)) {
      await kitchen.compose(image);
      await engine.mustDocker("load", "-i", kitchen.archive(image));
      loaded.add(name);
    }
    const variables = env.flatMap(({ key, value }) => ["-e", `${key}=${value}`]);
    const [program = "", ...args] = command;
    const own = PROGRAMS[program];
    const mounts = own === undefined ? [] : ["-v", `${await compiled(own)}:${program}:ro`];
    const flags = ["--network", "none", ...variables, ...mounts];
    const prepared = setup.length === 0 ? name : await prepare(engine, name, setup, flags);
    return engine.docker("run", "--rm", ...flags, "--entrypoint", program, prepared, ...args);
  }

  async function compiled(source: string): Promise<string> {
    const path = programs.get(source) ?? (await compileGo(source, kitchen.home));
    programs.set(source, path);
    return path;
  }
});

/** An image in which commands were run one after another. */
async function prepare(
  engine: Engine,
  image: string,
  commands: CommandCheck["setup"],
  flags: readonly string[],
): Promise<string> {
  let prepared = image;
  for (const [index, [program = "", ...args]] of commands.entries()) {
    const container = `${image}-setup-${index}`;
    await engine.docker("run", "--name", container, ...flags, "--entrypoint", program, prepared, ...args);
    prepared = `${image}-prepared:${index}`;
    await engine.mustDocker("commit", container, prepared);
    await engine.mustDocker("rm", container);
  }
  return prepared;
}

function unlessPossible(check: Check): string | false {
  if (check.kind !== "command") return false;
  const [program = ""] = check.command;
  return unlessEngine() || (PROGRAMS[program] === undefined ? false : unlessTools("go"));
}
