import { z } from "zod";

const AS_TEXT = "expected a text, a number, true or false";

/** What a program is given as a text: it cannot hold a NUL. Numbers and truth values stand for how they are written. */
export const TEXT = z
  .union([z.string().regex(/^[^\0]*$/, "expected a text without NUL characters"), z.number(), z.boolean()], {
    error: AS_TEXT,
  })
  .transform(String);

const BAD_PACKAGE = "expected the name of a Debian package, or NAME=VERSION";
export const PACKAGE = z.string(BAD_PACKAGE).regex(/^[a-z0-9][a-z0-9+.-]+(?:=[A-Za-z0-9.+~:-]+)?$/, BAD_PACKAGE);

const BAD_ACCOUNT = "expected USER or USER:GROUP, names or numbers";
export const ACCOUNT = z
  .union([z.int(BAD_ACCOUNT), z.string()], { error: BAD_ACCOUNT })
  .transform(String)
  .refine((account) => /^[a-z0-9_][a-z0-9_.-]*(?::[a-z0-9_][a-z0-9_.-]*)?$/i.test(account), BAD_ACCOUNT);

const BAD_MODE = 'expected permission bits in octal, such as "0644"';
export const MODE = z
  .union([z.int(BAD_MODE), z.string()], { error: BAD_MODE })
  .transform(String)
  .refine((mode) => /^0?[0-7]{3,4}$/.test(mode), BAD_MODE);

const BAD_ABSOLUTE = 'expected an absolute path in the image without "..", such as /app';
export const ABSOLUTE = z.string(BAD_ABSOLUTE).refine(isAbsolute, BAD_ABSOLUTE);

const BAD_FIELD = "expected an absolute path that can stand in /etc/passwd: without colons and control characters";
/** The home or the shell of a user (passwd(5)). */
export const ACCOUNT_PATH = ABSOLUTE.refine((path) => !/[:\x00-\x1f\x7f]/.test(path), BAD_FIELD);

const BAD_PATH = "expected the path of a file; it starts from the directory that this file lies in";
/** A path on this machine. */
export const FILE = z
  .union([z.string(), z.number()], { error: BAD_PATH })
  .transform(String)
  .refine((path) => path !== "" && !path.includes("\0"), BAD_PATH);

const BAD_ID = "expected a number from 0 to 4294967294";
/** A user or group id. */
export const ID = z
  .union([z.int(BAD_ID), z.string().regex(/^\d{1,10}$/, BAD_ID)], { error: BAD_ID })
  .transform(Number)
  .refine((id) => id >= 0 && id < 2 ** 32 - 1, BAD_ID);

const BAD_NAME = "expected a name of lower-case letters, digits, _ and -, beginning with a letter or _";
/** The name of a user or group, as adduser(8) takes it. */
export const ACCOUNT_NAME = z.string(BAD_NAME).regex(/^[a-z_][a-z0-9_-]{0,31}$/, BAD_NAME);

const BAD_TRUTH = "expected true or false";
export const TRUTH = z
  .union([z.boolean(), z.enum(["true", "false"])], { error: BAD_TRUTH })
  .transform((value) => value === true || value === "true");

/** A list of words that a container starts with. */
export function command(example: string) {
  const error = `expected a list of words, such as ${example}`;
  return z.array(TEXT, { error }).min(1, error);
}

function isAbsolute(path: string): boolean {
  return path.startsWith("/") && !path.includes("\0") && !path.split("/").includes("..");
}
