import type { SupportNote } from "../advisory.ts";
import type { FeedItem } from "../feeds/item.ts";
import { dayOf } from "./dates.ts";
import { type Broken, malformed, readOrTell, throwBroken } from "./fields.ts";
import { oneLine } from "./one-line.ts";

/** Which of the files of debian-security-support: until bookworm two, and since trixie one for all (`security-support.deb13`). */
export type SupportList = "ended" | "limited" | "all";

const MAX_CHARACTERS = 8 << 20;

/** A source package, or the beginning of its name with `.*` behind. */
const NAME = /^[a-z0-9][a-z0-9+.-]{0,200}?(?:\.?\*)?$/;

/**
 * Reads a list of Debian's package debian-security-support, of the release with that codename. In the list of what has ended
 * support a line is `source version day text`, in that of limited support `source text`, and in the one for all `source
 * non-supported version day text`, `source limited text` or `source supported text`. The name may end with `.*`;
 * supportNames() has the names to look for. The day may lie ahead. FORMAT_INVALID with the line, told to `broken`.
 */
export function readSupportList(
  text: string,
  release: string,
  list: SupportList,
  broken: Broken = throwBroken,
): readonly FeedItem[] {
  const what = `the list of ${list === "all" ? "" : `${list} `}security support of ${release}`;
  if (text.length > MAX_CHARACTERS) throw malformed(what, "", `has more than ${MAX_CHARACTERS} characters`);
  return text.split("\n").flatMap((line, index) => {
    const trimmed = line.trim();
    if (trimmed === "" || trimmed.startsWith("#")) return [];
    return readOrTell(broken, () => [readLine(trimmed, release, list, what, `line ${index + 1}`)]);
  });
}

function readLine(line: string, release: string, list: SupportList, what: string, path: string): FeedItem {
  const [named = "", afterName] = firstWord(line);
  if (!NAME.test(named)) throw malformed(what, path, "does not begin with a source package");
  const source = named.replace(/\.?\*$/, ".*");
  const [state, rest] = list === "all" ? firstWord(afterName) : [list, afterName];
  switch (state) {
    case "ended":
    case "non-supported":
      return { kind: "support", release, source, note: endedNote(rest) };
    case "limited":
      return { kind: "support", release, source, note: { kind: "limited", since: undefined, text: oneLine(rest) } };
    case "supported":
      return { kind: "support", release, source, note: undefined };
    default:
      throw malformed(what, path, "is none of limited, non-supported and supported");
  }
}

/** Some lines have neither version nor day, but the text at once. */
function endedNote(text: string): SupportNote {
  const [, afterVersion] = firstWord(text);
  const [day, why] = firstWord(afterVersion);
  const since = dayOf(day);
  return { kind: "ended", since, text: oneLine(since === undefined ? text : why) };
}

function firstWord(text: string): readonly [word: string, rest: string] {
  const [word = ""] = /^\S*/.exec(text) ?? [];
  return [word, text.slice(word.length).trimStart()];
}
