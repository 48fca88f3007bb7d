import { execFileSync } from "node:child_process";
import { chmodSync, linkSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { randomNumbers } from "./random.ts";

/** Choices that depend on a seed only. */
export class Random {
  readonly #next: () => number;

  constructor(seed: number) {
    this.#next = randomNumbers(seed);
  }

  /** A whole number from 0 to below `limit`. */
  below(limit: number): number {
    return Math.floor(this.#next() * limit);
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T;
  }
}

const NAMES = ["a", "b", "c.txt", "d.txt", "e f", "deep", "-x", "Ü"] as const;
const FILE_MODES = [0o644, 0o600, 0o755, 0o4755, 0o400] as const;
const DIRECTORY_MODES = [0o755, 0o700, 0o1777, 0o2755] as const;

/** A context with some files, links of both kinds, odd names and modes, and an archive; passwd and group for names of owners. */
export function writeRandomContext(directory: string, random: Random): void {
  const directories = ["", "one", "two", "one/deep", "one/deep/er", "empty"];
  const files: string[] = [];
  const taken = new Set<string>();
  for (const path of directories) mkdirSync(join(directory, path), { recursive: true });
  for (let count = 0; count < 14; count++) {
    const path = join(random.pick(directories), random.pick(NAMES));
    if (directories.includes(path) || taken.has(path)) continue;
    taken.add(path);
    const at = join(directory, path);
    const kind = random.below(10);
    if (kind < 6 || files.length === 0) {
      writeFileSync(at, `${path} ${random.below(1000)}\n`.repeat(1 + random.below(50)));
      chmodSync(at, random.pick(FILE_MODES));
      files.push(path);
    } else if (kind < 8) {
      symlinkSync(random.pick(["a", "../a", "/etc/passwd", "nowhere", ...files, "one", "."]), at);
      files.push(path);
    } else linkSync(join(directory, files.find((each) => !isLink(join(directory, each))) ?? "passwd"), at);
  }
  writeFileSync(join(directory, "passwd"), "root:x:0:0:::\nwww:x:33:34:::\n");
  writeFileSync(join(directory, "group"), "root:x:0:\nwww:x:34:\nstaff:x:50:\n");
  execFileSync("tar", [
    "-C",
    directory,
    "--owner=7",
    "--group=8",
    "-czf",
    join(directory, "pack.tgz"),
    "one",
    "passwd",
  ]);
  for (const path of directories.slice(1)) chmodSync(join(directory, path), random.pick(DIRECTORY_MODES));
}

/** Gives all of a context one date. */
export function dateAll(directory: string): void {
  execFileSync("find", [directory, "-exec", "touch", "-h", "-d", "@1500000000", "{}", "+"]);
}

function isLink(path: string): boolean {
  try {
    execFileSync("test", ["-h", path]);
    return true;
  } catch {
    return false;
  }
}

const SOURCES = [
  ".",
  "one",
  "one/",
  "one/deep",
  "two",
  "empty",
  "a",
  "b",
  "*.txt",
  "o*",
  "*/deep",
  "passwd",
  "[ab]",
] as const;
const TARGETS = ["/x", "/x/", "/x/y", "/x/y/", "/", "/one", "rel", "rel/", ".", "/x/a", "/l/", "/l"] as const;
const OWNERS = ["", "", "", " --chown=5", " --chown=5:6", " --chown=www", " --chown=www:staff"] as const;

/**
 * Two or three stages that copy from the context and from one another; nothing runs. Without --chmod, and --chown of archives: in
 * those, BuildKit of Docker 20.10 is another one than that of today.
 */
export function randomDockerfile(random: Random): string {
  const lines: string[] = [];
  const stages = 2 + random.below(2);
  for (let stage = 0; stage < stages; stage++) {
    const base = stage > 0 && random.below(3) === 0 ? `s${random.below(stage)}` : "scratch";
    lines.push(`FROM ${base} AS s${stage}`);
    if (base === "scratch") lines.push("COPY passwd group /etc/");
    for (let step = 2 + random.below(4); step > 0; step--) lines.push(randomStep(random, stage));
  }
  return `${lines.join("\n")}\n`;
}

function randomStep(random: Random, stage: number): string {
  const kind = random.below(10);
  if (kind === 0) return `WORKDIR ${random.pick(["/w", "/x/w", "sub", "/l/w"])}`;
  if (kind === 1) return `ADD pack.tgz ${random.pick(TARGETS)}`;
  const flags = random.pick(OWNERS);
  const target = random.pick(TARGETS);
  if (kind < 5 && stage > 0) {
    const source = random.pick(["/x", "/x/", "/etc/passwd", "/", "/x*", "/etc/*", "/w"]);
    return `COPY --from=s${random.below(stage)}${flags} ${source} ${target}`;
  }
  const sources = Array.from({ length: 1 + random.below(2) }, () => random.pick(SOURCES));
  return `COPY${flags} ${sources.join(" ")} ${sources.length > 1 && !target.endsWith("/") ? `${target}/` : target}`;
}
