import { hexOf } from "../../lib/digest.ts";
import type { ChosenPackage } from "../record.ts";
import { LOCK_VERSION, type Lock, type LockSection } from "./lock.ts";

const NOTE =
  "Made by distill: the packages that the image consists of. Keep it under version control; --update renews it.";

/**
 * The text of a lock: JSON, one package a line, so that a change of it reads well. Equal locks give equal texts, whatever
 * the order of their platforms.
 */
export function formatLock(lock: Lock): string {
  const sections = [...lock.sections].sort(([a], [b]) => (a < b ? -1 : 1));
  const platforms = sections.map(([platform, section]) => `    ${JSON.stringify(platform)}: ${formatSection(section)}`);
  const lines = [
    "{",
    `  "lockVersion": ${LOCK_VERSION},`,
    `  "note": ${JSON.stringify(NOTE)},`,
    '  "platforms": {',
    platforms.join(",\n"),
    "  }",
    "}",
  ];
  return `${lines.join("\n")}\n`;
}

function formatSection({ asked, archives, packages }: LockSection): string {
  const dates = Object.fromEntries(
    archives.map(({ key, date }) => [key, date === undefined ? null : formatDate(date)]),
  );
  const keys = archives.map(({ key }) => key);
  return [
    "{",
    `      "asked": ${formatMap(asked)},`,
    `      "archives": ${formatMap(dates)},`,
    '      "packages": [',
    packages.map((each) => `        ${formatPackage(each, keys)}`).join(",\n"),
    "      ]",
    "    }",
  ].join("\n");
}

function formatMap(values: Readonly<Record<string, unknown>>): string {
  const lines = Object.entries(values).map(
    ([key, value]) => `        ${JSON.stringify(key)}: ${JSON.stringify(value)}`,
  );
  return lines.length === 0 ? "{}" : `{\n${lines.join(",\n")}\n      }`;
}

function formatPackage(of: ChosenPackage, archives: readonly string[]): string {
  const { name, version, architecture, source, archive, filename, size, digest, tiers, ignored } = of;
  return JSON.stringify({
    ...{ name, version, architecture },
    ...(source.name === name && source.version === version ? {} : { source: formatSource(of) }),
    ...{ archive: archives[archive], file: filename, size, sha256: hexOf(digest), tiers },
    ...(ignored.length === 0
      ? {}
      : { without: Object.fromEntries(ignored.map(({ relation, reason }) => [relation, reason])) }),
  });
}

/** As a package index has it: the source's version only where it is another. */
function formatSource({ source, version }: ChosenPackage): string {
  return source.version === version ? source.name : `${source.name} (${source.version})`;
}

/** "2026-11-14T09:00:00Z": releases are dated in whole seconds. */
function formatDate(date: number): string {
  return new Date(date).toISOString().replace(/\.\d+Z$/, "Z");
}
