import { type AppConfig, appSchema } from "./app-schema.ts";
import { readYaml } from "./yaml.ts";

/** Reads a distill.yaml; CONFIG_INVALID tells everything that is wrong with it. `file` is the name for messages. */
export function parseAppConfig(text: string, file: string): AppConfig {
  return readYaml(text, file, appSchema);
}
