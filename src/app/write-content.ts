import type { Content } from "../image/content.ts";
import {
  checkDestination,
  type Destination,
  type LocalDestination,
  type Written,
  writeContent,
} from "../image/destination.ts";
import { formatFamiliar, type Reference } from "../image/reference.ts";
import type { Remote } from "../registry/remote.ts";
import type { Store } from "../store/store.ts";
import type { PushTarget } from "./push-image.ts";
import type { RegistryAccess } from "./registry-access.ts";

/** A destination that was found to be writable. */
export type PreparedDestination =
  | { readonly kind: "registry"; readonly target: PushTarget }
  | { readonly kind: "local"; readonly destination: LocalDestination };

export interface WriteOptions {
  /** Names beside the destination's own; of those that give names. */
  readonly names?: readonly Reference[];
  /** Where blobs may lie in the same registry already: what the store knows, and where the content comes from. */
  readonly store?: Store | undefined;
  readonly source?: Remote | undefined;
  readonly access: RegistryAccess;
}

/** As people write it. */
export function describeDestination(prepared: PreparedDestination): string {
  if (prepared.kind === "registry") return `docker://${formatFamiliar(prepared.target.reference)}`;
  const { destination } = prepared;
  if (destination.transport === "docker-daemon") return `docker-daemon:${formatFamiliar(destination.name)}`;
  return `${destination.transport}:${destination.path}`;
}

/** Refuses what could not be written, before any work is done for it; a registry is asked whether it would take it. */
export async function prepareDestination(
  destination: Destination,
  access: RegistryAccess,
): Promise<PreparedDestination> {
  if (destination.transport === "docker") {
    const { checkPush } = await import("./push-image.ts");
    return { kind: "registry", target: await checkPush(destination.reference, access) };
  }
  await checkDestination(destination);
  return { kind: "local", destination };
}

/** Writes content wherever it is to go; see writeContent and pushContent for what is promised and thrown. */
export async function writeTo(
  prepared: PreparedDestination,
  content: Content,
  { names = [], store, source, access }: WriteOptions,
): Promise<Written> {
  if (prepared.kind === "local") return writeContent(content, prepared.destination, { names, signal: access.signal });
  const { pushTo } = await import("./push-image.ts");
  await pushTo(prepared.target, content, { store, source }, access);
  const imageID = content.kind === "manifest" ? content.manifest.config.digest : undefined;
  return { descriptor: content.descriptor, imageID, changed: undefined };
}
