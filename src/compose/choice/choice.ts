import type { BinaryPackage } from "../../debian/package/package.ts";
import type { ChosenPackage, ComposeRecord } from "../record.ts";
import type { Candidate } from "./closure.ts";

/** The packages that the tiers chose, each once, by name; of equal names by version, as text. */
export function choiceOf(
  tiers: readonly { readonly plan: { readonly name: string }; readonly candidates: readonly Candidate[] }[],
): readonly ChosenPackage[] {
  const chosen = new Map<string, ChosenPackage>();
  for (const { plan, candidates } of tiers) {
    for (const { package: of, ignored } of candidates) {
      const before = chosen.get(of.digest);
      const { name, version, architecture, source, archive, filename, size, digest } = of;
      chosen.set(digest, {
        ...{ name, version, architecture, source, archive, filename, size, digest },
        tiers: [...(before?.tiers ?? []), plan.name],
        ignored: [...(before?.ignored ?? []), ...ignored.filter((each) => !isAmong(each, before?.ignored))],
      });
    }
  }
  const key = ({ name, version }: ChosenPackage): string => `${name} ${version}`;
  return [...chosen.values()].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

/** The record with the places where the archives have the same packages now. */
export function withPlaces(record: ComposeRecord, packages: readonly BinaryPackage[]): ComposeRecord {
  const now = new Map(packages.map((each) => [each.digest, each]));
  const choice = record.choice.map((each): ChosenPackage => {
    const { archive, filename } = now.get(each.digest) ?? each;
    return { ...each, archive, filename };
  });
  return { ...record, choice };
}

function isAmong(
  { relation }: ChosenPackage["ignored"][number],
  others: ChosenPackage["ignored"] | undefined,
): boolean {
  return others?.some((each) => each.relation === relation) ?? false;
}
