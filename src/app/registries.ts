import type { Content } from "../image/content.ts";
import type { Reference } from "../image/reference.ts";
import { isDistillError } from "../lib/errors.ts";
import { Authorizer } from "../registry/auth/authorizer.ts";
import { findCredential } from "../registry/auth/credentials.ts";
import { RegistryClient } from "../registry/client.ts";
import type { Remote } from "../registry/remote.ts";
import { locate } from "../registry/settings/locate.ts";
import { loadRegistrySettings } from "../registry/settings/settings.ts";
import { openRemote } from "../registry/source.ts";
import { orCompose } from "./compose-instead.ts";
import type { RegistryAccess } from "./registry-access.ts";

/** Content of a registry, and the repository that gave it: a mirror, perhaps. */
export interface RemoteContent {
  readonly content: Content;
  readonly remote: Remote;
}

/** What a name stands for in its registry; mirrors are asked first. Throws as openRemote. */
export async function openFromRegistry(reference: Reference, access: RegistryAccess): Promise<RemoteContent> {
  const settings = await loadRegistrySettings({ tlsVerify: access.tlsVerify });
  const remotes = locate(reference, settings).pull;
  for (const [index, remote] of remotes.entries()) {
    const client = clientFor(remote, access);
    try {
      const content = await openRemote(client, reference.digest ?? reference.tag ?? "latest");
      return { content, remote };
    } catch (error) {
      const last = index === remotes.length - 1;
      const passable = isDistillError(error, "NETWORK", "NO_SUCH_IMAGE", "REGISTRY", "UNAUTHORIZED", "DIGEST_MISMATCH");
      if (last || !passable) throw orCompose(reference, error);
      if (error.code !== "NO_SUCH_IMAGE") access.progress.warn(`${error.message}: the next is asked`);
    }
  }
  throw new Error(`no place to pull ${reference.path} from`);
}

/** A client for the repository that a name is written to, or changed in. */
export async function registryClient(reference: Reference, access: RegistryAccess): Promise<RegistryClient> {
  const settings = await loadRegistrySettings({ tlsVerify: access.tlsVerify });
  return clientFor(locate(reference, settings).push, access);
}

function clientFor(remote: Remote, { progress, signal, policy }: RegistryAccess): RegistryClient {
  const authorization = new Authorizer({
    ...{ registry: remote.mirror ? remote.host : remote.registry, tls: remote.tls, signal, policy },
    credentials: () => findCredential(remote.credentialKey, { warn: (text) => progress.warn(text), signal }),
  });
  return new RegistryClient(remote, { authorization, signal, policy });
}
