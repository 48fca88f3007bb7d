import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { DistillError } from "./errors.ts";

/**
 * The bytes of a plain file of at most `limit` bytes; `what` names it in errors. CONFIG_INVALID for what is no plain file
 * (a pipe would be waited for, a device never ends), LIMIT_EXCEEDED above the limit, the system's error otherwise.
 */
export async function readSmallFile(path: string, limit: number, what: string): Promise<Buffer> {
  // A pipe without a writer would keep open() waiting.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = await file.stat();
    if (!stats.isFile()) {
      throw new DistillError("CONFIG_INVALID", `${what} is not a plain file`, { hint: "name a file" });
    }
    if (stats.size > limit) {
      throw new DistillError(
        "LIMIT_EXCEEDED",
        `${what} has ${stats.size} bytes, more than the ${limit} that are read`,
        {
          hint: "see that the right file is named",
        },
      );
    }
    return await file.readFile();
  } finally {
    await file.close();
  }
}
