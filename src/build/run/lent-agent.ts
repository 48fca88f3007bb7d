import { closeSync, constants, openSync } from "node:fs";
import { createConnection, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { fromSystemError } from "../../lib/errors.ts";

/** A socket that leads to somebody's agent. */
export interface LentAgent extends AsyncDisposable {
  readonly path: string;
}

/**
 * Lends an agent under a socket of its own in `directory` (ours alone), so that it can get the mode and owner that a program
 * needs: the agent's own stays as it is. Ends when it is disposed of. Throws IO where no socket can be made.
 */
export async function lendAgent(agent: string, directory: string, name: string): Promise<LentAgent> {
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const behind = createConnection({ path: agent, allowHalfOpen: true });
    for (const each of [client, behind]) {
      open.add(each);
      each.on("close", () => open.delete(each));
    }
    forward(client, behind);
    forward(behind, client);
  });
  const path = join(directory, name);
  // A name of a socket has 107 bytes, and directories may have longer ones.
  const descriptor = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(`/proc/self/fd/${descriptor}/${name}`, resolve);
    });
  } catch (error) {
    throw fromSystemError(error, "making", path);
  } finally {
    closeSync(descriptor);
  }
  server.unref();
  return {
    path,
    async [Symbol.asyncDispose]() {
      for (const each of open) each.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** What breaks on one side breaks the other. */
function forward(from: Socket, to: Socket): void {
  from.on("error", () => to.destroy());
  from.pipe(to);
}
