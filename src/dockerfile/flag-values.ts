import { nearest } from "../lib/nearest.ts";
import { quoted, shortened } from "./quoted.ts";
import type { Source, Word } from "./source.ts";
import type { Statement } from "./statement.ts";

/** What a flag may be: true or false, one text, or several texts by repeating it. */
export type FlagKind = "boolean" | "text" | "texts";

/** The flags that were given: each value as a word, with the span of the whole flag. */
export interface FlagValues {
  /** Undefined where it is not given or empty. */
  readonly text: (name: string) => Word | undefined;
  readonly texts: (name: string) => readonly Word[];
  readonly boolean: (name: string) => boolean | undefined;
}

/** The flags of a statement by the table of those that it may have. CONFIG_INVALID for all others, and for wrong values. */
export function readFlags(
  source: Source,
  { flags, keyword }: Statement,
  kinds: Readonly<Record<string, FlagKind>>,
): FlagValues {
  const given = new Map<string, Word[]>();
  for (const flag of flags) {
    const [name = "", ...rest] = flag.text.slice(2).split("=");
    const value = flag.text.includes("=") ? rest.join("=") : undefined;
    if (!Object.hasOwn(kinds, name)) throw unknownFlag(source, flag, name, keyword, Object.keys(kinds));
    const kind = kinds[name];
    const before = given.get(name);
    if (before !== undefined && kind !== "texts") throw source.error(flag, `--${name} is given twice`);
    const word = { text: checked(source, flag, name, value, kind), span: flag.span };
    if (before === undefined) given.set(name, [word]);
    else before.push(word);
  }
  return {
    text: (name) => given.get(name)?.find(({ text }) => text !== ""),
    texts: (name) => given.get(name) ?? [],
    boolean: (name) => {
      const text = given.get(name)?.[0]?.text;
      return text === undefined ? undefined : text === "true";
    },
  };
}

function checked(
  source: Source,
  flag: Word,
  name: string,
  value: string | undefined,
  kind: FlagKind | undefined,
): string {
  if (kind !== "boolean") {
    if (value === undefined) throw source.error(flag, `--${name} needs a value: --${name}=VALUE, without spaces`);
    return value;
  }
  const text = value?.toLowerCase() ?? "true";
  if (text !== "true" && text !== "false")
    throw source.error(flag, `--${name} is true or false, not ${quoted(value ?? "")}`);
  return text;
}

function unknownFlag(source: Source, flag: Word, name: string, keyword: Word, known: readonly string[]): Error {
  const instruction = keyword.text.toUpperCase();
  const meant = nearest(name, known);
  const all = known.map((each) => `--${each}`).join(", ");
  const hint =
    meant === undefined
      ? known.length === 0
        ? `${instruction} takes no flags`
        : `there are ${all}`
      : `did you mean --${meant}?`;
  return source.error(flag, `${instruction} has no flag --${shortened(name)}`, { hint });
}
