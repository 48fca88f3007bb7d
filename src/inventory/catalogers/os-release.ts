import type { Cataloger } from "../cataloger.ts";
import type { SystemClaim } from "../claim.ts";
import { tellOnce } from "./once.ts";
import { readHead } from "./read-head.ts";

const PATHS: ReadonlySet<string> = new Set(["etc/os-release", "usr/lib/os-release"]);

const MAX_SIZE = 64 * 1024;
const MAX_VALUE = 255;

const ASSIGNMENT = /^\s*([A-Z][A-Z0-9_]*)=(.*)$/;
const ID = /^[a-z0-9._-]+$/;

/** What the system calls itself, by os-release(5), which has lines as a shell's script has them. */
export const osReleaseCataloger: Cataloger = {
  name: "os-release",
  wants: ({ path }) => PATHS.has(path),
  read: async (file, _layer, warn): Promise<readonly SystemClaim[]> => {
    const tell = tellOnce(file.path, warn);
    if (file.content.size > MAX_SIZE) tell(`it is larger than ${MAX_SIZE} bytes; what is behind them is not read`);
    const values = valuesOf((await readHead(file.content, MAX_SIZE)).toString("utf8"));
    const get = (key: string): string => values.get(key) ?? "";
    // The manual's default is "linux"; a file that says nothing else of itself is something else.
    const id = get("ID").toLowerCase() || (get("NAME") === "" ? "" : "linux");
    if (!ID.test(id)) {
      if (file.content.size > 0) tell("it does not say which system this is");
      return [];
    }
    return [
      {
        kind: "system",
        id,
        idLike: get("ID_LIKE")
          .split(/\s+/)
          .filter((each) => ID.test(each)),
        versionID: get("VERSION_ID"),
        codename: get("VERSION_CODENAME"),
        name: get("PRETTY_NAME") || get("NAME") || id,
      },
    ];
  },
};

/** The last assignment counts, as in a shell. */
function valuesOf(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const line of text.split("\n")) {
    const [, key, quoted] = ASSIGNMENT.exec(line.trimEnd()) ?? [];
    const value = quoted === undefined ? undefined : unquoted(quoted);
    if (key !== undefined && value !== undefined && isShown(value)) values.set(key, value);
  }
  return values;
}

/** A word of the shell: plain, or in quotes of either kind; undefined for anything else. */
function unquoted(text: string): string | undefined {
  const [, double, single, plain] = /^(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([^\s"'\\]*))$/.exec(text) ?? [];
  return double?.replaceAll(/\\(["$`\\])/g, "$1") ?? single ?? plain;
}

/** Of a length that a person wrote, and nothing that a terminal would obey. */
function isShown(value: string): boolean {
  return value.length <= MAX_VALUE && !/\p{Cc}/u.test(value);
}
