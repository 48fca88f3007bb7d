import { createHash } from "node:crypto";

/** The namespace for names that are URLs (RFC 9562, section 6.6). */
const URL_NAMESPACE = Buffer.from("6ba7b8119dad11d180b400c04fd430c8", "hex");

/** A UUID that is made from content alone (RFC 9562, section 5.5): the same content gives the same one. */
export function contentUuid(content: string): string {
  const digest = createHash("sha256").update(content).digest("hex");
  const hash = createHash("sha1").update(URL_NAMESPACE).update(`urn:distill:document:${digest}`).digest();
  hash.writeUInt8((hash.readUInt8(6) & 0x0f) | 0x50, 6);
  hash.writeUInt8((hash.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = hash.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join("-");
}
