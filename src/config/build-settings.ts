import { z } from "zod";
import { parseAppConfig } from "./app-config.ts";
import { COMPOSE_INSTEAD } from "./app-schema.ts";
import { readYaml } from "./yaml.ts";

/** Images of a Dockerfile that are composed in place of being pulled: all that can be, or those that a pattern fits. */
export type ComposeInstead = boolean | readonly string[];

const settingsSchema = z.strictObject({ compose: COMPOSE_INSTEAD });

/** What a file that has a base describes is an app. */
const kindSchema = z.looseObject({ base: z.unknown().optional() });

/**
 * What the distill.yaml beside a Dockerfile says of its build. The file may describe an app too, or only this. CONFIG_INVALID
 * tells everything that is wrong with it.
 */
export function parseBuildSettings(text: string, file: string): { readonly compose: ComposeInstead } {
  const { base } = readYaml(text, file, kindSchema);
  if (base !== undefined) return { compose: parseAppConfig(text, file).compose ?? false };
  return readYaml(text, file, settingsSchema);
}
