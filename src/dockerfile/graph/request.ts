import type { ContainerConfig, HistoryEntry } from "../../image/config.ts";
import type { Platform } from "../../image/platform.ts";
import type { ContextLocation, ImageOrigin, NamedContextOrigin } from "../../plan/origin.ts";

/** What is to be made of a Dockerfile. */
export interface PlanRequest {
  /** What relative paths of the plan start from. */
  readonly directory: string;
  /** The stage to build, by name or number; the last one where it is not given. */
  readonly target: string | undefined;
  /** Values of arguments by name, as the user gave them. */
  readonly arguments: ReadonlyMap<string, string>;
  /** What replaces stages and images, by name. */
  readonly contexts: ReadonlyMap<string, ContextLocation>;
  /** What the image is for. */
  readonly platform: Platform;
  /** What it is built on. */
  readonly buildPlatform: Platform;
}

/** What is known of a base before anything is built. */
export interface ResolvedBase {
  /** What it is for; absent where it does not say. */
  readonly platform?: Platform;
  readonly author: string | undefined;
  readonly config: ContainerConfig;
  readonly history: readonly HistoryEntry[];
}

/** Finds out what a base says of itself. */
export interface BaseResolver {
  /** Undefined where it is not known now; the plan says so then. Asked once for each stage, side by side. */
  resolve(origin: ImageOrigin | NamedContextOrigin): Promise<ResolvedBase | undefined>;
}
