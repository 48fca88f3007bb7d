/** One link of a `Link` header. */
export interface Link {
  /** As it was sent: absolute, or relative to the address that was asked. */
  readonly target: string;
  /** In lower case: `next`. */
  readonly relations: readonly string[];
}

/** Longest target that is taken; servers refuse longer addresses anyway. */
const MAX_TARGET = 8192;

const BEFORE_LINK = /[\s,]*/y;
const TARGET = /<([^<>]*)>/y;
const BEFORE_PARAMETER = /\s*;[\s;]*/y;
const NAME = /[^\s=;,"<>]*/y;
const EQUALS = /\s*=\s*/y;
const QUOTED = /"((?:[^"\\]|\\.)*)"/sy;
const PLAIN = /[^\s;,"]*/y;

/**
 * The links of a `Link` header (RFC 8288, section 3), leniently read: where it breaks the grammar, those before that place
 * count. Links with an `anchor` are about something else than what was asked, and left out.
 */
export function parseLinks(header: string): readonly Link[] {
  const links: Link[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(header) ?? undefined;
    if (found !== undefined) at = pattern.lastIndex;
    return found;
  };
  for (;;) {
    take(BEFORE_LINK);
    const target = take(TARGET)?.[1];
    if (target === undefined) return links;
    const parameters = new Map<string, string>();
    while (take(BEFORE_PARAMETER) !== undefined) {
      const name = take(NAME)?.[0].toLowerCase() ?? "";
      const value = take(EQUALS) === undefined ? "" : (take(QUOTED)?.[1] ?? take(PLAIN)?.[0] ?? "");
      // Of a parameter that comes twice the first counts (section 3.3).
      if (!parameters.has(name)) parameters.set(name, value.replace(/\\(.)/gs, "$1"));
    }
    if (target.length > MAX_TARGET || parameters.has("anchor")) continue;
    const relations = (parameters.get("rel") ?? "").toLowerCase().split(/\s+/);
    links.push({ target, relations: relations.filter((relation) => relation !== "") });
  }
}

/** Where `Link` headers say that what was read at `base` goes on; undefined where it ends. Any host may be named. */
export function nextPage(headers: readonly string[], base: URL): URL | undefined {
  for (const { target, relations } of headers.flatMap(parseLinks)) {
    const url = relations.includes("next") ? URL.parse(target, base.href) : null;
    if (url !== null) return url;
  }
  return undefined;
}
