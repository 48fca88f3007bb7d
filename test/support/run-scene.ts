import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { chownSync, copyFileSync, lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { asUser } from "./become-user.ts";
import { type CliOptions, type CliRun, distill } from "./cli.ts";
import { compileC } from "./compiled.ts";
import { makeTemporaryDirectory, temporaryDirectory } from "./directories.ts";
import { cgroupsOf, mountsBelow, processesOf } from "./run-leftovers.ts";
import { leftoversIn } from "./scene.ts";
import { hasTool, unlessTools } from "./tools.ts";

/** A program that confines RUN, and what has to be installed for it. */
export const EXECUTORS = [
  ["util-linux", "setpriv"],
  ["crun", "crun"],
  ["runc", "runc"],
  ["bubblewrap", "bwrap"],
] as const;

export type ExecutorName = (typeof EXECUTORS)[number][0];

/** For a test's `skip` option: false, or why no program can be compiled and run as root here. */
export function unlessRun(): false | string {
  return process.getuid?.() === 0 ? unlessTools("gcc", "unshare", "setpriv", "tar") : "needs root";
}

const worked = new Map<string, false | string>();

/** For a test's `skip` option: false, or why this executor runs nothing on this machine. */
export async function unlessExecutor(name: ExecutorName, programs: Programs, user = 0): Promise<false | string> {
  const tool = EXECUTORS.find(([each]) => each === name)?.[1] ?? name;
  if (!hasTool(tool)) return `needs ${tool}`;
  const known = worked.get(`${name} ${user}`);
  if (known !== undefined) return known;
  const own = makeTemporaryDirectory();
  copyFileSync(programs.mischief, join(own.path, "mischief"));
  writeFileSync(join(own.path, "Dockerfile"), 'FROM scratch\nCOPY mischief /\nRUN ["/mischief"]\n');
  giveTo(user, own.path, ["mischief", "Dockerfile"]);
  const env = { DISTILL_HOME: join(own.path, "home"), HOME: own.path };
  const args = ["build", own.path, "--executor", name];
  const { status, stderr } = await distill(args, { env, through: asUser(user) });
  own.remove();
  // Where everything is installed, an executor that does not work is a failure and nothing that this machine lacks.
  if (process.env.CI) assert.equal(status, 0, `${name} is installed and does not work: ${stderr}`);
  const found = status === 0 ? false : `${name} does not work here: ${/^distill: .*$/m.exec(stderr)?.[0]}`;
  worked.set(`${name} ${user}`, found);
  return found;
}

/** Programs for RUN that need no library. */
export interface Programs {
  readonly attacker: string;
  readonly mischief: string;
  /** As `relay.c` says; a program that needs no loader, and one that asks for one. */
  readonly relay: string;
  readonly loaded: string;
}

export async function compilePrograms(directory: string): Promise<Programs> {
  const alone = ["-nostdlib", "-ffreestanding", "-fno-stack-protector", "-fno-builtin"];
  const other = join(directory, "other");
  mkdirSync(other);
  const [attacker, mischief, relay, loaded] = await Promise.all([
    compileC("attacker.c", directory, "-static"),
    compileC("mischief.c", directory, "-static"),
    compileC("relay.c", directory, "-static-pie", "-fPIE", ...alone),
    compileC("relay.c", other, "-pie", "-fPIE", ...alone),
  ]);
  return { attacker, mischief, relay, loaded };
}

function giveTo(user: number, directory: string, names: readonly string[]): void {
  for (const name of ["", ...names]) chownSync(join(directory, name), user, user);
}

/** A home, a context with the programs, and a witness: a directory of this machine that no RUN may see or change. */
export class RunScene {
  readonly home: string;
  readonly context: string;
  readonly witness: string;
  /** In the environment of all that distill starts outside of root file systems, and of distill. */
  readonly mark: string;
  readonly #user: number;
  readonly #pids: number[] = [];
  readonly #before: string;

  private constructor(root: string, user: number) {
    this.#user = user;
    this.home = join(root, "home");
    this.context = join(root, "context");
    this.witness = join(root, "witness");
    this.mark = root;
    for (const path of [this.context, this.witness]) mkdirSync(path);
    writeFileSync(join(this.witness, "secret"), "of this machine\n");
    giveTo(user, root, ["context", "witness", "witness/secret"]);
    this.#before = this.#state();
  }

  /** `user` is who builds, and whose all of it is. */
  static open(test: TestContext, programs: Programs, user = 0): RunScene {
    const scene = new RunScene(temporaryDirectory(test), user);
    for (const [name, path] of Object.entries(programs)) copyFileSync(path, join(scene.context, name));
    return scene;
  }

  /** Builds a Dockerfile with an executor. */
  build(
    dockerfile: string,
    executor: ExecutorName,
    args: readonly string[] = [],
    options: CliOptions = {},
  ): Promise<CliRun> {
    writeFileSync(join(this.context, "Dockerfile"), dockerfile);
    const command = ["build", this.context, "--progress", "plain", "--executor", executor, ...args];
    const env = { ...options.env, DISTILL_HOME: this.home, DISTILL_TEST_MARK: this.mark, HOME: this.mark };
    const through = [...(options.through ?? []), ...asUser(this.#user)];
    const onStart = (child: ChildProcess): void => {
      if (child.pid !== undefined) this.#pids.push(child.pid);
      options.onStart?.(child);
    };
    return distill(command, { ...options, env, through, onStart });
  }

  /** What the programs of a build wrote, line by line. */
  static output({ stderr }: CliRun): readonly string[] {
    return [...stderr.matchAll(/^#\d+ \d+\.\d+ (.*)$/gm)].map(([, line = ""]) => line);
  }

  /** That nothing of this machine is another than before the scene, and nothing of a RUN is left. */
  async mustBeClean(): Promise<void> {
    // What is killed is gone a moment later.
    for (let attempt = 0; attempt < 100 && this.#running().length > 0; attempt++) await sleep(20);
    assert.deepEqual(this.#running(), []);
    assert.equal(this.#state(), this.#before);
    assert.deepEqual(leftoversIn(this.home), []);
  }

  #running(): readonly string[] {
    return processesOf(this.mark);
  }

  #state(): string {
    const files = readdirSync(this.witness).map((name) => {
      const { mode, size, mtimeMs, ctimeMs } = lstatSync(join(this.witness, name));
      return [name, mode, size, mtimeMs, ctimeMs].join(" ");
    });
    const { mode, mtimeMs } = lstatSync(this.witness);
    const pattern = readFileSync("/proc/sys/kernel/core_pattern", "latin1");
    return [`${mode} ${mtimeMs}`, ...files, pattern, ...mountsBelow(this.mark), ...cgroupsOf(this.#pids)].join("\n");
  }
}
