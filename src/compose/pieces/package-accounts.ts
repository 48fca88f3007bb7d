import { pathFromText } from "../../rootfs/path.ts";
import type { ScriptCommand } from "../scripts/script-work.ts";
import { AccountBook } from "./account-book.ts";
import { attempt } from "./attempt.ts";
import { type DeclaredText, declaredTexts } from "./declared-lines.ts";
import { type PieceContext, PieceWriter } from "./piece.ts";
import { readSysusers } from "./sysusers.ts";

/**
 * Accounts that packages declare in usr/lib/sysusers.d (their postinst runs systemd-sysusers) or make with adduser,
 * addgroup, useradd, groupadd, usermod and gpasswd. First what is declared, packages in byte order of their names, then
 * what scripts ask for; ids that are not fixed are given downwards from 999. Nobody can log in by password.
 */
export async function packageAccounts(context: PieceContext): Promise<void> {
  const { steps } = context.scripts;
  const declared = await declaredTexts(context, "usr/lib/sysusers.d");
  const asked = steps.filter(({ effect }) => ["user", "group", "member"].includes(effect.kind));
  if (declared.length + asked.length === 0) return;
  const book = await AccountBook.of(context);
  const write = new PieceWriter(context, "package-accounts");
  for (const declaration of declared) addDeclared(declaration, book, context);
  for (const { package: name, command, effect } of asked) {
    let known = true;
    if (effect.kind === "group") known = book.addGroup(effect.name, effect.id) !== undefined;
    else if (effect.kind === "member") known = book.addMember(effect.user, effect.group);
    else if (effect.kind === "user") {
      const present = book.isUser(effect.name);
      const id = book.addUser(effect);
      known = id !== undefined;
      if (id !== undefined && !present && effect.makeHome) {
        known = attempt(() => makeHome(effect.home, effect.name, book, context, write));
      }
    }
    if (!known) context.scripts.undone(name, command);
  }
  book.save(write);
}

function addDeclared(declaration: DeclaredText, book: AccountBook, context: PieceContext): void {
  const { accounts, unread } = readSysusers(declaration.text);
  const undone = (line: number, source: string): void => {
    const command: ScriptCommand = { script: declaration.path, line, command: source };
    context.scripts.undone(declaration.package, command);
  };
  for (const { line, source } of unread) undone(line, source);
  // Groups before the users that belong to them, and members last, as systemd-sysusers does it.
  for (const kind of ["group", "user", "member"]) {
    for (const each of accounts) {
      if (each.kind !== kind) continue;
      const known =
        each.kind === "group"
          ? book.addGroup(each.name, each.id) !== undefined
          : each.kind === "user"
            ? book.addUser(each) !== undefined
            : book.addUser(unnamed(each.user)) !== undefined &&
              book.addGroup(each.group, undefined) !== undefined &&
              book.addMember(each.user, each.group);
      if (!known) undone(each.line, each.source);
    }
  }
}

/** A user that only a membership mentions. */
function unnamed(name: string): Parameters<AccountBook["addUser"]>[0] {
  return { name, id: undefined, group: undefined, home: "/", shell: "/usr/sbin/nologin", comment: "" };
}

function makeHome(home: string, user: string, book: AccountBook, context: PieceContext, write: PieceWriter): boolean {
  const { node } = context.editor.follow(pathFromText(home));
  if (node === undefined) write.directory(home, 0o755, book.userId(user), book.groupOfUser(user));
  return true;
}
