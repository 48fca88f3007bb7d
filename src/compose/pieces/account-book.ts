import { readContent } from "../../rootfs/content.ts";
import { pathFromText, textOfBytes } from "../../rootfs/path.ts";
import { AccountLines } from "./account-lines.ts";
import { debianId, debianUserLine, isDebianId } from "./debian-accounts.ts";
import type { PieceContext, PieceWriter } from "./piece.ts";

const LIMIT = 1024 * 1024;
/** Ids that are given to accounts without one: downwards, as systemd-sysusers does (systemd, users-groups-gids). */
const HIGHEST = 999;
const LOWEST = 101;

export interface NewUser {
  readonly name: string;
  readonly id: number | undefined;
  /** Name or number of its group; undefined: one of its own name and, where it is free, its own id. */
  readonly group: string | undefined;
  readonly home: string;
  readonly shell: string;
  readonly comment: string;
}

/**
 * /etc/passwd, /etc/group and, where there is one, /etc/shadow, as lines that can be added to (passwd(5), group(5)). An
 * account that is there stays as it is. Ids that are not fixed depend on nothing but the order of what is asked for.
 */
export class AccountBook {
  readonly #passwd: AccountLines;
  readonly #group: AccountLines;
  readonly #shadow: AccountLines | undefined;
  #changed = false;

  private constructor(passwd: AccountLines, group: AccountLines, shadow: AccountLines | undefined) {
    this.#passwd = passwd;
    this.#group = group;
    this.#shadow = shadow;
  }

  /** The accounts of the tree. */
  static async of(context: PieceContext): Promise<AccountBook> {
    const [passwd, group, shadow] = await Promise.all(
      ["/etc/passwd", "/etc/group", "/etc/shadow"].map((path) => linesOf(context, path)),
    );
    return new AccountBook(passwd ?? new AccountLines([]), group ?? new AccountLines([]), shadow);
  }

  /** Writes what has changed. */
  save(write: PieceWriter): void {
    if (!this.#changed) return;
    write.file("/etc/passwd", this.#passwd.text());
    write.file("/etc/group", this.#group.text());
    if (this.#shadow !== undefined)
      write.file("/etc/shadow", this.#shadow.text(), 0o640, 0, debianId("group", "shadow"));
    this.#changed = false;
  }

  /** True for a user that is there. */
  isUser(name: string): boolean {
    return this.presentId("user", name) !== undefined;
  }

  /** The id of a user or group that is there. */
  presentId(kind: "user" | "group", name: string): number | undefined {
    return (kind === "user" ? this.#passwd : this.#group).number(name, 2);
  }

  /** True where a group has this id. */
  isGroupId(id: number): boolean {
    return this.#group.hasId(id);
  }

  /** Adds a line for a user with the ids given, whoever else has them; its name must be new. */
  appendUser({ name, comment, home, shell }: NewUser, id: number, group: number): void {
    this.#passwd.push(`${name}:x:${id}:${group}:${comment}:${home}:${shell}`);
    this.#shadow?.push(`${name}:!*:::::::`);
    this.#changed = true;
  }

  /** Adds a line for a group with the id given, whoever else has it; its name must be new. */
  appendGroup(name: string, id: number): void {
    this.#group.push(`${name}:x:${id}:`);
    this.#changed = true;
  }

  /** Adds a user, and its group where it has none; undefined where its group is not known or no id is free. */
  addUser(user: NewUser): number | undefined {
    const present = this.userId(user.name);
    if (present !== undefined) return present;
    const wanted = user.id ?? this.#free();
    if (wanted === undefined) return undefined;
    const id = !this.#passwd.hasId(wanted) ? wanted : this.#free();
    const group = user.group === undefined ? this.addGroup(user.name, id) : this.groupId(user.group);
    if (id === undefined || group === undefined) return undefined;
    this.appendUser(user, id, group);
    return id;
  }

  /** Adds a group; `id` only where it is free. Undefined where no id is free. */
  addGroup(name: string, id: number | undefined): number | undefined {
    const present = this.groupId(name);
    if (present !== undefined) return present;
    const own = id !== undefined && !this.#group.hasId(id) ? id : this.#free();
    if (own === undefined) return undefined;
    this.appendGroup(name, own);
    return own;
  }

  /** Makes a user a member of a group; false where one of them is not known. */
  addMember(user: string, group: string): boolean {
    if (this.userId(user) === undefined || this.groupId(group) === undefined) return false;
    const [name = "", password = "", id = "", list = ""] = this.#group.fields(group) ?? [];
    const members = list.split(",").filter((each) => each !== "");
    if (name === "" || members.includes(user)) return true;
    this.#group.replace(name, [name, password, id, [...members, user].join(",")]);
    this.#changed = true;
    return true;
  }

  /** The id of a user by name or number; one of Debian's fixed users is added when it is first asked for. */
  userId(name: string): number | undefined {
    if (/^[0-9]+$/.test(name)) return idOf(name);
    const present = this.presentId("user", name);
    if (present !== undefined) return present;
    const line = debianUserLine(name);
    const id = debianId("passwd", name);
    if (line === undefined || id === undefined || this.#passwd.hasId(id)) return id;
    const group = GROUP_OF.exec(line)?.[1];
    this.#passwd.push(line);
    this.#shadow?.push(`${name}:*:::::::`);
    if (group === String(id)) this.groupId(name);
    this.#changed = true;
    return id;
  }

  /** The id of the group that a user belongs to first. */
  groupOfUser(name: string): number | undefined {
    if (this.userId(name) === undefined) return undefined;
    return this.#passwd.number(name, 3);
  }

  /** The id of a group by name or number; one of Debian's fixed groups is added when it is first asked for. */
  groupId(name: string): number | undefined {
    if (/^[0-9]+$/.test(name)) return idOf(name);
    const present = this.presentId("group", name);
    if (present !== undefined) return present;
    const id = debianId("group", name);
    if (id !== undefined && !this.isGroupId(id)) this.appendGroup(name, id);
    return id;
  }

  /** The highest id that neither a user nor a group has. */
  #free(): number | undefined {
    for (let id = HIGHEST; id >= LOWEST; id--) {
      if (!isDebianId(id) && !this.#passwd.hasId(id) && !this.#group.hasId(id)) return id;
    }
    return undefined;
  }
}

/** The number, where it can be an id: the highest 32-bit number means "unchanged" to system calls. */
function idOf(text: string): number | undefined {
  const id = Number(text);
  return id < 2 ** 32 - 1 ? id : undefined;
}

const GROUP_OF = /^[^:]*:[^:]*:[^:]*:([0-9]+):/;

async function linesOf(context: PieceContext, path: string): Promise<AccountLines | undefined> {
  const { node } = context.editor.follow(pathFromText(path));
  if (node?.type !== "file") return undefined;
  const text = textOfBytes(Buffer.from(await readContent(node.content, LIMIT)).toString("latin1"));
  return new AccountLines(text.split("\n").filter((line) => line !== ""));
}
