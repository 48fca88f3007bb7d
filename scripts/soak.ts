/**
 * `npm run soak -- --packages N [--seed N] [--state DIR]` composes N random packages of Debian's onto base, each with its
 * dependencies, and judges what comes out (test/support/package-soak.ts).
 *
 * `npm run soak [-- --kills N] [--seed N] [--state DIR] [--app DIR]`: kills builds at random moments and runs several at
 * once, and looks at the store after each (test/support/soak.ts): compositions of a small archive of its own, or with --app
 * builds of that directory from Debian's.
 *
 * `npm run soak -- --builds N [--seed N] [--state DIR]`: the same with N kills of builds of a Dockerfile.
 *
 * `npm run soak -- --run-kills N [--executor NAME] [--user ranges] [--seed N] [--state DIR]`: the same with N kills of builds in
 * which programs run, after each of which nothing may be left of them; as the ordinary user whom tests know, where that is said.
 *
 * `npm run soak -- --dockerfiles N [--seed N]`: reads N mutated Dockerfiles (test/support/dockerfile-soak.ts), of our own
 * and of the shared cases where those are there.
 *
 * `npm run soak -- --random N [--seed N] [--executor NAME]`: asks docker's BuildKit about N random Dockerfiles of each kind, about
 * all builds of our own and about the shapes of test/shapes, and runs those builds with that executor.
 *
 * `npm run soak -- --transfers N [--megabytes N] [--seed N] [--state DIR]`: interrupts N pushes and pulls of each kind, of
 * an image of 300 MB, at random points, and counts what is moved again (test/support/transfer-soak.ts).
 *
 * `npm run soak -- --all-tests [FILTER...]`: the tests, with all that CI runs only a share of (test/support/share.ts).
 *
 * Stopped and started again, all but the Dockerfiles go on where they were. They end with a line of figures, and with status 1 if anything
 * went wrong.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { userWithRanges } from "../test/support/become-user.ts";
import { dockerfileBuilds } from "../test/support/dockerfile-builds.ts";
import { describeFigures, soakDockerfiles } from "../test/support/dockerfile-soak.ts";
import { readGoldens } from "../test/support/goldens.ts";
import { ownDockerfiles } from "../test/support/own-dockerfiles.ts";
import { PackageSoak } from "../test/support/package-soak.ts";
import { runBuilds } from "../test/support/run-builds.ts";
import { SmallArchive, smallSuite } from "../test/support/small-archive.ts";
import { Soak, type SoakSubject, smallCompositions } from "../test/support/soak.ts";
import { INTERRUPTIONS, type Interruption, TransferSoak } from "../test/support/transfer-soak.ts";

/** Kills between two rounds of builds at once. */
const KILLS_PER_CROWD = 5;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    kills: { type: "string", default: "50" },
    seed: { type: "string", default: "1" },
    app: { type: "string" },
    packages: { type: "string" },
    builds: { type: "string" },
    "run-kills": { type: "string" },
    dockerfiles: { type: "string" },
    transfers: { type: "string" },
    random: { type: "string" },
    "all-tests": { type: "boolean", default: false },
    executor: { type: "string", default: "auto" },
    user: { type: "string", default: "root" },
    megabytes: { type: "string", default: "300" },
    state: { type: "string", default: join(tmpdir(), "distill-soak") },
  },
});

/** Builds of one directory, with the mirror and the proxy of this process's environment. */
function buildsOf(app: string): SoakSubject {
  const wanted = /^DISTILL_DEBIAN_|_proxy$/i;
  const environment = Object.entries(process.env).flatMap(([name, value]) =>
    wanted.test(name) && value !== undefined ? [[name, value]] : [],
  );
  return { environment: Object.fromEntries(environment), recipe: () => ["build", app] };
}

async function composePackages(directory: string, seed: number, count: number): Promise<void> {
  const soak = new PackageSoak(directory, seed);
  await soak.run(count, ({ name, outcome, code, problems }) => {
    console.log([outcome, name, code ?? "", ...problems].join(" "));
  });
  console.log(soak.describe());
  process.exitCode = soak.verdicts.some(({ outcome }) => outcome === "unsound") ? 1 : 0;
}

