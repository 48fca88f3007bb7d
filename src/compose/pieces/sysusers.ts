import { isName } from "../../debian/scripts/account-commands.ts";
import { isAbsolute } from "../../debian/scripts/script-effect.ts";
import type { NewUser } from "./account-book.ts";

/** A line of sysusers.d. */
export type DeclaredAccount = Readonly<{ line: number; source: string }> &
  (
    | (Readonly<{ kind: "user" }> & NewUser)
    | Readonly<{ kind: "group"; name: string; id: number | undefined }>
    | Readonly<{ kind: "member"; user: string; group: string }>
  );

export interface Sysusers {
  readonly accounts: readonly DeclaredAccount[];
  /** Lines that nothing is made of. */
  readonly unread: readonly { readonly line: number; readonly source: string }[];
}

const FIELD = /"((?:[^"\\]|\\.)*)"|'([^']*)'|(\S+)/g;

/**
 * Reads accounts as sysusers.d(5) declares them: users (u), groups (g) and memberships (m); ranges of ids (r) are not
 * needed. An id that is taken from the owner of a path counts as one that is free.
 */
export function readSysusers(text: string): Sysusers {
  const accounts: DeclaredAccount[] = [];
  const unread: { line: number; source: string }[] = [];
  for (const [index, source] of text.split("\n").entries()) {
    if (/^\s*(?:#|$)/.test(source)) continue;
    const line = index + 1;
    const account = accountOf(fieldsOf(source));
    if (account === undefined) unread.push({ line, source: source.trim().replace(/\s+/g, " ").slice(0, 200) });
    else if (account !== "nothing") accounts.push({ ...account, line, source: source.trim().replace(/\s+/g, " ") });
  }
  return { accounts, unread };
}

type Bare =
  | ({ kind: "user" } & NewUser)
  | { kind: "group"; name: string; id: number | undefined }
  | { kind: "member"; user: string; group: string };

function accountOf([type = "", name = "", id, comment, home, shell]: readonly string[]): Bare | "nothing" | undefined {
  if (type === "r") return "nothing";
  if (!isName(name)) return undefined;
  if (type === "m") return isName(id) ? { kind: "member", user: name, group: id } : undefined;
  const [own, group] = idsOf(id);
  if (own === null) return undefined;
  if (type === "g") return { kind: "group", name, id: own };
  if (type !== "u" && type !== "u!") return undefined;
  const user = {
    name,
    id: own,
    group,
    home: given(home) ?? "/",
    shell: given(shell) ?? "/usr/sbin/nologin",
    comment: given(comment) ?? "",
  };
  const fields = [user.home, user.shell, user.comment];
  if (!isAbsolute(user.home)) return undefined;
  return fields.some((field) => /[:\n%]/.test(field)) ? undefined : { kind: "user", ...user };
}

/** User id and group of "-", "ID", "ID:GROUP" and "/path"; null for anything else. */
function idsOf(text: string | undefined): readonly [number | undefined | null, string | undefined] {
  if (given(text) === undefined || text?.startsWith("/")) return [undefined, undefined];
  const [, id, group] = /^([0-9]{1,5}|-)(?::([A-Za-z0-9_.-]+))?$/.exec(text ?? "") ?? [];
  if (id === undefined) return [null, undefined];
  const number = id === "-" ? undefined : Number(id);
  return number === undefined || number < 65_534 ? [number, group] : [null, undefined];
}

function given(field: string | undefined): string | undefined {
  return field === undefined || field === "-" || field === "" ? undefined : field;
}

function fieldsOf(line: string): readonly string[] {
  return Array.from(line.matchAll(FIELD), ([, double, single, plain]) => double ?? single ?? plain ?? "");
}
