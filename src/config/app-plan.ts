import type { Platform } from "../image/platform.ts";
import type { CopyStep, MetaStep, Plan } from "../plan/plan.ts";
import type { AppConfig } from "./app-schema.ts";

/** The plan that a distill.yaml stands for: compose the base, copy each entry, set what containers start with. */
export function planOfApp(config: AppConfig, file: string, platform: Platform): Plan {
  const packages = config.packages ?? [];
  const suite = config.suite ?? "trixie";
  return {
    source: file,
    platform,
    stages: [
      {
        name: "image",
        steps: [
          {
            kind: "compose",
            text: ["compose", config.base, suite, ...packages].join(" "),
            base: config.base,
            suite,
            packages,
            user: isRoot(config.user) ? "root" : "nonroot",
          },
          ...(config.copy ?? []).map(copyStep),
          metaStep(config),
        ],
      },
    ],
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

function isRoot(user: AppConfig["user"]): boolean {
  const [name] = (user ?? "").split(":");
  return name === "root" || name === "0";
}

function portWithProtocol(port: string): string {
  return port.includes("/") ? port : `${port}/tcp`;
}
