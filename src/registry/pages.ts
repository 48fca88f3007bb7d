import { isDistillError } from "../lib/errors.ts";
import type { HttpHeaders, HttpResponse } from "../lib/http/request.ts";
import type { RegistryClient } from "./client.ts";
import { protocolFailure } from "./failures.ts";

const MAX_PAGE = 4 << 20;
const MAX_PAGES = 10_000;

/** One answer of several; `document` reads it as JSON. */
export interface Page {
  readonly response: HttpResponse;
  document(): Promise<unknown>;
  bytes(): Promise<Uint8Array>;
}

/**
 * Answers that lead from one to the next by `Link: <...>; rel="next"` (RFC 8288), each to be read or discarded. Throws
 * REGISTRY for a link that leads to another host, in a circle, or for ever.
 */
export async function* readPages(
  client: RegistryClient,
  first: string,
  headers: HttpHeaders = {},
): AsyncGenerator<Page> {
  const { remote } = client;
  const seen = new Set<string>();
  let at: string | URL = first;
  for (let page = 0; page < MAX_PAGES; page++) {
    const response = await client.download(at, { maxBytes: MAX_PAGE, immutable: false, headers }).catch((error) => {
      throw isDistillError(error, "LIMIT_EXCEEDED")
        ? protocolFailure(remote, `sends a list of more than ${MAX_PAGE >> 20} MiB`, error)
        : error;
    });
    yield {
      response,
      document: () => readJson(client, response),
      bytes: () => readBytes(client, response),
    };
    const next = nextLink(response);
    if (next === undefined) return;
    if (next.origin !== response.url.origin) throw protocolFailure(remote, `leads on to another host: ${next.host}`);
    if (seen.has(next.href)) throw protocolFailure(remote, "sends lists that lead in a circle");
    seen.add(next.href);
    at = next;
  }
  throw protocolFailure(remote, `sends more than ${MAX_PAGES} lists`);
}

async function readJson(client: RegistryClient, response: HttpResponse): Promise<unknown> {
  const text = Buffer.from(await readBytes(client, response)).toString("utf8");
  try {
    return JSON.parse(text);
  } catch (error) {
    throw protocolFailure(client.remote, "sends a list that is not JSON", error);
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

/** The target of the link with the relation `next`; relative to the address that was asked. */
function nextLink(response: HttpResponse): URL | undefined {
  for (const value of response.all("link")) {
    const found = /<([^<>]{1,4096})>[^,<]*;\s*rel="?next"?/i.exec(value)?.[1];
    const url = found === undefined ? null : URL.parse(found, response.url.href);
    if (url !== null) return url;
  }
  return undefined;
}
