import type { Comparison } from "../compare/compare.ts";
import type { SizeChange } from "../compare/size-change.ts";
import type { SurfaceKind } from "../compare/surface-changes.ts";
import { findingSentences } from "./compared-findings.ts";
import { count, formatBytes } from "./format.ts";

/** One of a kind; several are called so with an s. */
export const SURFACE_NOUNS: Readonly<Record<SurfaceKind, string>> = {
  shells: "shell",
  interpreters: "interpreter",
  packageManagers: "package manager",
  compilers: "compiler",
  networkTools: "network tool",
  setuid: "setuid file",
  setgid: "setgid file",
  capabilities: "file with capabilities",
  worldWritable: "world-writable path",
  loginUsers: "login user",
  ports: "exposed port",
};

/** Below this, a ratio is told as a percentage. */
const FACTOR = 1.1;

/** What a comparison comes to, in sentences; the first one is about sizes, with both forms apart. */
export function verdictOf(comparison: Comparison): readonly string[] {
  const { a, b } = comparison;
  if (a.imageID === b.imageID && a.sizes.compressed === b.sizes.compressed) {
    return [
      `A and B are the same image (${formatBytes(a.sizes.compressed)} compressed, ${formatBytes(a.sizes.uncompressed)} uncompressed).`,
    ];
  }
  return [
    sizeSentence(comparison),
    ...findingSentences(comparison),
    ...surfaceSentences(comparison),
    ...userSentence(comparison),
    packageSentence(comparison),
  ];
}

function sizeSentence({ difference: { sizes } }: Comparison): string {
  const { compressed, uncompressed } = sizes;
  const [first, second] = [relation(compressed), relation(uncompressed)];
  const shown = `B is ${first} compressed (${formatBytes(compressed.b)}, not ${formatBytes(compressed.a)})`;
  const same = direction(first) === direction(second) ? second.replace(/ \w+$/, "") : second;
  return `${shown} and ${direction(first) === "size" ? second : same} uncompressed.`;
}

/** "12.3x smaller", "3% larger", "of the same size". */
function relation({ change, ratio }: SizeChange): string {
  if (change === 0) return "of the same size";
  const word = change < 0 ? "smaller" : "larger";
  if (ratio === null) return `infinitely ${word}`;
  if (ratio >= FACTOR) return `${ratio.toFixed(1)}x ${word}`;
  const percent = Math.abs(ratio - 1) * 100;
  return `${percent < 1 ? "less than 1" : Math.round(percent)}% ${word}`;
}

function direction(relation: string): string {
  return relation.slice(relation.lastIndexOf(" ") + 1);
}

function surfaceSentences({ difference: { surface } }: Comparison): readonly string[] {
  const kinds = Object.keys(SURFACE_NOUNS) as SurfaceKind[];
  const gone = kinds.filter((kind) => surface[kind].b === 0 && surface[kind].a > 0 && kind !== "ports");
  const come = kinds.filter((kind) => surface[kind].a === 0 && surface[kind].b > 0 && kind !== "ports");
  const list = (found: readonly SurfaceKind[]): string =>
    joined(
      found.map((kind) => SURFACE_NOUNS[kind]),
      "or",
    );
  return [
    ...(gone.length === 0 ? [] : [`B has no ${list(gone)}.`]),
    ...(come.length === 0
      ? []
      : [`Where A has none, B has ${joined(come.map((kind) => counted(surface[kind].b, kind)))}.`]),
  ];
}

function counted(number: number, kind: SurfaceKind): string {
  return kind === "capabilities" && number !== 1
    ? `${number} files with capabilities`
    : count(number, SURFACE_NOUNS[kind]);
}

function userSentence({ a, b }: Comparison): readonly string[] {
  const [before, after] = [a.surface.user.uid === 0, b.surface.user.uid === 0];
  if (before === after) return [];
  return [after ? "B runs as root, and A does not." : "B does not run as root, and A does."];
}

function packageSentence({ a, b, difference: { packages } }: Comparison): string {
  const { added, removed, changed } = packages;
  if (a.packages.length === 0 && b.packages.length === 0) return "Neither has a package that is known.";
  const parts = [
    `${removed.length} of ${count(a.packages.length, "package")} ${removed.length === 1 ? "is" : "are"} gone`,
    `${added.length} ${added.length === 1 ? "is" : "are"} new`,
    ...(changed.length === 0 ? [] : [`${changed.length} ${changed.length === 1 ? "has" : "have"} another version`]),
  ];
  return `${joined(parts)}.`;
}

function joined(parts: readonly string[], word = "and"): string {
  const last = parts.at(-1) ?? "";
  return parts.length < 2 ? last : `${parts.slice(0, -1).join(", ")} ${word} ${last}`;
}
