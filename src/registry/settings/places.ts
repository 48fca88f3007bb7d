import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Directories in which an administrator and a user set up how registries are reached. */
export interface SettingsPlaces {
  /** A registries.conf that takes the place of both others. */
  readonly named: string | undefined;
  /** Of the user: `~/.config/containers`. */
  readonly user: string;
  /** Of the machine: `/etc/containers`. */
  readonly system: string;
  /** Docker's: `/etc/docker`. */
  readonly docker: string;
}

/** Where settings lie; `etc` is another directory than /etc in tests only. */
export function settingsPlaces(environment: Environment = process.env, etc = "/etc"): SettingsPlaces {
  const { CONTAINERS_REGISTRIES_CONF: named, XDG_CONFIG_HOME: config, HOME: home } = environment;
  const own = config !== undefined && isAbsolute(config) ? config : join(home || homedir(), ".config");
  return {
    named: named || undefined,
    user: join(own, "containers"),
    system: join(etc, "containers"),
    docker: join(etc, "docker"),
  };
}
