import { createHash } from "node:crypto";

/** A trusted certificate under its name. */
export interface TrustedCertificate {
  readonly alias: string;
  readonly der: Uint8Array;
}

const MAGIC = 0xfeedfeed;
const VERSION = 2;
const TRUSTED = 2;
const TYPE = "X.509";
/** What the digest of a key store begins with behind the password (sun.security.provider.JavaKeyStore). */
const WHITENER = "Mighty Aphrodite";

/**
 * A key store in Java's own format, JKS version 2, that holds nothing but trusted certificates: every Java reads it,
 * with the keyword of its integrity check or without. Dates are 1970-01-01. Aliases in byte order, so that equal
 * certificates make equal bytes.
 */
export function encodeJavaKeyStore(certificates: readonly TrustedCertificate[], password: string): Uint8Array {
  const sorted = certificates.toSorted((a, b) => (a.alias < b.alias ? -1 : a.alias > b.alias ? 1 : 0));
  const body = Buffer.concat([word(MAGIC), word(VERSION), word(sorted.length), ...sorted.map(entry)]);
  const hash = createHash("sha1");
  hash.update(Buffer.from(password, "utf16le").swap16());
  hash.update(WHITENER);
  return Buffer.concat([body, hash.update(body).digest()]);
}

function entry({ alias, der }: TrustedCertificate): Buffer {
  const date = Buffer.alloc(8);
  return Buffer.concat([word(TRUSTED), text(alias), date, text(TYPE), word(der.length), der]);
}

function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
}

/** As DataOutput.writeUTF has it; plain for what is no NUL and in the basic plane. */
function text(value: string): Buffer {
  const bytes = Buffer.from(value, "utf8");
  const length = Buffer.alloc(2);
  length.writeUInt16BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
