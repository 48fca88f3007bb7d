import { DistillError, fromSystemError } from "../../lib/errors.ts";
import { readSmallFile } from "../../lib/read-small-file.ts";
import type { ArmoredKey } from "./armored-key.ts";

const MAX_SIZE = 4 * 1024 * 1024;
const ARMOR = "-----BEGIN PGP PUBLIC KEY BLOCK-----";

/**
 * Reads a file of OpenPGP keys as apt's Signed-By takes them: ASCII-armored, or binary as gpg --export writes them. `what`
 * says in errors who named the file. CONFIG_INVALID for one that holds no public key.
 */
export async function readKeyring(path: string, what: string): Promise<ArmoredKey> {
  let bytes: Buffer;
  try {
    bytes = await readSmallFile(path, MAX_SIZE, `${path} (${what})`);
  } catch (error) {
    throw fromSystemError(error, `reading the keyring (${what})`, path);
  }
  const text = bytes.toString("latin1");
  if (text.includes(ARMOR)) return { fingerprint: undefined, armored: text };
  const { armor, enums, readKeys } = await import("openpgp");
  try {
    if ((await readKeys({ binaryKeys: bytes })).length === 0) throw new Error("no key");
    return { fingerprint: undefined, armored: armor(enums.armor.publicKey, bytes) };
  } catch (cause) {
    throw new DistillError("CONFIG_INVALID", `${path} (${what}) holds no OpenPGP public key`, {
      hint: "make one with: gpg --armor --export KEY",
      cause,
    });
  }
}
