import { writeFile } from "node:fs/promises";
import type { Content } from "../image/content.ts";
import { parseDestination } from "../image/destination.ts";
import { parseReference, type Reference, withDefaultTag } from "../image/reference.ts";
import { throwIfCancelled } from "../lib/cancel.ts";
import { fromSystemError } from "../lib/errors.ts";
import { refuseUnwritable } from "../lib/output-path.ts";
import { asTask } from "../lib/progress.ts";
import type { Lease } from "../store/leases.ts";
import type { Store } from "../store/store.ts";
import { packedContent } from "./packed-content.ts";
import type { RegistryAccess } from "./registry-access.ts";
import { describeDestination, type PreparedDestination, prepareDestination, writeTo } from "./write-content.ts";

export interface DeliveryOptions extends RegistryAccess {
  /** Names in the store. */
  readonly tags: readonly string[];
  /** Transports that the image is written to beside the store. */
  readonly outputs: readonly string[];
  /** File that the image ID is written to; for an index, its digest. */
  readonly idFile: string | undefined;
}

/** What is to become of an image, checked before it is made. */
export interface Delivery {
  readonly references: readonly Reference[];
  readonly destinations: readonly PreparedDestination[];
  readonly options: DeliveryOptions;
}

/** Parses and checks names and outputs, before any work is done for them. */
export async function prepareDelivery(options: DeliveryOptions): Promise<Delivery> {
  const references = options.tags.map((tag) => withDefaultTag(parseReference(tag)));
  const parsed = options.outputs.map(parseDestination);
  const destinations: PreparedDestination[] = [];
  for (const each of parsed) destinations.push(await prepareDestination(each, options));
  if (options.idFile !== undefined) refuseUnwritable(options.idFile, "file");
  return { references, destinations, options };
}

/**
 * Writes stored content to the outputs and names it. The names are set last, so that a failure leaves the old ones. What is
 * written anywhere is packed first; what was delivered is returned, and held by `lease`.
 */
export async function deliver(store: Store, given: Content, delivery: Delivery, lease?: Lease): Promise<Content> {
  const { references, destinations, options } = delivery;
  const content = destinations.length === 0 ? given : await packed(store, given, options, lease);
  const { outputs, idFile, progress, signal } = options;
  for (const [index, destination] of destinations.entries()) {
    const shown = outputs[index] ?? describeDestination(destination);
    const { changed } = await asTask(progress, `Writing ${shown}`, () =>
      writeTo(destination, content, { names: references, store, access: options }),
    );
    if (changed !== undefined) progress.info(`${shown}: ${changed}`);
  }
  throwIfCancelled(signal);
  const { digest } = content.descriptor;
  if (idFile !== undefined) await writeId(idFile, content.kind === "index" ? digest : content.manifest.config.digest);
  for (const reference of references) store.tag(reference, digest);
  return content;
}

async function packed(store: Store, given: Content, options: DeliveryOptions, lease?: Lease): Promise<Content> {
  return (await packedContent(store, given.descriptor.digest, options, lease)) ?? given;
}

async function writeId(path: string, id: string): Promise<void> {
  try {
    await writeFile(path, id);
  } catch (error) {
    throw fromSystemError(error, "writing", path);
  }
}
