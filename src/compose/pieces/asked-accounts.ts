import { DistillError } from "../../lib/errors.ts";
import type { GroupEntry, UserEntry } from "../../plan/compose-step.ts";
import { pathFromText } from "../../rootfs/path.ts";
import { type AccountLines, formatAccountLines, readAccountFile } from "./account-files.ts";
import { type PieceContext, PieceWriter } from "./piece.ts";

const PASSWD = "/etc/passwd";
const GROUP = "/etc/group";

/**
 * Users and groups that were asked for, as lines of /etc/passwd and /etc/group. A user without a group of its own number
 * gets one of its name; a home that is named is made, and is the user's. CONFIG_INVALID for a name that is taken with
 * another number, a group that does not exist, and a user that is there already.
 */
export async function askedAccounts(context: PieceContext): Promise<void> {
  const { users, groups } = context.settings;
  if (users.length === 0 && groups.length === 0) return;
  const write = new PieceWriter(context, "asked-accounts");
  let groupLines = await readAccountFile(context, GROUP);
  for (const group of [...groups, ...ownGroups(users, groups, groupLines)]) groupLines = withGroup(groupLines, group);
  let userLines = await readAccountFile(context, PASSWD);
  for (const user of users) {
    userLines = withUser(userLines, user);
    groupLines = user.groups.reduce((lines, name) => withMember(lines, name, user.name), groupLines);
  }
  write.file(PASSWD, formatAccountLines(userLines));
  write.file(GROUP, formatAccountLines(groupLines));
  for (const { home, uid, gid = uid } of users) {
    if (home === undefined || context.editor.follow(pathFromText(home)).node !== undefined) continue;
    write.directory(home, 0o755, uid, gid);
  }
}

/** A group for each user whose number no group has. */
function ownGroups(
  users: readonly UserEntry[],
  groups: readonly GroupEntry[],
  lines: AccountLines,
): readonly GroupEntry[] {
  const taken = new Set([...groups.map(({ gid }) => String(gid)), ...lines.map(([, , gid = ""]) => gid)]);
  return users.flatMap(({ name, uid, gid = uid }) => {
    if (taken.has(String(gid))) return [];
    taken.add(String(gid));
    return [{ name, gid }];
  });
}

function withGroup(lines: AccountLines, { name, gid }: GroupEntry): AccountLines {
  const same = lines.find(([each]) => each === name);
  if (same?.[2] === String(gid)) return lines;
  if (same !== undefined) throw taken("group", name, same[2]);
  return [...lines, [name, "x", String(gid), ""]];
}

function withUser(lines: AccountLines, user: UserEntry): AccountLines {
  const { name, uid, gid = uid, home = "/nonexistent", shell = "/sbin/nologin" } = user;
  const same = lines.find(([each]) => each === name);
  if (same !== undefined) throw taken("user", name, same[2]);
  return [...lines, [name, "x", String(uid), String(gid), name, home, shell]];
}

function withMember(lines: AccountLines, group: string, user: string): AccountLines {
  if (!lines.some(([name]) => name === group)) {
    throw new DistillError("CONFIG_INVALID", `accounts: ${user} is to be in the group ${group}, which does not exist`, {
      hint: "add it to accounts: groups:",
    });
  }
  return lines.map((fields) => {
    const [name = "", password = "x", gid = "", members = ""] = fields;
    const present = members.split(",").filter((each) => each !== "");
    if (name !== group || present.includes(user)) return fields;
    return [name, password, gid, [...present, user].join(",")];
  });
}

function taken(kind: string, name: string, id: string | undefined): DistillError {
  return new DistillError(
    "CONFIG_INVALID",
    `accounts: the image has a ${kind} ${name} already, with the number ${id}`,
    {
      hint: "choose another name, or leave it out",
    },
  );
}
