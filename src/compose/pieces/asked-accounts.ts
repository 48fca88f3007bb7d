import { DistillError } from "../../lib/errors.ts";
import { pathFromText } from "../../rootfs/path.ts";
import { AccountBook } from "./account-book.ts";
import { type PieceContext, PieceWriter } from "./piece.ts";

/**
 * Users and groups that were asked for, as lines of /etc/passwd and /etc/group. A user without a group of its own number
 * gets one of its name; a home that is named is made, and is the user's. CONFIG_INVALID for a name that is taken, a group
 * by another number, and for a group that neither the image nor Debian knows.
 */
export async function askedAccounts(context: PieceContext): Promise<void> {
  const { users, groups } = context.settings;
  if (users.length === 0 && groups.length === 0) return;
  const write = new PieceWriter(context, "asked-accounts");
  const book = await AccountBook.of(context);
  for (const { name, gid } of groups) addGroup(book, name, gid);
  for (const { name, uid, gid = uid, home = "/nonexistent", shell = "/sbin/nologin" } of users) {
    const present = book.presentId("user", name);
    if (present !== undefined) throw taken("user", name, present);
    if (!book.isGroupId(gid)) addGroup(book, name, gid);
    book.appendUser({ name, id: uid, group: undefined, home, shell, comment: name }, uid, gid);
  }
  for (const { name, groups: joined } of users) for (const group of joined) addMember(book, name, group);
  book.save(write);
  for (const { home, uid, gid = uid } of users) {
    if (home === undefined || context.editor.follow(pathFromText(home)).node !== undefined) continue;
    write.directory(home, 0o755, uid, gid);
  }
}

function addGroup(book: AccountBook, name: string, gid: number): void {
  const present = book.presentId("group", name);
  if (present === undefined) book.appendGroup(name, gid);
  else if (present !== gid) throw taken("group", name, present);
}

function addMember(book: AccountBook, user: string, group: string): void {
  if (book.addMember(user, group)) return;
  throw new DistillError("CONFIG_INVALID", `accounts: ${user} is to be in the group ${group}, which does not exist`, {
    hint: "add it to accounts: groups:",
  });
}

function taken(kind: string, name: string, id: number): DistillError {
  return new DistillError("CONFIG_INVALID", `accounts: there is a ${kind} ${name} already, with the number ${id}`, {
    hint: "choose another name, or leave it out",
  });
}
