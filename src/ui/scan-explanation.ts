import type { ShownExplanation } from "../scan/shown-explanation.ts";
import { formatAge } from "./format.ts";
import { printableLine } from "./printable.ts";

const LABEL = 12;

/** Why packages have a flaw or have it not: each record with what it says. */
export function scanExplanationText({ id, subject, packages, feeds }: ShownExplanation): string {
  if (packages.length === 0) {
    const asked = feeds.map(({ name, day }) => `${name} of ${day}`).join(", ");
    const where = asked === "" ? "no data was asked" : `asked: ${asked}`;
    return `${printableLine(`${id}: no record of that name is about a package of ${subject}; ${where}`)}\n`;
  }
  const blocks = packages.map((each) =>
    [
      `${printableLine(`${id}: ${each.package}: ${each.verdict}`)}\n`,
      ...each.facts.map(([label, text]) => line(label, text)),
      ...each.records.flatMap(({ record, feed, affected, because, link, age }) => [
        line("record", `${record} (${feed}${age === undefined ? "" : `, seen ${formatAge(age)}`}): ${affected}`),
        line("", because),
        ...(link === undefined ? [] : [line("", link)]),
      ]),
    ].join(""),
  );
  return blocks.join("\n");
}

function line(label: string, text: string): string {
  return `  ${label.padEnd(LABEL)} ${printableLine(text)}\n`;
}
