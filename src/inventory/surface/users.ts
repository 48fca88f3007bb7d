import { readContent } from "../../rootfs/content.ts";
import { bytesOfText, textOfBytes } from "../../rootfs/path.ts";
import type { Tree } from "../../rootfs/tree.ts";
import type { Warn } from "../warn.ts";

/** A user who gets a shell when he logs in. */
export interface LoginUser {
  readonly name: string;
  readonly uid: number;
  readonly shell: string;
  /** False where the image does not hold that shell, so that there is no way in. */
  readonly hasShell: boolean;
}

/** Whom the processes of an image run as. */
export interface EffectiveUser {
  /** What the config says; empty where it says nothing. */
  readonly configured: string;
  /** Null where the image does not know the name. */
  readonly uid: number | null;
  readonly name: string | null;
}

const MAX_SIZE = 1024 * 1024;
const MAX_USERS = 10_000;

/** Programs that stand in place of a shell and let nobody in. */
const NO_SHELLS = new Set(["nologin", "false", "true", "sync", "shutdown", "halt"]);

interface Entry {
  readonly name: string;
  readonly uid: number;
  readonly shell: string;
}

/**
 * The users in /etc/passwd whose shell is one (passwd(5): an empty field is /bin/sh), and whom processes run as by the
 * image's `user`. Lines of another form are passed over, as the C library does.
 */
export async function findUsers(
  tree: Tree,
  user: string,
  warn: Warn,
): Promise<{ readonly login: readonly LoginUser[]; readonly effective: EffectiveUser }> {
  const entries = await passwdEntries(tree, warn);
  const login = entries.flatMap(({ name, uid, shell }): readonly LoginUser[] => {
    const program = shell === "" ? "/bin/sh" : shell;
    if (NO_SHELLS.has(program.slice(program.lastIndexOf("/") + 1))) return [];
    const found = tree.find(bytesOfText(program));
    const hasShell = found?.node.type === "file" && (found.node.attributes.mode & 0o111) !== 0;
    return [{ name, uid, shell: program, hasShell }];
  });
  return { login, effective: effectiveUser(entries, user) };
}

function effectiveUser(entries: readonly Entry[], configured: string): EffectiveUser {
  const [who = ""] = configured.split(":");
  const isNumber = who === "" || /^\d{1,10}$/.test(who);
  const found = entries.find(({ name, uid }) => (isNumber ? uid === Number(who) : name === who));
  return {
    configured,
    uid: isNumber ? Number(who) : (found?.uid ?? null),
    name: found?.name ?? (isNumber ? null : who),
  };
}

async function passwdEntries(tree: Tree, warn: Warn): Promise<readonly Entry[]> {
  const found = tree.find("etc/passwd");
  if (found?.node.type !== "file") return [];
  if (found.node.content.size > MAX_SIZE) {
    warn(`/etc/passwd is larger than ${MAX_SIZE} bytes and is not read`);
    return [];
  }
  const bytes = Buffer.from(await readContent(found.node.content, MAX_SIZE)).toString("latin1");
  const entries: Entry[] = [];
  for (const line of textOfBytes(bytes).split("\n")) {
    const fields = line.split(":");
    const [name = "", , uid = "", , , , shell = ""] = fields;
    if (fields.length !== 7 || name === "" || !/^\d{1,10}$/.test(uid)) continue;
    if (entries.length === MAX_USERS) {
      warn(`/etc/passwd has more than ${MAX_USERS} users; the others are not read`);
      break;
    }
    entries.push({ name, uid: Number(uid), shell: shell.trim() });
  }
  return entries;
}
