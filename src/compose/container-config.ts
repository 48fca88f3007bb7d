import type { ContainerConfig } from "../image/config.ts";
import { type BaseName, tiersOf } from "./catalogue.ts";
import { NONROOT } from "./pieces/accounts.ts";

/** What a container of a base starts with: environment and entrypoint of its tiers, and the account. */
export function containerConfig(base: BaseName, user: "root" | "nonroot"): ContainerConfig {
  const tiers = tiersOf(base);
  const env = Object.assign({}, ...tiers.map((tier) => tier.env)) as Readonly<Record<string, string>>;
  const entrypoint = tiers.at(-1)?.entrypoint;
  return {
    User: user === "root" ? "0" : String(NONROOT),
    Env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
    ...(entrypoint === undefined ? {} : { Entrypoint: entrypoint }),
    WorkingDir: user === "root" ? "/" : "/home/nonroot",
  };
}
