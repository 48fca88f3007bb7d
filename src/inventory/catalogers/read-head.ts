import type { Content } from "../../rootfs/content.ts";

/** The first bytes of a file, at most `limit`: what is behind them is never read. */
export async function readHead(content: Content, limit: number): Promise<Buffer> {
  const bytes = await content.read(0, Math.min(limit, content.size));
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
