import { ESSENTIAL } from "../debian/resolver/ignored-clause.ts";
import type { ComposeRecord } from "./record.ts";

/**
 * What a user should know of a composed base: plugins without their libraries, packages older than the archive's,
 * Essential packages (perl-base, bash, coreutils) that packages asked for depend on and that are not in the image, and
 * what maintainer scripts would have done that no piece does.
 */
export function notesOf(record: ComposeRecord): readonly string[] {
  return [
    ...unloadablePlugins(record),
    ...olderPackages(record),
    ...missingEssentials(record),
    ...undoneScripts(record),
  ];
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

/** Most commands of one package that are told; the record has them all. */
const SHOWN = 3;

function undoneScripts({ packages }: ComposeRecord): readonly string[] {
  return packages.flatMap(({ name, scripts: { undone } }) => {
    if (undone.length === 0) return [];
    const scripts = new Set(undone.map(({ script }) => script));
    const [only] = scripts.size === 1 ? scripts : [];
    const shown = undone.slice(0, SHOWN).map(({ script, line, command }) => {
      const where = only === undefined ? `${script} line ${line}` : `line ${line}`;
      return `${command} (${where})`;
    });
    const more = undone.length > SHOWN ? [`and ${undone.length - SHOWN} more`] : [];
    return [`${name}: its ${only ?? "scripts"} would also have run: ${[...shown, ...more].join("; ")}`];
  });
}
