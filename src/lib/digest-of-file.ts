import { createReadStream } from "node:fs";
import { type Digest, Digester } from "./digest.ts";

/** Digest and size of a file; throws the system's error where it cannot be read. */
export async function digestOfFile(path: string): Promise<{ readonly digest: Digest; readonly size: number }> {
  const digester = new Digester();
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) digester.update(chunk as Uint8Array);
  return { digest: digester.digest(), size: digester.size };
}
