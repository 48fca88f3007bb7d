import type { ContainerConfig } from "../../image/config.ts";
import { NONROOT } from "../pieces/accounts.ts";
import type { ComposeRequest } from "../request.ts";
import { tiersOf } from "./bases.ts";

/** Directory of the shell and its tools in a debug image. */
const DEBUG_DIRECTORY = "/busybox";

/**
 * What a container of a composed base starts with: environment and entrypoint of its tiers, and the account. A debug image
 * begins in its shell where its base has no entrypoint of its own, as Google's do.
 */
export function containerConfig(
  request: Pick<ComposeRequest, "base" | "suite" | "user" | "debug" | "settings">,
): ContainerConfig {
  const { base, suite, user, debug, settings } = request;
  const tiers = tiersOf(base, suite);
  const env = Object.assign({}, ...tiers.map((tier) => tier.env)) as Record<string, string>;
  if (settings.locale !== undefined) env.LANG = settings.locale;
  if (debug) env.PATH = `${env.PATH}:${DEBUG_DIRECTORY}`;
  const entrypoint = tiers.at(-1)?.entrypoint ?? (debug ? [`${DEBUG_DIRECTORY}/sh`] : undefined);
  return {
    User: user === "root" ? "0" : String(NONROOT),
    Env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
    ...(entrypoint === undefined ? {} : { Entrypoint: entrypoint }),
    WorkingDir: user === "root" ? "/" : "/home/nonroot",
  };
}
