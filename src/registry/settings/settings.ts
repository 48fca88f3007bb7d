import { readConfFiles } from "./conf-files.ts";
import { type HostCertificates, readHostCertificates } from "./host-certificates.ts";
import { type SettingsPlaces, settingsPlaces } from "./places.ts";
import { parseRegistriesConf } from "./registries-conf.ts";
import type { RegistryRule } from "./rules.ts";

/** How registries are reached, beyond what references say. */
export interface RegistrySettings {
  /**
   * False: certificates are not checked, and plain http is tried where https does not answer. True: whatever the rules
   * say, certificates are checked. Undefined: as the rules say, which is true without one.
   */
  readonly tlsVerify: boolean | undefined;
  readonly rules: readonly RegistryRule[];
  /** Certificates that were put on this machine for one registry, `host[:port]`. Throws CONFIG_INVALID, IO. */
  readonly certificates: (registry: string) => HostCertificates | undefined;
}

/** The settings of this user and this machine. Throws CONFIG_INVALID with file and line, LIMIT_EXCEEDED, IO. */
export async function loadRegistrySettings(options: {
  readonly tlsVerify?: boolean | undefined;
  readonly places?: SettingsPlaces;
}): Promise<RegistrySettings> {
  const places = options.places ?? settingsPlaces();
  const rules = new Map<string, RegistryRule>();
  for (const { text, path, dropIn } of await readConfFiles(places)) {
    const own = await parseRegistriesConf(text, path, { dropIn });
    // Between files the last one counts, in one file the first.
    for (const rule of own.toReversed()) rules.set(rule.prefix, rule);
  }
  return {
    tlsVerify: options.tlsVerify,
    rules: [...rules.values()],
    certificates: (registry) => readHostCertificates(registry, places),
  };
}
