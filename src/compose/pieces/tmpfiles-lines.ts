import { isName } from "../../debian/scripts/account-commands.ts";
import { isAbsolute } from "../../debian/scripts/script-effect.ts";
import { MAX_PATH } from "../../rootfs/path.ts";

interface Attributes {
  readonly path: string;
  /** Octal. */
  readonly mode: string | undefined;
  readonly user: string | undefined;
  readonly group: string | undefined;
  readonly argument: string;
  /** What is there gives way. */
  readonly replace: boolean;
  readonly recursive: boolean;
}

/** A line of tmpfiles.d. "adjust" changes what is there and makes nothing. */
export type TmpfilesLine = Readonly<{ line: number; source: string }> &
  (
    | (Readonly<{ kind: "directory" | "file" | "link" | "adjust" }> & Attributes)
    | Readonly<{ kind: "nothing" }>
    | Readonly<{ kind: "unread" }>
  );

/** What the first letter of a line asks for (tmpfiles.d(5), "Line types"); cleaning up is nothing that an image needs. */
const KINDS: Readonly<Record<string, "directory" | "file" | "link" | "adjust" | "nothing">> = {
  d: "directory",
  D: "directory",
  v: "directory",
  q: "directory",
  Q: "directory",
  f: "file",
  F: "file",
  L: "link",
  e: "adjust",
  z: "adjust",
  Z: "adjust",
  m: "adjust",
  x: "nothing",
  X: "nothing",
  r: "nothing",
  R: "nothing",
};

/** Reads lines with plain paths, names and octal modes; anything else (specifiers, patterns, quotes) is "unread". */
export function readTmpfiles(text: string): readonly TmpfilesLine[] {
  return text.split("\n").flatMap((raw, index): readonly TmpfilesLine[] => {
    const source = raw.trim().replace(/\s+/g, " ");
    if (source === "" || source.startsWith("#")) return [];
    const base = { line: index + 1, source: source.slice(0, 200) };
    return [{ ...base, ...lineOf(source) }];
  });
}

function lineOf(
  source: string,
): ({ kind: "directory" | "file" | "link" | "adjust" } & Attributes) | { kind: "nothing" | "unread" } {
  const [type = "", path = "", mode, user, group, , ...rest] = source.split(" ");
  const kind = Object.hasOwn(KINDS, type.charAt(0)) ? KINDS[type.charAt(0)] : undefined;
  const modifiers = type.slice(1);
  // No path is longer, and what looks for slashes at its end takes the square of its length.
  if (kind === undefined || path.length > MAX_PATH) return { kind: "unread" };
  // "!" is for the time of booting only, when containers do not.
  if (kind === "nothing" || modifiers.includes("!")) return { kind: "nothing" };
  const argument = given(rest.join(" ")) ?? (kind === "link" ? `/usr/share/factory${path}` : "");
  const attributes = {
    path: path.replace(/\/+$/, ""),
    mode: given(mode)?.replace(/^[~:]+/, ""),
    user: given(user)?.replace(/^:/, ""),
    group: given(group)?.replace(/^:/, ""),
    argument,
    replace: modifiers.includes("+") || type.startsWith("F"),
    recursive: type.startsWith("Z"),
  };
  return isPlain(attributes) && /^[-+=~^$?]*$/.test(modifiers) ? { kind, ...attributes } : { kind: "unread" };
}

function isPlain({ path, mode, user, group, argument }: Attributes): boolean {
  if (!/^\/[^%*?[\]"'\\]+$/.test(path) || !isAbsolute(path)) return false;
  if (/["'\\%]/.test(argument)) return false;
  const names = [user, group].filter((each) => each !== undefined);
  if (!names.every((each) => isName(each) || /^[0-9]{1,5}$/.test(each))) return false;
  return mode === undefined || /^[0-7]{3,4}$/.test(mode);
}

function given(field: string | undefined): string | undefined {
  return field === undefined || field === "" || field === "-" ? undefined : field;
}
