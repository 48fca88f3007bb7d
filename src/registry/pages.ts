import { isDistillError } from "../lib/errors.ts";
import type { HttpHeaders, HttpResponse } from "../lib/http/request.ts";
import type { RegistryClient } from "./client.ts";
import { protocolFailure } from "./failures.ts";
import { nextPage } from "./link-header.ts";

const MAX_PAGE = 4 << 20;
const MAX_PAGES = 10_000;
/** Of all pages together, in bytes: some millions of tags. */
const MAX_ALL = 64 << 20;

/** One answer of several; `document` reads it as JSON. */
export interface Page {
  readonly response: HttpResponse;
  document(): Promise<unknown>;
  bytes(): Promise<Uint8Array>;
}

/**
 * Answers that lead from one to the next by `Link: <...>; rel="next"` (RFC 8288), each to be read or discarded. Throws
 * REGISTRY for a link that leads to another host, in a circle, or for ever, and for lists of more than 64 MiB together.
 */
export async function* readPages(
  client: RegistryClient,
  first: string,
  headers: HttpHeaders = {},
): AsyncGenerator<Page> {
  const { remote } = client;
  const seen = new Set<string>();
  let size = 0;
  const bytes = async (response: HttpResponse): Promise<Uint8Array> => {
    const read = await readBytes(client, response);
    size += read.length;
    if (size > MAX_ALL) throw protocolFailure(remote, `sends a list of more than ${MAX_ALL >> 20} MiB`);
    return read;
  };
  let at: string | URL = first;
  for (let page = 0; page < MAX_PAGES; page++) {
    const response = await client.download(at, { maxBytes: MAX_PAGE, immutable: false, headers }).catch((error) => {
      throw isDistillError(error, "LIMIT_EXCEEDED")
        ? protocolFailure(remote, `sends a list of more than ${MAX_PAGE >> 20} MiB`, error)
        : error;
    });
    yield {
      response,
      document: async () => parseJson(client, await bytes(response)),
      bytes: () => bytes(response),
    };
    const next = nextPage(response.all("link"), response.url);
    if (next === undefined) return;
    if (next.origin !== response.url.origin) throw protocolFailure(remote, `leads on to another host: ${next.host}`);
    seen.add(response.url.href);
    if (seen.has(next.href)) throw protocolFailure(remote, "sends lists that lead in a circle");
    at = next;
  }
  throw protocolFailure(remote, `sends more than ${MAX_PAGES} lists`);
}

function parseJson({ remote }: RegistryClient, bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch (error) {
    throw protocolFailure(remote, "sends a list that is not JSON", error);
  }
}

async function readBytes({ remote }: RegistryClient, response: HttpResponse): Promise<Uint8Array> {
  try {
    return Buffer.concat(await Array.fromAsync(response.body));
  } catch (error) {
    if (isDistillError(error, "LIMIT_EXCEEDED")) throw protocolFailure(remote, "sends a list that is too long", error);
    throw error;
  }
}
