import { familiarName, type Reference } from "./reference.ts";

/**
 * Whether a name fits a pattern of `distill images`: a repository stands for all of its tags, `REPOSITORY:TAG` for one,
 * and `*` for any characters but "/" (docker's reference filter). Names are compared as people write them.
 */
export function nameFilter(pattern: string): (reference: Reference) => boolean {
  const text = pattern.replace(/^(?:(?:index\.)?docker\.io\/)?(?:library\/)?/, "");
  const expression = text.split("*").map(escaped).join("[^/]*");
  const whole = new RegExp(`^${expression}$`);
  return (reference) => {
    const name = familiarName(reference);
    return whole.test(name) || whole.test(`${name}:${reference.tag}`);
  };
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}
