import type { PublicKey } from "openpgp";
import { DistillError } from "../../lib/errors.ts";
import type { ArmoredKey } from "./armored-key.ts";

/** How far a signature's date may lie in the future: clocks differ. The same as apt's Acquire::Max-FutureTime. */
const MAX_FUTURE = 10_000;

const BEGIN_MESSAGE = "-----BEGIN PGP SIGNED MESSAGE-----";
const BEGIN_SIGNATURE = "-----BEGIN PGP SIGNATURE-----";
const END_SIGNATURE = "-----END PGP SIGNATURE-----";

/** A text that a trusted key has signed. */
export interface SignedText {
  /** What the signature covers and nothing else; dash escapes undone. */
  readonly text: string;
  /** Fingerprint of the certificate, lower-case hex. */
  readonly signedBy: string;
}

/**
 * Verifies a cleartext signature (RFC 9580, section 7). One good signature by one of `keys` suffices; those by unknown
 * keys do not count. BAD_SIGNATURE, naming `name`, where there is none: also for a message with unsigned text around
 * it, for MD5, SHA-1 and RIPEMD-160, for RSA below 2048 bits and for a signature dated after `now` (milliseconds).
 *
 * A key's validity is judged at the date of the signature, as sqv (apt's verifier in Debian 13) and gpgv's exit status
 * have it: what was signed while the key was valid stays good after it has expired. Old releases stay usable that way,
 * and Valid-Until and the refusal of older dates guard against replays.
 */
export async function verifySignedText(
  message: string,
  keys: readonly ArmoredKey[],
  name: string,
  now: number,
): Promise<SignedText> {
  refuseUnsignedText(message, name);
  const { enums, readCleartextMessage, verify } = await import("openpgp");
  const weak = new Set([enums.hash.md5, enums.hash.sha1, enums.hash.ripemd]);
  const config = { rejectHashAlgorithms: weak, rejectMessageHashAlgorithms: weak, minRSABits: 2048 };
  const certificates = (await Promise.all(keys.map(readCertificates))).flat();
  const parsed = await readCleartextMessage({ cleartextMessage: message, config }).catch((error: unknown) => {
    throw badSignature(name, `it is damaged (${reasonOf(error)})`);
  });
  const { data, signatures } = await verify({
    message: parsed,
    verificationKeys: certificates,
    date: new Date(now + MAX_FUTURE),
    config,
  });
  const problems: string[] = [];
  for (const { keyID, verified } of signatures) {
    const signer = certificates.find((certificate) => certificate.getKeys(keyID).length > 0);
    try {
      await verified;
      if (signer !== undefined) return { text: data, signedBy: signer.getFingerprint() };
    } catch (error) {
      const key = `key ${keyID.toHex()}`;
      problems.push(signer === undefined ? `${key} is not trusted` : `by ${key}: ${plainReason(reasonOf(error))}`);
    }
  }
  throw badSignature(name, problems.length === 0 ? "it has no signature" : problems.join("; "));
}

/** Keys are the same few for every archive of a run, and take longer to read than to use. */
const certificatesOf = new Map<string, Promise<PublicKey[]>>();

function readCertificates(key: ArmoredKey): Promise<PublicKey[]> {
  const identity = `${key.fingerprint} ${key.armored}`;
  const known = certificatesOf.get(identity);
  if (known !== undefined) return known;
  const fresh = parseCertificates(key);
  certificatesOf.set(identity, fresh);
  return fresh;
}

async function parseCertificates(key: ArmoredKey): Promise<PublicKey[]> {
  const { readKeys } = await import("openpgp");
  const blocks = key.armored.match(/-----BEGIN PGP PUBLIC KEY BLOCK-----[\s\S]*?-----END PGP PUBLIC KEY BLOCK-----/g);
  const certificates: PublicKey[] = [];
  for (const block of blocks ?? []) {
    const read = await readKeys({ armoredKeys: block }).catch((error: unknown) => {
      throw new DistillError("CONFIG_INVALID", `the keyring cannot be read: ${reasonOf(error)}`);
    });
    certificates.push(...read);
  }
  if (key.fingerprint !== undefined && certificates.some((found) => found.getFingerprint() !== key.fingerprint)) {
    throw new Error(`pinned key ${key.fingerprint} is not what its armor holds`);
  }
  return certificates;
}

/** Only one signed message and nothing around it, so that no reader can take unsigned text for signed. */
function refuseUnsignedText(message: string, name: string): void {
  const lines = message.split(/\r?\n/);
  const count = (wanted: string) => lines.filter((line) => line.trimEnd() === wanted).length;
  if (count(BEGIN_MESSAGE) === 0) throw badSignature(name, "it is not a signed message");
  const after = lines.slice(lines.findLastIndex((line) => line.trimEnd() === END_SIGNATURE) + 1);
  const single = count(BEGIN_MESSAGE) === 1 && count(BEGIN_SIGNATURE) === 1 && count(END_SIGNATURE) === 1;
  const blank = lines.indexOf("");
  const headers = lines.slice(1, blank);
  if (
    !single ||
    lines[0]?.trimEnd() !== BEGIN_MESSAGE ||
    blank < 0 ||
    headers.some((line) => !/^Hash: [A-Za-z0-9, -]+$/.test(line)) ||
    after.some((line) => line.trim() !== "")
  ) {
    throw badSignature(name, "it has text outside of its signature");
  }
}

function badSignature(name: string, problem: string): DistillError {
  const clock = problem.includes("in the future") ? "check this machine's clock; otherwise " : "";
  return new DistillError("BAD_SIGNATURE", `no good signature on ${name}: ${problem}`, {
    hint: `${clock}the mirror, or something on the way to it, hands out files that were not signed by a trusted key: use another one`,
  });
}

/** openpgp's words for the two ways in which a changed text or signature shows. */
function plainReason(reason: string): string {
  const changed = reason === "Signed digest did not match" || reason === "Signature verification failed";
  return changed ? "the text or its signature was changed after it was signed" : reason;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
