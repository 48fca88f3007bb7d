import { chownSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { seekTar } from "../../src/formats/tar/seek.ts";
import { digestOf, hexOf } from "../../src/lib/digest.ts";
import { asUser } from "./become-user.ts";
import { type CliRun, distill, mustDistill } from "./cli.ts";
import { randomNumbers } from "./random.ts";
import { cgroupsOf, mountsBelow, processesOf, strangeSnapshots } from "./run-leftovers.ts";
import { leftoversIn } from "./scene.ts";
import { FURTHER_PACKAGES, type SmallArchive } from "./small-archive.ts";

/** What a soak has done and found so far; kept in a file, so that a soak that was stopped goes on where it was. */
export interface SoakFigures {
  readonly seed: number;
  /** Builds that were killed before they had ended. */
  kills: number;
  /** Builds that had ended before the kill. */
  late: number;
  /** How far the killed ones had come, by the last thing that they had said. */
  readonly phases: Record<string, number>;
  verifications: number;
  /** Builds that were to succeed: after a kill, or beside others. */
  builds: number;
  /** Rounds of two or three builds at once. */
  crowds: number;
  /** What went wrong, a line each. */
  readonly problems: string[];
}

/** A command line that makes an image, without names and outputs. */
type Recipe = readonly string[];

/** What a soak makes. */
export interface SoakSubject {
  /** For distill's processes, beside DISTILL_HOME. */
  readonly environment: Readonly<Record<string, string>>;
  /** Part of what processes of it that are running show of themselves; where programs run. */
  readonly mark?: string;
  /** Who builds, where it is not this process's user. */
  readonly user?: number;
  /** One of the things to be made. */
  recipe(random: () => number): Recipe;
}

/** `static` and some packages of the small archive. */
export function smallCompositions(archive: SmallArchive): SoakSubject {
  const recipe = (random: () => number): Recipe => {
    const packages = FURTHER_PACKAGES.filter(() => random() < 0.4);
    return ["compose", "static", ...packages.flatMap((name) => ["-p", name])];
  };
  return { environment: archive.environment, recipe };
}

/**
 * Builds in one home, killed with SIGKILL at random moments over their whole duration, start included, and several at once.
 * After each the store must verify; now and then a build must succeed and give what it gives in a home that nothing was
 * killed in. Each round depends on the seed and its number only. The cache and the store are emptied now and then, so that
 * there is something to interrupt.
 */
export class Soak {
  readonly figures: SoakFigures;
  readonly #directory: string;
  readonly #subject: SoakSubject;
  readonly #pids: number[] = [];
  readonly #expected = new Map<string, string>();
  /** Milliseconds that a build takes here, about. */
  #typical = 0;

  /** Goes on with what `directory` holds, else begins there. */
  constructor(directory: string, subject: SoakSubject, seed: number) {
    this.#directory = directory;
    this.#subject = subject;
    mkdirSync(join(directory, "out"), { recursive: true });
    const { user } = subject;
    if (user !== undefined) for (const path of [directory, join(directory, "out")]) chownSync(path, user, user);
    const known = existsSync(this.#stateFile)
      ? (JSON.parse(readFileSync(this.#stateFile, "utf8")) as SoakFigures)
      : undefined;
    this.figures = known ?? {
      ...{ seed, kills: 0, late: 0, phases: {}, verifications: 0, builds: 0, crowds: 0, problems: [] },
    };
  }

  /** Kills one build; every fifth is followed by one that must succeed. True where the kill came in time. */
  async kill(): Promise<boolean> {
    const { figures } = this;
    const round = figures.kills + figures.late;
    const random = randomNumbers(figures.seed * 100_003 + round);
    this.#clear(random);
    const recipe = this.#subject.recipe(random);
    if (this.#typical === 0) await this.#expect(recipe);
    const killed = await this.#interrupted(recipe, `soak:${round % 7}`, random() * 1.1 * this.#typical);
    if (killed) figures.kills++;
    else figures.late++;
    await this.#verify(`round ${round}`);
    if (killed && figures.kills % 5 === 0) await this.#mustMatch(recipe, `round ${round}`);
    this.#save();
    return killed;
  }

  /** `count` builds at once: two of them the same, and of three one is killed. */
  async crowd(count: 2 | 3): Promise<void> {
    const { figures } = this;
    const random = randomNumbers(figures.seed * 7_919 + figures.crowds);
    this.#clear(random);
    const [first, second] = [this.#subject.recipe(random), this.#subject.recipe(random)];
    const recipes = figures.crowds % 2 === 0 ? [first, first] : [first, second];
    const where = `${count} at once, round ${figures.crowds}`;
    const work = recipes.map((recipe) => this.#mustMatch(recipe, where));
    if (count === 3) work.push(this.#interrupted(second, "crowd", random() * this.#typical).then(() => {}));
    await Promise.all(work);
    await this.#verify(where);
    figures.crowds++;
    this.#save();
  }

  /** The figures as one line. */
  describe(): string {
    const { kills, late, phases, verifications, builds, crowds, problems, seed } = this.figures;
    const when = Object.entries(phases).map(([phase, count]) => `${phase} ${count}`);
    return [
      `kills ${kills} (while ${when.join(", ")}; ${late} came too late)`,
      `verifications ${verifications}`,
      `rounds of builds at once ${crowds}`,
      `builds that had to succeed ${builds}`,
      `problems ${problems.length}`,
      `seed ${seed}`,
    ].join(", ");
  }

  get #through(): readonly string[] {
    return asUser(this.#subject.user ?? 0);
  }

  get #home(): string {
    return join(this.#directory, "home");
  }

  get #stateFile(): string {
    return join(this.#directory, "state.json");
  }

  #save(): void {
    writeFileSync(this.#stateFile, JSON.stringify(this.figures, null, 2));
  }

  #clear(random: () => number): void {
    const dice = random();
    if (dice < 0.3) rmSync(join(this.#home, "cache/debs"), { recursive: true, force: true });
    if (dice < 0.1) rmSync(join(this.#home, "cache/indexes"), { recursive: true, force: true });
    if (dice < 0.5) rmSync(join(this.#home, "cache/contexts"), { recursive: true, force: true });
    if (dice > 0.6) rmSync(join(this.#home, "store"), { recursive: true, force: true });
  }

  /** Runs a build and kills it after so many milliseconds; false where it had ended by then. */
  async #interrupted(recipe: Recipe, tag: string, moment: number): Promise<boolean> {
    const output = join(this.#directory, "out", `${tag.replace(":", "-")}.tar`);
    const run = await this.#compose(this.#home, recipe, ["-t", tag, "-o", `oci-archive:${output}`], moment);
    if (existsSync(output)) await this.#checkArchive(output);
    rmSync(output, { force: true });
    if (run.status === 137) {
      const phase = phaseOf(run.stderr);
      this.figures.phases[phase] = (this.figures.phases[phase] ?? 0) + 1;
      return true;
    }
    if (run.status !== 0) this.#problem(`a build that was not killed in time ended with ${run.status}: ${run.stderr}`);
    else this.#typical = (this.#typical + run.milliseconds) / 2;
    return false;
  }

  async #mustMatch(recipe: Recipe, where: string): Promise<void> {
    const expected = await this.#expect(recipe);
    const run = await this.#compose(this.#home, recipe, ["-t", "good"]);
    this.figures.builds++;
    if (run.status !== 0) this.#problem(`${where}: status ${run.status}: ${run.stderr}`);
    else if (run.stdout !== expected) this.#problem(`${where}: ${run.stdout.trim()} in place of ${expected.trim()}`);
  }

  /** What the recipe gives in a home of its own. */
  async #expect(recipe: Recipe): Promise<string> {
    const key = recipe.join(" ");
    const known = this.#expected.get(key);
    if (known !== undefined) return known;
    const home = join(this.#directory, "reference");
    const env = { ...this.#subject.environment, DISTILL_HOME: home };
    const { stdout, milliseconds } = await mustDistill(recipe, { env, through: this.#through });
    if (this.#typical === 0) this.#typical = milliseconds;
    this.#expected.set(key, stdout);
    return stdout;
  }

  #compose(home: string, recipe: Recipe, more: readonly string[], moment?: number): Promise<CliRun> {
    return distill([...recipe, ...more], {
      env: { ...this.#subject.environment, DISTILL_HOME: home },
      through: this.#through,
      onStart: (child) => {
        if (child.pid !== undefined) this.#pids.push(child.pid);
        if (moment !== undefined) void sleep(moment).then(() => child.kill("SIGKILL"));
      },
    });
  }

  async #verify(where: string): Promise<void> {
    const { status, stdout, stderr } = await distill(["verify"], {
      env: { DISTILL_HOME: this.#home },
      through: this.#through,
    });
    this.figures.verifications++;
    if (status !== 0) this.#problem(`${where}: verify ended with ${status}: ${stdout}${stderr}`);
    const left = leftoversIn(this.#home).filter((each) => !each.startsWith("cache/partial/"));
    if (left.length > 0) this.#problem(`${where}: still there after verify: ${left.join(", ")}`);
    if (this.#subject.mark !== undefined) await this.#nothingRuns(this.#subject.mark, where);
  }

  /** What a program started, and what it was started by, is gone a moment after distill; cgroups and snapshots with the next one. */
  async #nothingRuns(mark: string, where: string): Promise<void> {
    for (let attempt = 0; attempt < 250 && processesOf(mark).length > 0; attempt++) await sleep(20);
    const running = processesOf(mark);
    if (running.length > 0) this.#problem(`${where}: still running: ${running.join(", ")}`);
    const left = [...cgroupsOf(this.#pids), ...mountsBelow(mark), ...strangeSnapshots(this.#home)];
    if (left.length > 0) this.#problem(`${where}: left: ${left.join(", ")}`);
  }

  /** An output that is there must be whole. */
  async #checkArchive(path: string): Promise<void> {
    const file = await open(path);
    try {
      const bytes = readFileSync(path);
      for await (const { header, offset } of seekTar(file)) {
        const [, hex] = /^blobs\/sha256\/(.+)$/.exec(header.path) ?? [];
        if (hex === undefined) continue;
        const found = hexOf(digestOf(bytes.subarray(offset, offset + header.size)));
        if (found !== hex) this.#problem(`${path}: ${header.path} has the content of ${found}`);
      }
    } catch (error) {
      this.#problem(`${path}: ${String(error)}`);
    } finally {
      await file.close();
    }
  }

  #problem(text: string): void {
    this.figures.problems.push(text);
  }
}

function phaseOf(stderr: string): string {
  if (stderr === "") return "starting";
  if (stderr.includes("Writing ")) return "writing the output or ending";
  if (/Packing layers/.test(stderr)) return "making and packing layers";
  if (/^#\d+ .*\] RUN/m.test(stderr)) return "running programs";
  if (/^#\d+ .*(?:COPY|WORKDIR)/m.test(stderr)) return "copying";
  if (stderr.includes("Building from ")) return "reading the context";
  if (stderr.includes("layer ")) return "making and packing layers";
  if (stderr.includes("Fetching ") && !stderr.includes("Unpacking ")) return "fetching indexes";
  return "fetching and unpacking packages";
}
