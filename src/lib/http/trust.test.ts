import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { type Identity, makeRoot, makeServer } from "../../../test/support/certificates.ts";
import { makeTemporaryDirectory } from "../../../test/support/directories.ts";
import { unlessTools } from "../../../test/support/tools.ts";
import { closeHttp, type TlsSettings } from "./agent.ts";
import { networkError } from "./errors.ts";
import { type HttpRequest, sendRequest } from "./request.ts";
import { isUnknownAuthority } from "./trust.ts";

describe("a server whose certificate no authority of Node's has signed", { skip: unlessTools("openssl") }, () => {
  const directory = makeTemporaryDirectory();
  let own: Identity;
  let known: Listening;
  let unknown: Listening;

  before(async () => {
    // Read once for a process, when they are first asked for.
    process.env.SSL_CERT_FILE = join(directory.path, "own.crt");
    process.env.SSL_CERT_DIR = join(directory.path, "empty");
    mkdirSync(process.env.SSL_CERT_DIR);
    own = makeRoot(directory.path, "own");
    known = await listening(makeServer(directory.path, "own"));
    makeRoot(directory.path, "stranger");
    unknown = await listening(makeServer(directory.path, "stranger"));
  });
  after(async () => {
    await closeHttp();
    await Promise.all([known.close(), unknown.close()]);
    directory.remove();
  });

  async function send(to: Listening, more: Partial<HttpRequest> = {}): Promise<string> {
    const policy = { headersTimeout: 5_000, idleTimeout: 5_000 };
    const response = await sendRequest({ url: to.url, policy, signal: undefined, ...more });
    const pieces: Uint8Array[] = [];
    for await (const piece of response.body) pieces.push(piece);
    return Buffer.concat(pieces).toString();
  }

  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (const piece of ["one ", "two ", "three"]) yield Buffer.from(piece);
  }

  test("is refused where the machine does not know it either, with words that help", async () => {
    await assert.rejects(send(unknown), (error: unknown) => {
      assert.ok(isUnknownAuthority(error));
      const shown = networkError(unknown.url, error, 1, undefined);
      assert.match(shown.message, /: nobody who is trusted here has signed its certificate$/);
      assert.match(shown.hint ?? "", /^SSL_CERT_FILE can name a file/);
      return true;
    });
  });

  test("is taken where the machine trusts the authority; a body that is streamed arrives whole", async () => {
    assert.equal(await send(known, { method: "PUT", body: pieces() }), "PUT one two three");
    assert.equal(known.refusals(), 1);
  });

  test("is remembered: a second request is made once", async () => {
    assert.equal(await send(known), "GET ");
    assert.equal(known.refusals(), 1);
  });

  test("is taken by authorities of its own, and unseen without any check", async () => {
    const stranger = { verify: true, authorities: [readStranger()] };
    assert.equal(await send(unknown, { tls: stranger }), "GET ");
    assert.equal(await send(unknown, { tls: { verify: false } }), "GET ");
  });

  test("keeps what else is set when the machine's authorities are added", async () => {
    const more = await listening(makeServer(directory.path, "own"), own.certificate);
    const shown = makeServer(directory.path, "own");
    const tls: TlsSettings = { verify: true, certificate: shown.certificate, key: shown.key };
    assert.equal(await send(more, { tls }), "GET ");
    await more.close();
  });

  function readStranger(): string {
    return readFileSync(join(directory.path, "stranger.crt"), "utf8");
  }
});

interface Listening {
  readonly url: string;
  /** How many connections ended in the greeting. */
  readonly refusals: () => number;
  readonly close: () => Promise<void>;
}

/** Answers with method and body; with `clients`, to those alone that show a certificate of that authority. */
async function listening({ key, certificate }: Identity, clients?: string): Promise<Listening> {
  const mutual = clients === undefined ? {} : { ca: clients, requestCert: true, rejectUnauthorized: true };
  let refusals = 0;
  const server: Server = createServer({ key, cert: certificate, ...mutual }, (request, response) => {
    response.write(`${request.method} `);
    request.pipe(response);
  });
  server.on("tlsClientError", () => refusals++);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    refusals: () => refusals,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
