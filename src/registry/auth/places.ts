import { homedir } from "node:os";
import { join } from "node:path";

export type Environment = Readonly<Record<string, string | undefined>>;

/** docker's file, where logins are written too. */
export function dockerConfigPath(environment: Environment = process.env): string {
  return join(environment.DOCKER_CONFIG || join(homeOf(environment), ".docker"), "config.json");
}

/**
 * The files that logins are looked up in, the first that knows a registry wins: docker's, then those of podman, skopeo
 * and buildah.
 */
export function authFilePaths(environment: Environment = process.env): readonly string[] {
  const { REGISTRY_AUTH_FILE: named, XDG_RUNTIME_DIR: runtime, XDG_CONFIG_HOME: config } = environment;
  return [
    dockerConfigPath(environment),
    ...(named ? [named] : []),
    ...(runtime ? [join(runtime, "containers", "auth.json")] : []),
    join(config || join(homeOf(environment), ".config"), "containers", "auth.json"),
  ];
}

function homeOf(environment: Environment): string {
  return environment.HOME || homedir();
}
