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

function metaStep(config: AppConfig): MetaStep {
  return {
    kind: "meta",
    text: "configure",
    ...(config.entrypoint === undefined ? {} : { entrypoint: config.entrypoint }),
    ...(config.cmd === undefined ? {} : { cmd: config.cmd }),
    ...(config.env === undefined ? {} : { env: texts(config.env) }),
    ...(config.workdir === undefined ? {} : { workdir: config.workdir }),
    ...(config.user === undefined || config.user === "nonroot" || isRoot(config.user)
      ? {}
      : { user: String(config.user) }),
    ...(config.ports === undefined ? {} : { ports: config.ports.map(portWithProtocol) }),
    ...(config.labels === undefined ? {} : { labels: texts(config.labels) }),
  };
}

/** Root and nonroot are accounts of the base, which then sets them by number. */
function isRoot(user: AppConfig["user"]): boolean {
  return user === "root" || user === 0 || user === "0";
}

function texts(record: Readonly<Record<string, string | number | boolean>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, String(value)]));
}

function portWithProtocol(port: string | number): string {
  const text = String(port);
  return text.includes("/") ? text : `${text}/tcp`;
}
