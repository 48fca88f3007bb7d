import type { Content } from "../../rootfs/content.ts";

/** The table of applet names begins with these two, each ended by a NUL, and ends with an empty name. */
const TABLE = "[\0[[\0";
const NAME = /^[a-z0-9[_-]{1,40}$/;
const MAX_APPLETS = 2000;

/** Bytes that are looked at together; tables are a fraction of what two such windows share. */
const WINDOW = 256 * 1024;
const SHARED = 16 * 1024;

/** As appletNames, for a program that need not be held whole. */
export async function appletNamesIn(program: Content): Promise<readonly string[]> {
  for (let offset = 0; offset < program.size; offset += WINDOW - SHARED) {
    const window = await program.read(offset, Math.min(WINDOW, program.size - offset));
    const names = appletNames(Buffer.from(window.buffer, window.byteOffset, window.length));
    if (names.length > 0) return names;
  }
  return [];
}

/**
 * The names in the applet table of a busybox program, in its order, whatever machine it is for; empty where there is no
 * such table with a shell in it.
 */
export function appletNames(program: Buffer): readonly string[] {
  const names: string[] = [];
  for (let at = program.indexOf(TABLE, 0, "latin1"); at >= 0 && names.length < MAX_APPLETS; ) {
    const end = program.indexOf(0, at);
    const name = program.toString("latin1", at, end < 0 ? program.length : end);
    if (end < 0 || !NAME.test(name)) break;
    names.push(name);
    at = end + 1;
  }
  return names.includes("sh") ? names : [];
}
