import type { LockOutcome } from "../compose/lock/lock-outcome.ts";
import type { ComposeRecord } from "../compose/record.ts";
import { composeSystem, rememberSystem } from "../compose/system/compose-system.ts";
import type { RootRunner } from "../compose/system/root-runner.ts";
import { askedOfSystem, differenceOf, knownBefore, systemConfig } from "../compose/system/system-image.ts";
import { type SystemRequest, systemRequest } from "../compose/system/system-request.ts";
import { supportNote } from "../debian/releases.ts";
import type { ContainerConfig, HistoryEntry } from "../image/config.ts";
import type { Platform } from "../image/platform.ts";
import { type ComposeMeans, type Composition, composeLayers } from "./compose-layers.ts";
import type { LockFile } from "./lock-file.ts";
import { SandboxRunner, type SandboxRunnerOptions } from "./sandbox-runner.ts";

/** A base that was composed: its layers, and what is to be said of it. */
export interface ComposedImage {
  readonly record: ComposeRecord;
  /** What became of its part of the lock. */
  readonly lock: LockOutcome | undefined;
  readonly config: ContainerConfig;
  readonly history: readonly HistoryEntry[];
  /** How it differs from what its name asks for, for people. */
  readonly difference: string | undefined;
}

/** What is known of an image before it is composed, where that is all; fails as `systemRequest`. */
export function systemBefore(
  name: string,
  platform: Platform,
): Pick<ComposedImage, "config" | "history" | "difference"> | undefined {
  const known = knownBefore(systemRequest(name, platform));
  return known && { ...known, difference: undefined };
}

/** What stands for an official image that build stages begin with: a whole Debian with apt. Fails as `composeLayers` and `composeSystem`. */
export async function composedSystem(
  name: string,
  platform: Platform,
  options: Omit<ComposeMeans, "lock"> & { readonly lock: LockFile | undefined } & Pick<SandboxRunnerOptions, "sandbox">,
): Promise<ComposedImage> {
  const { progress } = options;
  const request = systemRequest(name, platform);
  progress.info(`${name} is composed from Debian ${request.suite}, not pulled`);
  const note = supportNote(request.suite, Date.now());
  if (note !== undefined) progress.warn(note);
  await using runner = new SandboxRunner(options);
  const what = systemComposition(request, runner);
  const { record, lock } = await composeLayers(what, { ...options, lock: options.lock?.forBase(name) });
  const difference = differenceOf(request, record);
  if (difference !== undefined) progress.warn(`${name} is ${difference}`);
  const history = record.layers.map(({ createdBy }) => ({ created_by: createdBy }));
  return { record, lock, config: systemConfig(request, record), history, difference };
}

function systemComposition(request: SystemRequest, runner: RootRunner): Composition {
  return {
    ...{ request, asked: askedOfSystem(request), wholeControl: true },
    compose: (collaborators) => composeSystem(request, { ...collaborators, runner }),
    remember: (source, record, means) => rememberSystem(request, source, record, means),
  };
}
