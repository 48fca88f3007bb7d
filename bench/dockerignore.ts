/*
 * Measures how long a .dockerignore of 60 patterns takes to decide 200,000 paths, in this process and without a disk: once
 * as a walk asks, directory by directory, and once path by path.
 *
 *   node bench/dockerignore.ts [--runs 10]
 *
 * Prints markdown.
 */
import { parseArgs } from "node:util";
import { parseIgnoreFile } from "../src/dockerfile/ignore/ignore-file.ts";
import type { MatchedDirectory, PathMatcher } from "../src/dockerfile/ignore/matcher.ts";
import type { RootPath } from "../src/rootfs/path.ts";
import { machine } from "./report.ts";

/** Seconds that it may take. */
const GOAL = 0.5;

const KINDS = ["js", "ts", "map", "py", "pyc", "log", "tmp", "md", "json", "png"];

/** Sixty patterns: as people write them, a third of them without an anchor, and some that take back in. */
const PATTERNS = [
  ...[
    "**/.git",
    "**/*.log",
    "**/*.tmp",
    "**/.DS_Store",
    "**/__pycache__",
    "*.md",
    "!README.md",
    ".env*",
    "dist",
    "build",
  ],
  ...Array.from({ length: 20 }, (_, index) => `module${index * 7}/**/test*`),
  ...Array.from({ length: 15 }, (_, index) => `**/generated${index}/*.[jt]s`),
  ...Array.from({ length: 10 }, (_, index) => `module${index * 3}/deep${index}`),
  ...Array.from({ length: 5 }, (_, index) => `!module${index * 3}/deep${index}/keep*`),
];

/** 100 modules of 20 directories of 100 files. */
const DIRECTORIES = Array.from({ length: 100 }, (_, module) => ({
  name: `module${module}`,
  below: Array.from({ length: 20 }, (_, deep) => ({
    name: deep % 4 === 0 ? `generated${deep}` : `deep${deep}`,
    files: Array.from(
      { length: 100 },
      (_, file) => `${file % 9 === 0 ? "keep" : "some-file"}${file}.${KINDS[file % 10]}`,
    ),
  })),
}));

const { values } = parseArgs({ options: { runs: { type: "string", default: "10" } } });
const paths = DIRECTORIES.flatMap(({ name, below }) =>
  below.flatMap((each) => each.files.map((file) => `${name}/${each.name}/${file}` as RootPath)),
);

console.log(`${machine()}\n`);
console.log(`${PATTERNS.length} patterns, ${paths.length} paths, ${values.runs} runs\n`);
console.log("| | left out | first, s | median, s |\n|---|---:|---:|---:|");
row(`directory by directory (goal: ${GOAL})`, ({ root }) => walk(root));
row("path by path", (matcher) => paths.filter((path) => matcher.excludes(path)).length);

function walk(root: MatchedDirectory): number {
  let left = 0;
  for (const { name, below } of DIRECTORIES) {
    const module = root.enter(name);
    for (const each of below) {
      const directory = module.enter(each.name);
      if (directory.decided) left += directory.excluded ? each.files.length : 0;
      else for (const file of each.files) if (directory.excludes(file)) left++;
    }
  }
  return left;
}

function row(name: string, decide: (matcher: PathMatcher) => number): void {
  const times: number[] = [];
  let left = 0;
  for (let run = 0; run < Number(values.runs); run++) {
    const began = performance.now();
    left = decide(parseIgnoreFile(PATTERNS.join("\n")));
    times.push((performance.now() - began) / 1000);
  }
  const median = times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN;
  console.log(`| ${name} | ${left} | ${times[0]?.toFixed(3)} | ${median.toFixed(3)} |`);
}
