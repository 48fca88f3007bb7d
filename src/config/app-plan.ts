import { dirname } from "node:path";
import type { Platform } from "../image/platform.ts";
import type { ComposeStep, SettingEntries } from "../plan/compose-step.ts";
import type { CopyStep, MetaStep, Plan } from "../plan/plan.ts";
import type { AppConfig } from "./app-schema.ts";

/**
 * The plan that a distill.yaml stands for: compose the base, copy each entry, set what containers start with. `path` is
 * where the file lies; `shown` is the name for messages.
 */
export function planOfApp(
  config: AppConfig,
  { path, shown }: { readonly path: string; readonly shown: string },
  platform: Platform,
): Plan {
  const steps = [composeStep(config), ...(config.copy ?? []).map(copyStep), metaStep(config)];
  return { source: shown, directory: dirname(path), platform, stages: [{ name: "image", steps }] };
}

function composeStep(config: AppConfig): ComposeStep {
  const { base, suite, debug, packages = [], slices = [], debs = [], sources = [] } = config;
  return {
    kind: "compose",
    text: ["compose", base, ...(suite === undefined ? [] : [suite]), ...packages].join(" "),
    base,
    suite,
    user: userOf(config.user),
    debug,
    packages,
    slices,
    sources: sources.map(({ uri, suite, components = ["main"], key }) => ({ uri, suite, components, key })),
    debs,
    settings: settingsOf(config),
  };
}

function settingsOf({ accounts, certificates = [], timezone, locale, files = [] }: AppConfig): SettingEntries {
  const users = accounts?.users ?? [];
  return {
    users: users.map(({ name, uid, gid, home, shell, groups = [] }) => ({ name, uid, gid, home, shell, groups })),
    groups: accounts?.groups ?? [],
    certificates,
    timezone,
    locale,
    files: files.map(({ path, content, from, link, directory = false, mode, owner }) => ({
      ...{ path, content, from, link, directory, owner },
      mode: mode === undefined ? undefined : Number.parseInt(mode, 8),
    })),
  };
}

function copyStep(entry: NonNullable<AppConfig["copy"]>[number]): CopyStep {
  const sources = typeof entry.from === "string" ? [entry.from] : entry.from;
  return {
    kind: "copy",
    text: `copy ${sources.join(" ")} ${entry.to}`,
    sources,
    destination: entry.to,
    owner: entry.owner,
    mode: entry.mode === undefined ? undefined : Number.parseInt(entry.mode, 8),
  };
}

function metaStep({ entrypoint, cmd, env, workdir, user, ports, labels }: AppConfig): MetaStep {
  return {
    kind: "meta",
    text: "configure",
    ...(entrypoint === undefined ? {} : { entrypoint }),
    ...(cmd === undefined ? {} : { cmd }),
    ...(env === undefined ? {} : { env }),
    ...(workdir === undefined ? {} : { workdir }),
    ...(user === undefined || BASE_USERS.has(user) ? {} : { user }),
    ...(ports === undefined ? {} : { ports: ports.map(portWithProtocol) }),
    ...(labels === undefined ? {} : { labels }),
  };
}

/** Accounts that the base is composed for; it sets them by number. */
const BASE_USERS: ReadonlySet<string> = new Set(["root", "0", "nonroot"]);

/** The account that the base is composed for; undefined leaves that to the base. */
function userOf(user: AppConfig["user"]): ComposeStep["user"] {
  if (user === undefined) return undefined;
  const [name] = user.split(":");
  return name === "root" || name === "0" ? "root" : "nonroot";
}

function portWithProtocol(port: string): string {
  return port.includes("/") ? port : `${port}/tcp`;
}
