import { writeFile } from "node:fs/promises";
import { build, type StageBase } from "../build/build.ts";
import type { BuildContext } from "../build/context.ts";
import { compose } from "../compose/compose.ts";
import { containerConfig } from "../compose/container-config.ts";
import type { ComposeRecord } from "../compose/record.ts";
import { composeRequest } from "../compose/request.ts";
import { imageContent } from "../image/content.ts";
import { checkDestination, parseDestination, writeContent } from "../image/destination.ts";
import type { Image } from "../image/image.ts";
import { parseReference, withDefaultTag } from "../image/reference.ts";
import { throwIfCancelled } from "../lib/cancel.ts";
import { fromSystemError } from "../lib/errors.ts";
import { refuseUnwritable } from "../lib/output-path.ts";
import type { Progress } from "../lib/progress.ts";
import { sourceDateEpoch } from "../lib/source-date-epoch.ts";
import type { ComposeStep, Plan } from "../plan/plan.ts";
import type { Lease } from "../store/leases.ts";
import { DebianPackageSource } from "./package-source.ts";
import type { Workspace } from "./workspace.ts";

export interface MakeOptions {
  /** Names in the store. */
  readonly tags: readonly string[];
  /** Transports that the image is written to beside the store. */
  readonly outputs: readonly string[];
  /** File that the image ID is written to. */
  readonly idFile: string | undefined;
  readonly offline: boolean;
  readonly refresh: boolean;
  readonly progress: Progress;
  readonly signal: AbortSignal | undefined;
}

/** An image that was made, and what is to be said about it. */
export interface MadeImage {
  readonly image: Image;
  readonly files: number;
  /** What was composed; absent for a plan that composes nothing. */
  readonly composed: ComposeRecord | undefined;
}

/**
 * Makes the image of a plan, writes it to the outputs and names it. Names and outputs are checked before anything is
 * done; the names are set last, so that a failure leaves the old ones.
 */
export async function makeImage(
  plan: Plan,
  context: BuildContext | undefined,
  { store, cacheDirectory }: Workspace,
  options: MakeOptions,
): Promise<MadeImage> {
  const references = options.tags.map((tag) => withDefaultTag(parseReference(tag)));
  const destinations = options.outputs.map(parseDestination);
  for (const destination of destinations) await checkDestination(destination);
  if (options.idFile !== undefined) refuseUnwritable(options.idFile, "file");
  const timestamp = sourceDateEpoch();
  await using lease = store.lease(`make ${plan.source}`);
  let composed: ComposeRecord | undefined;
  const { image, files } = await build(plan, {
    ...{ store, lease, context, timestamp, progress: options.progress, signal: options.signal },
    composeBase: async (step) => {
      composed = await composeStep(step, plan, { store, cacheDirectory }, lease, timestamp, options);
      return stageBase(step, plan, composed);
    },
  });
  for (const [index, destination] of destinations.entries()) {
    const task = options.progress.start(`Writing ${options.outputs[index]}`);
    try {
      const { changed } = await writeContent(imageContent(image), destination, {
        names: references,
        signal: options.signal,
      });
      if (changed !== undefined) options.progress.info(`${options.outputs[index]}: ${changed}`);
      task.end("done");
    } catch (error) {
      task.end("failed");
      throw error;
    }
  }
  throwIfCancelled(options.signal);
  if (options.idFile !== undefined) await writeId(options.idFile, image.configDigest);
  for (const reference of references) store.tag(reference, image.manifestDigest);
  return { image, files, composed };
}

async function writeId(path: string, id: string): Promise<void> {
  try {
    await writeFile(path, id);
  } catch (error) {
    throw fromSystemError(error, "writing", path);
  }
}

async function composeStep(
  step: ComposeStep,
  plan: Plan,
  { store, cacheDirectory }: Workspace,
  lease: Lease,
  timestamp: number,
  { offline, refresh, progress, signal }: MakeOptions,
): Promise<ComposeRecord> {
  const { base, suite, packages } = step;
  const request = composeRequest({ base, suite, packages, platform: plan.platform });
  const { temporaryDirectory } = lease;
  const source = await DebianPackageSource.open({
    ...{ request, cacheDirectory, temporaryDirectory, offline, refresh, progress, signal },
  });
  try {
    return await compose(request, { source, store, lease, timestamp, progress, signal });
  } finally {
    await source.close();
  }
}

function stageBase(step: ComposeStep, plan: Plan, composed: ComposeRecord): StageBase {
  const { base } = composeRequest({ ...step, platform: plan.platform });
  return { layers: composed.layers, config: containerConfig(base, step.user), files: composed.files };
}
