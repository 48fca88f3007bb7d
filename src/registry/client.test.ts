import assert from "node:assert/strict";
import { after, describe, type TestContext, test } from "node:test";
import { makeRoot, makeServer } from "../../test/support/certificates.ts";
import { temporaryDirectory } from "../../test/support/directories.ts";
import { type LyingOptions, LyingRegistry } from "../../test/support/lying-registry.ts";
import { clientFor } from "../../test/support/registry-scene.ts";
import { unlessTools } from "../../test/support/tools.ts";
import { isDistillError } from "../lib/errors.ts";
import { closeHttp } from "../lib/http/agent.ts";
import { isTransientError } from "../lib/http/retry.ts";
import type { Authorization, RegistryClient, RegistryRequest } from "./client.ts";

after(() => closeHttp());

async function open(t: TestContext, options: LyingOptions = {}): Promise<LyingRegistry> {
  const registry = await LyingRegistry.start(options);
  t.after(() => registry.close());
  return registry;
}

/** Gives its status. */
async function ask(client: RegistryClient, more: Partial<RegistryRequest> = {}): Promise<number> {
  const response = await client.request({
    ...{ method: "GET", at: "tags/list", scopes: [client.scope("pull")], doing: "read" },
    ...more,
  });
  await response.discard();
  return response.status;
}

describe("plain http", () => {
  test("is spoken where that is allowed and https is not", async (t) => {
    const registry = await open(t);
    assert.equal(await ask(clientFor(registry.host)), 404);
    assert.equal(registry.asked.length, 1);
  });

  test("is not spoken where it is not allowed", async (t) => {
    const registry = await open(t);
    await assert.rejects(ask(clientFor(registry.host, { remote: { mayBePlain: false } })), { code: "NETWORK" });
    assert.deepEqual(registry.asked, []);
  });

  test("does not take the place of https with a certificate of nobody", { skip: unlessTools("openssl") }, async (t) => {
    const directory = temporaryDirectory(t);
    makeRoot(directory, "root");
    const registry = await open(t, { tls: makeServer(directory, "root") });
    await assert.rejects(ask(clientFor(registry.host)), { code: "NETWORK" });
    assert.deepEqual(registry.asked, []);
    assert.equal(await ask(clientFor(registry.host, { remote: { tls: { verify: false } } })), 404);
  });

  test("is asked for once, however many requests begin together", async (t) => {
    const registry = await open(t);
    const client = clientFor(registry.host);
    await Promise.all([ask(client), ask(client), ask(client)]);
    assert.equal(registry.asked.length, 3);
  });
});

/** Learns a new header at each challenge. */
class Counting implements Authorization {
  challenges = 0;
  header = (): string | undefined => (this.challenges === 0 ? undefined : `Basic ${this.challenges}`);
  challenged = async (): Promise<boolean> => {
    this.challenges++;
    return true;
  };
}

const CHALLENGE = { "www-authenticate": 'Basic realm="x"' };

describe("authorization", () => {
  test("is tried once more after a 401, and not again", async (t) => {
    const registry = await open(t);
    registry.fault("", { kind: "answer", status: 401, headers: CHALLENGE });
    const authorization = new Counting();
    assert.equal(await ask(clientFor(registry.host, { authorization })), 401);
    assert.equal(authorization.challenges, 1);
    assert.deepEqual(
      registry.asked.map(({ headers }) => headers.authorization),
      [undefined, "Basic 1"],
    );
  });

  test("stays with the registry when it redirects, and is not learned from where that leads", async (t) => {
    const [registry, other] = [await open(t), await open(t, { address: "127.0.0.2" })];
    registry.fault("", { kind: "answer", status: 302, headers: { location: `${other.url}/elsewhere` } });
    other.fault("", { kind: "answer", status: 401, headers: CHALLENGE });
    const authorization = new Counting();
    authorization.challenges = 1;
    assert.equal(await ask(clientFor(registry.host, { authorization })), 401);
    assert.equal(authorization.challenges, 1);
    assert.deepEqual(
      [...registry.asked, ...other.asked].map(({ headers }) => headers.authorization),
      ["Basic 1", undefined],
    );
  });

  test("is not shown at an absolute address of another host", async (t) => {
    const [registry, other] = [await open(t), await open(t)];
    const authorization = new Counting();
    authorization.challenges = 1;
    await ask(clientFor(registry.host, { authorization }), { at: new URL(`${other.url}/v2/app/tags/list`) });
    assert.equal(other.asked[0]?.headers.authorization, undefined);
  });
});

describe("failures", () => {
  test("that pass are tried again as often as the policy says", async (t) => {
    const registry = await open(t);
    registry.fault("", { kind: "answer", status: 503 });
    assert.equal(await ask(clientFor(registry.host)), 503);
    assert.equal(registry.asked.length, 3);
  });

  test("are the caller's own where it says so", async (t) => {
    const registry = await open(t);
    registry.fault("", { kind: "answer", status: 503, times: 1 });
    registry.fault("", { kind: "hang-up", times: 1 });
    const client = clientFor(registry.host);
    assert.equal(await ask(client, { retry: false }), 503);
    await assert.rejects(ask(client, { retry: false }), (error) => !isDistillError(error) && isTransientError(error));
    assert.equal(registry.asked.length, 2);
  });

  test("that ask for too long a pause are answers", async (t) => {
    const registry = await open(t);
    registry.fault("", { kind: "answer", status: 429, headers: { "retry-after": "600" } });
    assert.equal(await ask(clientFor(registry.host)), 429);
    assert.equal(registry.asked.length, 1);
  });

  test("end in CANCELLED where the work is aborted", async (t) => {
    const registry = await open(t);
    registry.fault("", { kind: "stall" });
    const controller = new AbortController();
    const asked = ask(clientFor(registry.host, { signal: controller.signal }));
    setTimeout(() => controller.abort(), 50);
    await assert.rejects(asked, { code: "CANCELLED" });
  });

  test("of an address that refuses connections name it", async (t) => {
    const registry = await open(t);
    const { host } = registry;
    await registry.close();
    t.mock.method(registry, "close", async () => {});
    await assert.rejects(ask(clientFor(host)), { code: "NETWORK", message: /connection refused/ });
  });
});
