import type { LockOutcome } from "../compose/lock/lock-outcome.ts";
import { count, formatBytes } from "./format.ts";
import { printableLine } from "./printable.ts";

type Change = LockOutcome["changes"][number];
type Fixes = LockOutcome["fixes"][number];

/** Numbers of bugs and flaws that are told of one source; the JSON form has them all. */
const MOST_SHOWN = 12;

/** What changed in a lock that was renewed, a line each; "" for one that was obeyed or is new. */
export function describeLock(lock: LockOutcome): string {
  if (lock.state !== "renewed") return "";
  const lines = [
    `${lock.path}, ${lock.platform}: ${summary(lock.changes)}`,
    ...lock.changes.map((each) => `  ${describeChange(each)}`),
    ...lock.fixes.map((each) => `  ${describeFixes(each)}`),
  ];
  return lines.map((line) => `${printableLine(line)}\n`).join("");
}

const KINDS: Readonly<Record<Change["kind"], string>> = {
  newer: "newer",
  older: "moved back",
  rebuilt: "rebuilt",
  new: "new",
  gone: "gone",
};

/** "3 packages newer, 1 new". */
function summary(changes: readonly Change[]): string {
  const kinds = Object.entries(KINDS).flatMap(([kind, word]) => {
    const number = changes.filter((each) => each.kind === kind).length;
    return number === 0 ? [] : [{ number, word }];
  });
  const [first, ...more] = kinds;
  if (first === undefined) return "the packages are the same as before";
  return [
    `${count(first.number, "package")} ${first.word}`,
    ...more.map(({ number, word }) => `${number} ${word}`),
  ].join(", ");
}

/** "libssl3t64 3.5.1-1 -> 3.5.4-1 (+12.0 kB)". */
function describeChange({ kind, package: name, from, to, size }: Change): string {
  switch (kind) {
    case "new":
      return `${name} ${to} (new, ${formatBytes(size)})`;
    case "gone":
      return `${name} ${from} (gone, ${formatBytes(-size)})`;
    case "newer":
      return `${name} ${from} -> ${to} (${difference(size)})`;
    default:
      return `${name} ${from} -> ${to} (${KINDS[kind]}, ${difference(size)})`;
  }
}

function difference(size: number): string {
  if (size === 0) return "same size";
  return `${size > 0 ? "+" : "-"}${formatBytes(Math.abs(size))}`;
}

/** "openssl 3.5.1-1 -> 3.5.4-1 (security): fixes CVE-2025-9230; closes #1, #2". */
function describeFixes(fixes: Fixes): string {
  const title = `${fixes.source} ${fixes.from} -> ${fixes.to}`;
  if ("unknown" in fixes) return `${title}: what was fixed is not known, ${fixes.unknown}`;
  const parts = [
    ...(fixes.cves.length === 0 ? [] : [`fixes ${listed(fixes.cves)}`]),
    ...(fixes.closes.length === 0 ? [] : [`closes ${listed(fixes.closes.map((bug) => `#${bug}`))}`]),
  ];
  const what = parts.length === 0 ? "its changelog names no fixed flaw or bug" : parts.join("; ");
  return `${title}${fixes.security ? " (security)" : ""}: ${what}`;
}

function listed(names: readonly string[]): string {
  const more = names.length - MOST_SHOWN;
  return more > 0 ? `${names.slice(0, MOST_SHOWN).join(", ")} and ${more} more` : names.join(", ");
}