function readDockerfiles(seed: number, count: number): void {
  const sources = [...ownDockerfiles().map(({ text }) => text), ...readGoldens().map(({ dockerfile }) => dockerfile)];
  const figures = soakDockerfiles(sources, seed, count);
  for (const problem of figures.problems) console.log(problem);
  const peak = Math.round(process.resourceUsage().maxRSS / 1024);
  console.log(`${describeFigures(figures)}; peak memory ${peak} MiB; ${sources.length} sources`);
  process.exitCode = figures.problems.length > 0 ? 1 : 0;
}

async function interruptTransfers(directory: string, seed: number, count: number): Promise<void> {
  const soak = await TransferSoak.open(directory, seed, Number(values.megabytes) * 1e6);
  const { outcomes } = soak.figures;
  while (outcomes.length < count * INTERRUPTIONS.length) {
    const kind = INTERRUPTIONS[outcomes.length % INTERRUPTIONS.length] as Interruption;
    const { verb, signal, registry, first, second, allowed, late, problems } = await soak.round(kind);
    console.log([verb, signal, registry, first, second, allowed, late ? "late" : "", ...problems].join(" "));
  }
  console.log(soak.describe());
  process.exitCode = outcomes.some(({ problems }) => problems.length > 0) ? 1 : 0;
}

/** The tests that ask docker, with more to ask. */
function askDocker(seed: number, count: number): void {
  runTests(["program-oracle", "buildkit-oracle", "own-builds", "run-cache", "e2e/shapes"], {
    ...{ DISTILL_TEST_BUILDS: String(count), DISTILL_TEST_SEED: String(seed) },
    ...{ DISTILL_TEST_EXECUTOR: values.executor, DISTILL_TEST_TIMEOUT: String(3600 + 60 * count) },
  });
}

/** Runs tests, of which nothing is left out. */
function runTests(filters: readonly string[], environment: Readonly<Record<string, string>>): void {
  const { status } = spawnSync(process.execPath, [join(import.meta.dirname, "test.ts"), ...filters], {
    stdio: "inherit",
    env: { ...process.env, ...environment, DISTILL_TEST_SHARE: "all" },
  });
  process.exitCode = status ?? 1;
}

async function killBuilds(directory: string): Promise<void> {
  const { app, builds, kills } = values;
  if (builds !== undefined) {
    const context = join(directory, "context");
    mkdirSync(context, { recursive: true });
    return killEach(new Soak(directory, dockerfileBuilds(context), Number(values.seed)), directory, Number(builds));
  }
  if (values["run-kills"] !== undefined) {
    const user = values.user === "ranges" ? userWithRanges() : 0;
    if (user === undefined) throw new Error("this machine has no user with ranges for tests: useradd distill-tests");
    const subject = await runBuilds(directory, values.executor, user);
    return killEach(new Soak(directory, subject, Number(values.seed)), directory, Number(values["run-kills"]));
  }
  const archive = await SmallArchive.open(smallSuite({ xz: true }));
  try {
    const subject = app === undefined ? smallCompositions(archive) : buildsOf(resolve(app));
    await killEach(new Soak(directory, subject, Number(values.seed)), directory, Number(kills));
  } finally {
    await archive.close();
  }
}

async function killEach(soak: Soak, directory: string, kills: number): Promise<void> {
  console.log(`state in ${directory}; seed ${soak.figures.seed}; ${soak.figures.kills} kills done before`);
  while (soak.figures.kills < kills) {
    await soak.kill();
    if (soak.figures.kills >= (soak.figures.crowds + 1) * KILLS_PER_CROWD) {
      await soak.crowd(soak.figures.crowds % 2 === 0 ? 2 : 3);
      console.log(soak.describe());
    }
  }
  for (const problem of soak.figures.problems) console.log(problem);
  console.log(soak.describe());
  process.exitCode = soak.figures.problems.length > 0 ? 1 : 0;
}

const seed = Number(values.seed);
const directory = resolve(values.state);
const { packages, transfers, dockerfiles } = values;
if (values["all-tests"]) runTests(positionals, { DISTILL_TEST_TIMEOUT: "3600" });
else if (values.random !== undefined) askDocker(seed, Number(values.random));
else if (dockerfiles !== undefined) readDockerfiles(seed, Number(dockerfiles));
else {
  mkdirSync(directory, { recursive: true });
  if (packages !== undefined) await composePackages(directory, seed, Number(packages));
  else if (transfers !== undefined) await interruptTransfers(directory, seed, Number(transfers));
  else await killBuilds(directory);
}
