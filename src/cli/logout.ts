import type { Command } from "commander";
import { DistillError } from "../lib/errors.ts";
import type { VerbContext } from "./verb-context.ts";

/** `distill logout HOST` */
export function addLogout(program: Command, { signal }: VerbContext): void {
  program
    .command("logout")
    .description("forget the login of a registry, as docker logout does")
    .argument("[registry]", "HOST or HOST:PORT; docker.io for Docker Hub")
    .option("-a, --all", "of every registry in docker's file", false)
    .action(async (given: string | undefined, { all }: { readonly all: boolean }) => {
      const { parseRegistry } = await import("../app/sign-in.ts");
      const { removeLogin, savedRegistries } = await import("../registry/auth/saved-logins.ts");
      const { dockerConfigPath } = await import("../registry/auth/places.ts");
      if (all === (given !== undefined)) {
        const problem = all ? "--all and a registry are named" : "no registry is named";
        throw new DistillError("USAGE", problem, { hint: "distill logout HOST, or distill logout --all" });
      }
      const path = dockerConfigPath();
      const registries = given === undefined ? savedRegistries(path) : [parseRegistry(given)];
      for (const registry of registries) {
        const removed = await removeLogin(path, registry, { signal });
        process.stdout.write(`${registry}: ${removed.length > 0 ? "signed out" : "was not signed in"}\n`);
        await tellOfOthers(registry, signal);
      }
      if (registries.length === 0) process.stdout.write("there are no logins\n");
    });
}

/** A login in a file of podman's stays, and would still be used. */
async function tellOfOthers(registry: string, signal: AbortSignal): Promise<void> {
  const { findCredential } = await import("../registry/auth/credentials.ts");
  const warn = (text: string): void => void process.stderr.write(`warning: ${text}\n`);
  if ((await findCredential(registry, { warn, signal })) === undefined) return;
  warn(
    `another file has a login for ${registry} still: podman logout ${registry} or skopeo logout ${registry} removes it`,
  );
}
