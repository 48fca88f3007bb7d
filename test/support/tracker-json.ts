import { Random } from "./random-dockerfile.ts";

/** A source package's flaws as the tracker's JSON has them, by CVE. */
export type TrackerPackage = Readonly<Record<string, unknown>>;

export interface TrackerOptions {
  /** About as many bytes are written; the published file has 60 MB and more. */
  readonly bytes: number;
  readonly seed: number;
  /** Packages whose states matter to a test: they stand among the others, which have names that no real package has. */
  readonly packages?: Readonly<Record<string, TrackerPackage>>;
}

/** Releases with the versions that packages have there end in. */
const RELEASES = [
  ["bookworm", "-1+deb12u"],
  ["bullseye", "-1+deb11u"],
  ["forky", "-2"],
  ["sid", "-2"],
  ["trixie", "-1+deb13u"],
] as const;

const WORDS =
  "a the of in to and buffer overflow parsing crafted allows remote attackers local users memory denial service via version before function header kernel driver file length check missing free after use pointer".split(
    " ",
  );

const REASONS = [
  "Minor issue",
  "Minor issue, can be fixed in a point release",
  "Intrusive to backport",
  "EOL in Bookworm",
];

/** Of one package there are as many as of the kernel; most have a few. */
const LARGE_PACKAGE = 9000;

/**
 * JSON as https://security-tracker.debian.org/tracker/data/json has it (one line, source package -> CVE -> release), of any size;
 * the same for the same options.
 */
export function* trackerJson({ bytes, seed, packages = {} }: TrackerOptions): Generator<Buffer> {
  const random = new Random(seed);
  let written = 0;
  let separator = "{";
  const piece = (text: string): Buffer => {
    const buffer = Buffer.from(text);
    written += buffer.length;
    return buffer;
  };
  for (const [name, flaws] of Object.entries(packages)) {
    yield piece(`${separator}${JSON.stringify(name)}: ${spaced(flaws)}`);
    separator = ", ";
  }
  for (let number = 0; written < bytes; number++) {
    yield piece(`${separator}"synthetic-${number}": {`);
    separator = ", ";
    const flaws = number === 0 && bytes > 30_000_000 ? LARGE_PACKAGE : 1 + random.below(random.below(60) + 1);
    for (let flaw = 0; flaw < flaws; flaw++) {
      const id = `CVE-${2005 + random.below(21)}-${1000 + ((flaw * 7919 + number) % 60_000)}${flaw}`;
      yield piece(`${flaw === 0 ? "" : ", "}"${id}": ${spaced(randomFlaw(random))}`);
    }
    yield piece("}");
  }
  yield piece(written === 0 ? "{}" : "}");
}

/** With a blank behind commas and colons, as the tracker's program writes it. */
function spaced(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(spaced).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  return `{${entries.map(([key, each]) => `${JSON.stringify(key)}: ${spaced(each)}`).join(", ")}}`;
}

function randomFlaw(random: Random): TrackerPackage {
  const upstream = `${random.below(9)}.${random.below(20)}.${random.below(12)}`;
  const urgency = random.pick(["not yet assigned", "not yet assigned", "unimportant", "low", "medium**", "high"]);
  const description = Array.from({ length: 10 + random.below(50) }, () => random.pick(WORDS)).join(" ");
  const releases = RELEASES.filter(() => random.below(12) > 0).map(([release, end]) => {
    const version = `${upstream}${end}${end.endsWith("u") ? 1 + random.below(4) : ""}`;
    const repositories = { [release]: version, ...(end.endsWith("u") ? { [`${release}-security`]: version } : {}) };
    return [release, { ...randomState(random, version), repositories, urgency }] as const;
  });
  return {
    description: `In ${upstream}, "${description}".`,
    debianbug: random.below(3) === 0 ? 600_000 + random.below(500_000) : undefined,
    scope: random.pick(["local", "remote", undefined]),
    // Without any release it is a list.
    releases: releases.length === 0 ? [] : Object.fromEntries(releases),
  };
}

function randomState(random: Random, version: string): TrackerPackage {
  switch (random.below(10)) {
    case 0:
      return { status: "open" };
    case 1:
      return {
        status: "open",
        nodsa: random.pick(REASONS),
        nodsa_reason: random.pick(["", "ignored", "postponed"]),
      };
    case 2:
      return { status: "undetermined" };
    case 3:
      return { status: "resolved", fixed_version: "0" };
    default:
      return { status: "resolved", fixed_version: version };
  }
}
