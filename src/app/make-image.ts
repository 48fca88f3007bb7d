import { build } from "../build/build.ts";
import type { BuildContext } from "../build/context.ts";
import { containerConfig } from "../compose/catalogue/container-config.ts";
import { compose } from "../compose/compose.ts";
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
import { readComposeInputs } from "./compose-inputs.ts";
import { type DeliveryOptions, deliver, prepareDelivery } from "./deliver.ts";
import { DebianPackageSource } from "./package-source.ts";
import type { Workspace } from "./workspace.ts";

export interface MakeOptions extends DeliveryOptions {
  /** How layers are packed: `gzip`, `zstd:19`, `none`. */
  readonly compression: string;
  readonly offline: boolean;
  readonly refresh: boolean;
  /** A lease that is to hold the image beyond this call. */
  readonly keepIn?: Lease;
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
  const delivery = await prepareDelivery(options);
  const timestamp = sourceDateEpoch();
  await using lease = store.lease(`make ${plan.source}`);
  let composed: ComposeRecord | undefined;
  const { image, files } = await build(plan, {
    ...{ store, lease, context, timestamp, progress: options.progress, signal: options.signal },
    composeBase: async (step) => {
      const request = await readRequest(step, plan, options.progress);
      composed = await composeStep(request, { store, cacheDirectory }, lease, timestamp, options);
      return { layers: composed.layers, config: containerConfig(request), files: composed.files };
    },
  });
  options.keepIn?.hold(image.manifestDigest);
  await deliver(store, imageContent(image), delivery);
  return { image, files, composed };
}

async function readRequest(step: ComposeStep, plan: Plan, progress: Progress): Promise<ComposeRequest> {
  const request = composeRequest(step, plan.platform, await readComposeInputs(step, plan.directory));
  const note = supportNote(request.suite, Date.now());
  if (note !== undefined) progress.warn(note);
  return request;
}

async function composeStep(
  request: ComposeRequest,
  { store, cacheDirectory }: Workspace,
  lease: Lease,
  timestamp: number,
  { offline, refresh, progress, signal }: MakeOptions,
): Promise<ComposeRecord> {
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
