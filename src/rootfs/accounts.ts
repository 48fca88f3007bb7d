import { DistillError } from "../lib/errors.ts";
import { readContent } from "./content.ts";
import { pathFromText } from "./path.ts";
import type { Tree } from "./tree.ts";

/** Names of people in a hint. */
const MAX_SHOWN = 30;

const LIMIT = 1024 * 1024;

/** User and group id. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Reads `USER[:GROUP]` as docker does: numbers stand for themselves, names are looked up in the image's /etc/passwd and
 * /etc/group. Without a group, a name has its primary one and a number the group of the same number. A name that the
 * image does not know is CONFIG_INVALID.
 */
export async function resolveAccount(tree: Tree, text: string): Promise<Account> {
  const [user = "", group] = text.split(":");
  const { uid, primary } = await resolveUser(tree, user);
  return { uid, gid: group === undefined ? primary : await resolveGroup(tree, group) };
}

/** Who a process runs as. */
export interface ProcessUser extends Account {
  /** Beside `gid`. */
  readonly groups: readonly number[];
  readonly home: string;
}

/**
 * Reads the `USER[:GROUP]` that a process is to run as, as runc and docker do (moby/sys/user, GetExecUser): who is in
 * /etc/passwd, by name or number, has the primary group of there, and without GROUP the groups that /etc/group lists him in; a
 * number that is not there has group 0 and home `/`. A name that the image does not know is CONFIG_INVALID.
 */
export async function resolveProcessUser(tree: Tree, text: string): Promise<ProcessUser> {
  const [user = "", group] = text.split(":");
  const people = await fields(tree, "/etc/passwd");
  const named = people.find(([name]) => name === (user === "" ? "root" : user));
  const line = named ?? (isNumber(user) ? people.find(([, , uid]) => uid === user) : undefined);
  if (line === undefined && user !== "" && !isNumber(user)) throw unknown("user", user, "/etc/passwd", people);
  const uid = line === undefined ? Number(user) : idIn(line, 2, "/etc/passwd");
  const primary = line === undefined ? 0 : idIn(line, 3, "/etc/passwd");
  const home = line?.[5] || (uid === 0 && line === undefined ? "/root" : "/");
  if (group !== undefined && group !== "") return { uid, gid: await resolveGroup(tree, group), groups: [], home };
  return { uid, gid: primary, groups: line === undefined ? [] : await groupsOf(tree, line[0] ?? ""), home };
}

async function groupsOf(tree: Tree, name: string): Promise<readonly number[]> {
  const lines = await fields(tree, "/etc/group");
  const own = lines.filter(([, , , members]) => members?.split(",").includes(name) === true);
  return own.map((line) => idIn(line, 2, "/etc/group"));
}

async function resolveUser(tree: Tree, user: string): Promise<{ readonly uid: number; readonly primary: number }> {
  if (isNumber(user)) return { uid: Number(user), primary: Number(user) };
  const lines = await fields(tree, "/etc/passwd");
  const line = lines.find(([name]) => name === user);
  if (line === undefined) throw unknown("user", user, "/etc/passwd", lines);
  return { uid: idIn(line, 2, "/etc/passwd"), primary: idIn(line, 3, "/etc/passwd") };
}

async function resolveGroup(tree: Tree, group: string): Promise<number> {
  if (isNumber(group)) return Number(group);
  const lines = await fields(tree, "/etc/group");
  const line = lines.find(([name]) => name === group);
  if (line === undefined) throw unknown("group", group, "/etc/group", lines);
  return idIn(line, 2, "/etc/group");
}

function idIn(line: readonly string[], field: number, file: string): number {
  const text = line[field] ?? "";
  if (isNumber(text)) return Number(text);
  throw new DistillError("FORMAT_INVALID", `${file} of the image has no valid number for ${line[0]}`, {
    hint: "give owner: as numbers, such as 1000:1000",
  });
}

async function fields(tree: Tree, file: string): Promise<readonly (readonly string[])[]> {
  const { node } = tree.follow(pathFromText(file));
  if (node?.type !== "file") return [];
  const text = Buffer.from(await readContent(node.content, LIMIT)).toString("utf8");
  return text.split("\n").map((line) => line.split(":"));
}

/** The highest 32-bit number is no id: system calls take it for "unchanged". */
function isNumber(text: string): boolean {
  return /^\d{1,10}$/.test(text) && Number(text) < 2 ** 32 - 1;
}

function unknown(kind: string, name: string, file: string, lines: readonly (readonly string[])[]): DistillError {
  const known = lines.map(([each]) => each).filter((each) => each !== undefined && each !== "");
  const shown = known.slice(0, MAX_SHOWN).map((each) => each?.slice(0, 32));
  const more = known.length > MAX_SHOWN ? ` and ${known.length - MAX_SHOWN} more` : "";
  return new DistillError("CONFIG_INVALID", `the image has no ${kind} called ${name}`, {
    hint: `${file} of the image knows ${shown.join(", ") || "nobody"}${more}; a number needs no entry there`,
  });
}
