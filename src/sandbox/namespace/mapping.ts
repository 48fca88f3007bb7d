import { readFileSync } from "node:fs";
import { userInfo } from "node:os";

/** How users of a root file system stand for users of this machine. */
export type IdMapping =
  /** Each for itself: distill runs as root. */
  | { readonly kind: "root" }
  /** Root is this user, and the others are of the ranges that the machine gives him. */
  | {
      readonly kind: "ranges";
      readonly uid: number;
      readonly gid: number;
      readonly uids: readonly IdRange[];
      readonly gids: readonly IdRange[];
    }
  /** Root is this user, and there is nobody else: files cannot change their owner. */
  | { readonly kind: "single"; readonly uid: number; readonly gid: number };

export interface IdRange {
  readonly start: number;
  readonly count: number;
}

/** Users that a range has to have for images to find their own: nobody is 65534. */
const ENOUGH = 65_535;

/** A word for each way of storing the same files: what was unpacked under one mapping is of no use under another. */
export function mappingKey(mapping: IdMapping): string {
  if (mapping.kind !== "ranges") return mapping.kind === "root" ? "root" : `single ${mapping.uid}`;
  return `ranges ${JSON.stringify([mapping.uid, mapping.uids, mapping.gids])}`;
}

/** What this user has. `hasMapper`: whether newuidmap and newgidmap are installed. */
export function mappingOfUser(hasMapper: boolean): IdMapping {
  const uid = process.getuid?.() ?? 0;
  const gid = process.getgid?.() ?? 0;
  if (uid === 0) return { kind: "root" };
  const uids = rangesOf("/etc/subuid", uid);
  const gids = rangesOf("/etc/subgid", uid);
  if (!hasMapper || !isEnough(uids) || !isEnough(gids)) return { kind: "single", uid, gid };
  return { kind: "ranges", uid, gid, uids, gids };
}

/** `uid_map(5)` as the arguments of newuidmap: inside, outside, count, for each line. */
export function mapArguments(own: number, ranges: readonly IdRange[]): readonly string[] {
  const lines = [0, own, 1];
  let inside = 1;
  for (const { start, count } of ranges) {
    lines.push(inside, start, count);
    inside += count;
  }
  return lines.map(String);
}

function isEnough(ranges: readonly IdRange[]): boolean {
  return ranges.reduce((sum, { count }) => sum + count, 0) >= ENOUGH;
}

/** subuid(5): NAME:START:COUNT, where NAME may be the number of the user. */
function rangesOf(file: string, uid: number): readonly IdRange[] {
  const names = new Set([String(uid), nameOfUser()]);
  return textOf(file)
    .split("\n")
    .map((line) => line.split(":"))
    .filter(([name, start, count]) => names.has(name ?? "") && isNumber(start) && isNumber(count))
    .map(([, start, count]) => ({ start: Number(start), count: Number(count) }));
}

function isNumber(text: string | undefined): boolean {
  return text !== undefined && /^\d{1,10}$/.test(text);
}

function nameOfUser(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined;
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
