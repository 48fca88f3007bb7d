import type { Digest } from "../lib/digest.ts";
import { checkDigest } from "./descriptor.ts";
import {
  encodeJson,
  type JsonObject,
  optionalBoolean,
  optionalInteger,
  optionalKeySet,
  optionalObject,
  optionalObjects,
  optionalString,
  optionalStringMap,
  optionalStrings,
  parseJsonObject,
  present,
  requiredObject,
  requiredString,
  requiredStrings,
  type StringMap,
  sortedMap,
} from "./json.ts";
import type { Platform } from "./platform.ts";

/** Docker's HEALTHCHECK; durations in nanoseconds. */
export interface Healthcheck {
  readonly Test?: readonly string[];
  readonly Interval?: number;
  readonly Timeout?: number;
  readonly StartPeriod?: number;
  readonly StartInterval?: number;
  readonly Retries?: number;
}

/** What a container of the image starts with (image-spec, config.md, `config`); the last three are Docker's. */
export interface ContainerConfig {
  readonly User?: string;
  readonly ExposedPorts?: Readonly<Record<string, object>>;
  readonly Env?: readonly string[];
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly Volumes?: Readonly<Record<string, object>>;
  readonly WorkingDir?: string;
  readonly Labels?: StringMap;
  readonly StopSignal?: string;
  readonly ArgsEscaped?: boolean;
  readonly Healthcheck?: Healthcheck;
  readonly OnBuild?: readonly string[];
  readonly Shell?: readonly string[];
}

/** One step of the image's making; a step with `empty_layer` has no entry in `diff_ids`. */
export interface HistoryEntry {
  readonly created?: string;
  readonly created_by?: string;
  readonly author?: string;
  readonly comment?: string;
  readonly empty_layer?: boolean;
}

/** An image config, in the names of image-spec (config.md). `created` is RFC 3339. */
export interface ImageConfig {
  readonly created?: string;
  readonly author?: string;
  readonly architecture: string;
  readonly variant?: string;
  readonly os: string;
  readonly config?: ContainerConfig;
  readonly rootfs: { readonly type: "layers"; readonly diff_ids: readonly Digest[] };
  readonly history?: readonly HistoryEntry[];
}

const MAX_CONFIG = 8 << 20;

/** Reads an image config of at most 8 MiB; unknown fields are dropped. Throws FORMAT_INVALID or LIMIT_EXCEEDED. */
export function decodeConfig(bytes: Uint8Array): ImageConfig {
  const object = parseJsonObject(bytes, "image config", MAX_CONFIG);
  const rootfs = requiredObject(object, "rootfs");
  const container = optionalObject(object, "config");
  return present({
    created: optionalString(object, "created"),
    author: optionalString(object, "author") || undefined,
    architecture: requiredString(object, "architecture"),
    variant: optionalString(object, "variant") || undefined,
    os: requiredString(object, "os"),
    config: container === undefined ? undefined : decodeContainer(container),
    rootfs: {
      type: "layers" as const,
      diff_ids: requiredStrings(rootfs, "diff_ids").map((id) => checkDigest(id, "image config: rootfs: diff_ids")),
    },
    history: optionalObjects(object, "history")?.map(decodeHistory),
  }) as ImageConfig;
}

/**
 * The config as JSON whose bytes depend on its values only: keys in a fixed order, maps sorted, no white space, and
 * nothing for fields that are absent or empty (an empty Entrypoint and an absent one mean the same).
 */
export function encodeConfig(image: ImageConfig): Uint8Array {
  return encodeJson({
    created: image.created,
    author: image.author || undefined,
    architecture: image.architecture,
    variant: image.variant || undefined,
    os: image.os,
    config: image.config && containerToJson(image.config),
    rootfs: { type: "layers", diff_ids: image.rootfs.diff_ids },
    history: image.history?.map(historyToJson),
  });
}

export function platformOf(image: ImageConfig): Platform {
  const { os, architecture, variant } = image;
  return variant === undefined ? { os, architecture } : { os, architecture, variant };
}

function decodeContainer(object: JsonObject): ContainerConfig {
  const healthcheck = optionalObject(object, "Healthcheck");
  return present({
    User: optionalString(object, "User"),
    ExposedPorts: optionalKeySet(object, "ExposedPorts"),
    Env: optionalStrings(object, "Env"),
    Entrypoint: optionalStrings(object, "Entrypoint"),
    Cmd: optionalStrings(object, "Cmd"),
    Volumes: optionalKeySet(object, "Volumes"),
    WorkingDir: optionalString(object, "WorkingDir"),
    Labels: optionalStringMap(object, "Labels"),
    StopSignal: optionalString(object, "StopSignal"),
    ArgsEscaped: optionalBoolean(object, "ArgsEscaped"),
    Healthcheck: healthcheck === undefined ? undefined : decodeHealthcheck(healthcheck),
    OnBuild: optionalStrings(object, "OnBuild"),
    Shell: optionalStrings(object, "Shell"),
  }) as ContainerConfig;
}

function decodeHealthcheck(object: JsonObject): Healthcheck {
  return present({
    Test: optionalStrings(object, "Test"),
    Interval: optionalInteger(object, "Interval"),
    Timeout: optionalInteger(object, "Timeout"),
    StartPeriod: optionalInteger(object, "StartPeriod"),
    StartInterval: optionalInteger(object, "StartInterval"),
    Retries: optionalInteger(object, "Retries"),
  }) as Healthcheck;
}

function decodeHistory(object: JsonObject): HistoryEntry {
  return present({
    created: optionalString(object, "created"),
    created_by: optionalString(object, "created_by"),
    author: optionalString(object, "author"),
    comment: optionalString(object, "comment"),
    empty_layer: optionalBoolean(object, "empty_layer"),
  }) as HistoryEntry;
}

function containerToJson(container: ContainerConfig): object {
  const { Healthcheck: health } = container;
  return {
    User: container.User || undefined,
    ExposedPorts: sortedMap(container.ExposedPorts),
    Env: unlessEmpty(container.Env),
    Entrypoint: unlessEmpty(container.Entrypoint),
    Cmd: unlessEmpty(container.Cmd),
    Volumes: sortedMap(container.Volumes),
    WorkingDir: container.WorkingDir || undefined,
    Labels: sortedMap(container.Labels),
    StopSignal: container.StopSignal || undefined,
    ArgsEscaped: container.ArgsEscaped || undefined,
    Healthcheck: health && {
      Test: health.Test,
      Interval: health.Interval || undefined,
      Timeout: health.Timeout || undefined,
      StartPeriod: health.StartPeriod || undefined,
      StartInterval: health.StartInterval || undefined,
      Retries: health.Retries || undefined,
    },
    OnBuild: unlessEmpty(container.OnBuild),
    Shell: unlessEmpty(container.Shell),
  };
}

function historyToJson(entry: HistoryEntry): object {
  return {
    created: entry.created,
    created_by: entry.created_by || undefined,
    author: entry.author || undefined,
    comment: entry.comment || undefined,
    empty_layer: entry.empty_layer || undefined,
  };
}

function unlessEmpty(list: readonly string[] | undefined): readonly string[] | undefined {
  return list === undefined || list.length === 0 ? undefined : list;
}
