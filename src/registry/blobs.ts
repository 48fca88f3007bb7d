import type { Descriptor } from "../image/descriptor.ts";
import type { Digest } from "../lib/digest.ts";
import { DistillError, isDistillError } from "../lib/errors.ts";
import type { RegistryClient } from "./client.ts";
import { answerFailure, protocolFailure } from "./failures.ts";

/**
 * The bytes of a blob from `offset` on, not verified. A stream that breaks off is resumed; one that goes on behind the
 * blob's size is cut. Throws REGISTRY where the registry lacks it, UNAUTHORIZED, NETWORK.
 */
export async function* openBlob(
  client: RegistryClient,
  { digest, size }: Descriptor,
  offset: number,
): AsyncGenerator<Uint8Array> {
  if (offset === size) return;
  const response = await client
    .download(`blobs/${digest}`, {
      ...{ maxBytes: size, immutable: true, from: offset, headers: { "accept-encoding": "identity" } },
    })
    .catch((error) => {
      throw isDistillError(error, "LIMIT_EXCEEDED") ? tooLong(client, digest, size) : error;
    });
  if (response.status === 404) {
    await response.discard();
    throw protocolFailure(client.remote, `lacks the blob ${digest}, which its own manifest names`);
  }
  if (response.status !== 200) throw await answerFailure(client.remote, response, "read a blob of");
  try {
    yield* response.body;
  } catch (error) {
    throw isDistillError(error, "LIMIT_EXCEEDED") ? tooLong(client, digest, size) : error;
  }
}

/** True where the repository has the blob. */
export async function hasBlob(client: RegistryClient, { digest, size }: Descriptor): Promise<boolean> {
  const response = await client.request({
    ...{ method: "HEAD", at: `blobs/${digest}`, scopes: [client.scope("pull", "push")], doing: "push to" },
  });
  await response.discard();
  if (response.status === 404) return false;
  if (response.status !== 200) throw await answerFailure(client.remote, response, "push to");
  if (response.length !== undefined && response.length !== size && response.length !== 0) {
    throw protocolFailure(client.remote, `says that the blob ${digest} has ${response.length} bytes, not ${size}`);
  }
  return true;
}

function tooLong({ remote }: RegistryClient, digest: Digest, size: number): DistillError {
  return new DistillError("DIGEST_MISMATCH", `${remote.host} sends more than the ${size} bytes of blob ${digest}`, {
    hint: "its source sent something else than it promised; try again or use another source",
  });
}
