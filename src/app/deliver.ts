import { writeFile } from "node:fs/promises";
import type { Content } from "../image/content.ts";
import { parseDestination } from "../image/destination.ts";
import { parseReference, type Reference, withDefaultTag } from "../image/reference.ts";
import { throwIfCancelled } from "../lib/cancel.ts";
import { fromSystemError } from "../lib/errors.ts";
import { refuseUnwritable } from "../lib/output-path.ts";
import { asTask } from "../lib/progress.ts";
import type { Store } from "../store/store.ts";
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

/** Writes stored content to the outputs and names it. The names are set last, so that a failure leaves the old ones. */
export async function deliver(store: Store, content: Content, delivery: Delivery): Promise<void> {
  const { references, destinations, options } = delivery;
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
}

async function writeId(path: string, id: string): Promise<void> {
  try {
    await writeFile(path, id);
  } catch (error) {
    throw fromSystemError(error, "writing", path);
  }
}
