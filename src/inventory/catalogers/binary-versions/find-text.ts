import type { Content } from "../../../rootfs/content.ts";

/** Bytes that are looked at together, and how many of them again with those that follow: more than any text here is long. */
const WINDOW = 256 * 1024;
const SHARED = 512;
const EXCERPT = 256;

/** A program is never read further; the largest of them have half of it. */
const MAX_READ = 512 * 1024 * 1024;
const MAX_TRIES = 5000;

/**
 * What `pattern` captures at the first place where `anchor` stands and it matches: on the byte before the anchor, or NUL at
 * the beginning, and the text from there on. Bytes are latin1. The program is read in windows, and not to its end where
 * the anchor stands too often.
 */
export async function findText(program: Content, anchor: string, pattern: RegExp): Promise<string | undefined> {
  let tries = 0;
  const end = Math.min(program.size, MAX_READ);
  for (let offset = 0; offset < end; offset += WINDOW - SHARED) {
    const bytes = await program.read(offset, Math.min(WINDOW, end - offset));
    const window = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let at = window.indexOf(anchor, 0, "latin1"); at >= 0; at = window.indexOf(anchor, at + 1, "latin1")) {
      // The window before had it, with the byte in front.
      if (at === 0 && offset > 0) continue;
      const before = at === 0 ? "\0" : window.toString("latin1", at - 1, at);
      const [, captured] = pattern.exec(before + window.toString("latin1", at, at + EXCERPT)) ?? [];
      if (captured !== undefined) return captured;
      if (++tries >= MAX_TRIES) return undefined;
    }
  }
  return undefined;
}
