import { createHash } from "node:crypto";
import { type Content, streamContent } from "../rootfs/content.ts";

/** The checksum that dpkg lists, in hexadecimal digits; read in pieces. */
export async function md5Of(content: Content): Promise<string> {
  const hash = createHash("md5");
  for await (const chunk of streamContent(content)) hash.update(chunk);
  return hash.digest("hex");
}
