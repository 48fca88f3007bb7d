import { build } from "../build/build.ts";
import type { BuildContext } from "../build/context/build-context.ts";
import { containerConfig } from "../compose/catalogue/container-config.ts";
import type { LockOutcome } from "../compose/lock/lock-outcome.ts";
import type { ComposeRecord } from "../compose/record.ts";
import { type ComposeRequest, composeRequest } from "../compose/request.ts";
import { supportNote } from "../debian/releases.ts";
import { imageContent } from "../image/content.ts";
import type { Image } from "../image/image.ts";
import type { Progress } from "../lib/progress.ts";
import { sourceDateEpoch } from "../lib/source-date-epoch.ts";
import type { ComposeStep } from "../plan/compose-step.ts";
import type { Plan } from "../plan/plan.ts";
import type { Lease } from "../store/leases.ts";
import { composedPackages, rememberMaterials } from "./build-materials.ts";
import { readComposeInputs } from "./compose-inputs.ts";
import { baseComposition, type ComposedLayers, composeLayers } from "./compose-layers.ts";
import { type DeliveryOptions, deliver, prepareDelivery } from "./deliver.ts";
import type { Annotations } from "./labels.ts";
import type { LockFile, LockOptions } from "./lock-file.ts";
import type { Workspace } from "./workspace.ts";

export interface MakeOptions extends DeliveryOptions {
  /** How layers are packed: `gzip`, `zstd:19`, `none`. */
  readonly compression: string;
  readonly offline: boolean;
  readonly refresh: boolean;
  readonly lock: LockOptions;
  /** Labels over those that the image has otherwise. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Annotations;
  /** A lease that is to hold the image beyond this call. */
  readonly keepIn?: Lease;
}

/** An image that was made, and what is to be said about it. */
export interface MadeImage {
  readonly image: Image;
  /** Nobody needs it packed yet, and its digest is not told, even where the store knows it from before. */
  readonly onlyStored?: boolean;
  /** Entries of the root file system that are no directories, where that is known. */
  readonly files: number | undefined;
  /** What was composed; absent for a plan that composes nothing. */
  readonly composed: ComposeRecord | undefined;
  /** What became of the lock; absent where none is in force. */
  readonly lock: LockOutcome | undefined;
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
  lock: LockFile | undefined,
): Promise<MadeImage> {
  const delivery = await prepareDelivery(options);
  const timestamp = sourceDateEpoch();
  await using lease = store.lease(`make ${plan.source}`);
  let composed: ComposedLayers | undefined;
  const { image, files } = await build(plan, {
    ...{ store, lease, context, timestamp, progress: options.progress, signal: options.signal },
    ...(options.labels && { labels: options.labels }),
    ...(options.annotations && { annotations: options.annotations.manifest }),
    composeBase: async (step) => {
      const request = await readRequest(step, plan, options.progress);
      composed = await composeLayers(baseComposition(request), {
        ...options,
        store,
        cacheDirectory,
        lease,
        timestamp,
        lock,
      });
      const { layers, files } = composed.record;
      return { layers, config: containerConfig(request), files };
    },
  });
  options.keepIn?.hold(image.manifestDigest);
  const packages = composed === undefined ? [] : composedPackages(composed.record);
  rememberMaterials(store, image.configDigest, { bases: [], packages });
  await deliver(store, imageContent(image), delivery);
  return { image, files, composed: composed?.record, lock: composed?.lock };
}

async function readRequest(step: ComposeStep, plan: Plan, progress: Progress): Promise<ComposeRequest> {
  const request = composeRequest(step, plan.platform, await readComposeInputs(step, plan.directory));
  const note = supportNote(request.suite, Date.now());
  if (note !== undefined) progress.warn(note);
  return request;
}
