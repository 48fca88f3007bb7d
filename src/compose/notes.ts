import { ESSENTIAL } from "../debian/resolver/ignored-clause.ts";
import type { ComposeRecord } from "./record.ts";

/**
 * What a user should know of a composed base: plugins without their libraries, packages older than the archive's, and
 * Essential packages (perl-base, bash, coreutils) that packages asked for depend on and that are not in the image.
 */
export function notesOf(record: ComposeRecord): readonly string[] {
  return [...unloadablePlugins(record), ...olderPackages(record), ...missingEssentials(record)];
}

function unloadablePlugins({ unloadable }: ComposeRecord): readonly string[] {
  return unloadable.map(({ path, library }) => `${path} cannot be loaded: no package of the image has ${library}`);
}

function olderPackages({ packages }: ComposeRecord): readonly string[] {
  return packages
    .filter(({ newer }) => newer !== null)
    .map(({ name, version, newer }) => `${name} ${version} was chosen, as a constraint asks; the archive has ${newer}`);
}

function missingEssentials({ packages }: ComposeRecord): readonly string[] {
  const askers = new Map<string, string[]>();
  for (const { name, tier, ignored } of packages) {
    for (const { relation, reason } of tier === "packages" ? ignored : []) {
      if (!reason.endsWith(ESSENTIAL)) continue;
      askers.set(relation, [...(askers.get(relation) ?? []), name]);
    }
  }
  return Array.from(askers, ([relation, names]) => {
    const depend = names.length === 1 ? "depends" : "depend";
    const name = relation.split(/[\s:|(]/, 1)[0];
    return `${name} is not in the image, though ${names.join(", ")} ${depend} on it: every Debian has it, a distroless image does not. Add ${name} to the packages if the app runs it`;
  });
}
