import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import { isDistillError } from "../../lib/errors.ts";
import { closeHttp } from "../../lib/http/agent.ts";
import { Authorizer, type AuthorizerOptions } from "./authorizer.ts";
import type { Credential } from "./credential.ts";
import type { Scope } from "./scope.ts";

const PASSWORD: Credential = { kind: "password", username: "me", password: "sésame:öffne" };
const BASIC = `Basic ${Buffer.from("me:sésame:öffne").toString("base64")}`;
const PULL: Scope = { repository: "a/b", actions: ["pull"] };
const PUSH: Scope = { repository: "a/b", actions: ["pull", "push"] };
const POLICY = { attempts: 3, firstDelay: 1, maxDelay: 2, headersTimeout: 300, idleTimeout: 300 };

/** What the token server was asked, and how it answers. */
interface Asked {
  readonly method: string;
  readonly url: URL;
  readonly authorization: string | undefined;
  readonly body: string;
}
let asked: Asked[] = [];
let answer: (response: ServerResponse, request: Asked, count: number) => void;

const server = createServer(async (request: IncomingMessage, response: ServerResponse) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const seen: Asked = {
    method: request.method ?? "",
    url: new URL(request.url ?? "", origin),
    authorization: request.headers.authorization,
    body: Buffer.concat(chunks).toString("utf8"),
  };
  asked.push(seen);
  answer(response, seen, asked.length);
});
let origin: string;

before(async () => {
  for (const name of ["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"]) delete process.env[name];
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
after(async () => {
  await closeHttp();
  server.closeAllConnections();
  server.close();
});

const json = (response: ServerResponse, value: unknown, status = 200): void => {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(typeof value === "string" ? value : JSON.stringify(value));
};

interface Set {
  readonly authorizer: Authorizer;
  /** As a client does after a 401. */
  challenge(scopes: readonly Scope[], sent?: string, more?: string): Promise<boolean>;
  lookups(): number;
}

function set(credential: Credential | undefined, options: Partial<AuthorizerOptions> = {}): Set {
  asked = [];
  answer = (response, _, count) => json(response, { token: `token-${count}`, expires_in: 300 });
  let lookups = 0;
  const authorizer = new Authorizer({
    ...{ registry: "registry.example", tls: undefined, signal: undefined, policy: POLICY },
    credentials: async () => {
      lookups++;
      return credential;
    },
    ...options,
  });
  const challenge: Set["challenge"] = (scopes, sent, more = "") =>
    authorizer.challenged(
      [`Bearer realm="${origin}/token",service="the service"${more}`],
      new URL(`${origin}/v2/`),
      scopes,
      sent,
    );
  return { authorizer, challenge, lookups: () => lookups };
}

const rejectsWith = (promise: Promise<unknown>, code: "UNAUTHORIZED" | "REGISTRY" | "NETWORK", pattern: RegExp) =>
  assert.rejects(promise, (error) => {
    assert.ok(isDistillError(error, code), String(error));
    assert.match(error.message, pattern);
    assert.doesNotMatch(`${error.message} ${error.hint} ${error.cause}`, /sésame|refresh-1|token-\d/);
    return true;
  });

describe("Basic", () => {
  const basic = (authorizer: Authorizer, sent?: string): Promise<boolean> =>
    authorizer.challenged(['Basic realm="x"'], new URL(origin), [PULL], sent);

  test("sends nothing before it is asked, then the credential, and gives up when that is refused", async () => {
    const { authorizer, lookups } = set(PASSWORD);
    assert.equal(authorizer.header([PULL]), undefined);
    assert.equal(lookups(), 0);
    assert.equal(await basic(authorizer), true);
    assert.equal(authorizer.header([PULL]), BASIC);
    assert.equal(await basic(authorizer, BASIC), false);
    assert.equal(lookups(), 1);
    assert.equal(asked.length, 0);
  });

  test("knows nothing better without a credential, or with an identity token", async () => {
    assert.equal(await basic(set(undefined).authorizer), false);
    assert.equal(await basic(set({ kind: "identity", username: "me", token: "x" }).authorizer), false);
  });

  test("is passed over where a token can be had, and so are schemes that nobody here speaks", async () => {
    const { authorizer } = set(PASSWORD);
    const challenges = ["Negotiate", `Basic realm="x", Bearer realm="${origin}/token"`];
    assert.equal(await authorizer.challenged(challenges, new URL(origin), [PULL], undefined), true);
    assert.equal(authorizer.header([PULL]), "Bearer token-1");
    assert.equal(await set(PASSWORD).authorizer.challenged(["Negotiate"], new URL(origin), [], undefined), false);
    assert.equal(await set(PASSWORD).authorizer.challenged([], new URL(origin), [], undefined), false);
  });
});

describe("Bearer", () => {
  test("asks with the credential, service and scopes, and uses the token for what it was asked for", async () => {
    const { authorizer, challenge } = set(PASSWORD);
    assert.equal(await challenge([PULL]), true);
    const [request] = asked;
    assert.equal(request?.method, "GET");
    assert.equal(request?.authorization, BASIC);
    assert.equal(request?.url.searchParams.get("service"), "the service");
    assert.equal(request?.url.searchParams.get("account"), "me");
    assert.deepEqual(request?.url.searchParams.getAll("scope"), ["repository:a/b:pull"]);
    assert.equal(authorizer.header([PULL]), "Bearer token-1");
    assert.equal(authorizer.header([PUSH]), undefined);
    assert.equal(authorizer.header([]), "Bearer token-1");
  });

  test("puts the scope of the challenge first, and asks for all that a mount needs", async () => {
    const { authorizer, challenge } = set(PASSWORD);
    const from: Scope = { repository: "c", actions: ["pull"] };
    await challenge([PUSH, from], undefined, ',scope="repository:d:pull repository:a/b:delete"');
    assert.deepEqual(asked[0]?.url.searchParams.getAll("scope"), [
      "repository:d:pull",
      "repository:a/b:delete,pull,push",
      "repository:c:pull",
    ]);
    assert.equal(authorizer.header([from, PUSH]), "Bearer token-1");
    assert.equal(authorizer.header([PULL]), "Bearer token-1");
  });

  test("asks without a credential where there is none", async () => {
    const { authorizer, challenge } = set(undefined);
    assert.equal(await challenge([PULL]), true);
    assert.equal(asked[0]?.authorization, undefined);
    assert.equal(asked[0]?.url.searchParams.has("account"), false);
    assert.equal(authorizer.header([PULL]), "Bearer token-1");
  });

  test("uses a registry token as it is", async () => {
    const { authorizer, challenge } = set({ kind: "registry-token", token: "as-it-is" });
    assert.equal(await challenge([PULL]), true);
    assert.equal(authorizer.header([PUSH]), "Bearer as-it-is");
    assert.equal(await challenge([PULL], "Bearer as-it-is"), false);
    assert.equal(asked.length, 0);
  });

  test("posts an identity token, and takes access_token", async () => {
    const { authorizer, challenge } = set({ kind: "identity", username: undefined, token: "refresh-1" });
    answer = (response) => json(response, { access_token: "a", token: "" });
    assert.equal(await challenge([PUSH]), true);
    assert.equal(asked[0]?.method, "POST");
    assert.deepEqual(Object.fromEntries(new URLSearchParams(asked[0]?.body)), {
      ...{ grant_type: "refresh_token", client_id: "distill", refresh_token: "refresh-1" },
      ...{ service: "the service", scope: "repository:a/b:pull,push" },
    });
    assert.equal(authorizer.header([PUSH]), "Bearer a");
  });

  for (const status of [404, 405]) {
    test(`gets with the identity token as password where a POST is answered with ${status}`, async () => {
      const { authorizer, challenge } = set({ kind: "identity", username: "me", token: "refresh-1" });
      answer = (response, { method }) => json(response, { token: "t" }, method === "POST" ? status : 200);
      assert.equal(await challenge([PULL]), true);
      assert.deepEqual(
        asked.map(({ method }) => method),
        ["POST", "GET"],
      );
      assert.equal(asked[1]?.authorization, `Basic ${Buffer.from("me:refresh-1").toString("base64")}`);
      assert.equal(authorizer.header([PULL]), "Bearer t");
    });
  }

  test("shares one token among requests that are challenged together", async () => {
    const { authorizer, challenge } = set(PASSWORD);
    const all = await Promise.all(Array.from({ length: 20 }, () => challenge([PULL])));
    assert.ok(all.every(Boolean));
    assert.equal(asked.length, 1);
    const sent = authorizer.header([PULL]);
    await Promise.all(Array.from({ length: 20 }, () => challenge([PULL], sent)));
    assert.equal(asked.length, 2);
    // One that was under way with the old token.
    assert.equal(await challenge([PULL], sent), true);
    assert.equal(asked.length, 2);
  });

  test("renews a refused token once", async () => {
    const { authorizer, challenge } = set(PASSWORD);
    let sent: string | undefined;
    let tries = 0;
    while (await challenge([PULL], sent)) {
      sent = authorizer.header([PULL]);
      assert.ok(++tries < 10);
    }
    assert.equal(tries, 2);
    assert.equal(asked.length, 2);
  });

  test("ends where the server gives the same token again", async () => {
    const { authorizer, challenge } = set(PASSWORD);
    answer = (response) => json(response, { token: "same" });
    assert.equal(await challenge([PULL]), true);
    assert.equal(await challenge([PULL], authorizer.header([PULL])), false);
  });

  test("renews what is refused again later, in a push that takes long", async () => {
    let now = 0;
    const { authorizer, challenge } = set(PASSWORD, { now: () => now });
    await challenge([PULL]);
    for (let round = 2; round < 6; round++) {
      now += 60_000;
      assert.equal(await challenge([PULL], authorizer.header([PULL])), true);
      assert.equal(authorizer.header([PULL]), `Bearer token-${round}`);
    }
  });

  const issued = (seconds: number): string => new Date(Date.now() - seconds * 1000).toISOString();
  const lifetimes: readonly (readonly [what: string, answer: object, seconds: number])[] = [
    ["nothing is said", {}, 60],
    ["less than a minute is said", { expires_in: 5 }, 60],
    ["it is said", { expires_in: 1000 }, 1000],
    ["it was issued a while ago", { expires_in: 1000, issued_at: issued(400) }, 600],
    ["it was issued in the future", { expires_in: 1000, issued_at: issued(-4000) }, 1000],
    ["the clocks differ by years", { expires_in: 1000, issued_at: "2001-01-01T00:00:00Z" }, 60],
    ["the time makes no sense", { expires_in: "soon", issued_at: "yesterday" }, 60],
    ["a century is said", { expires_in: 3e9 }, 24 * 3600],
  ];
  for (const [what, fields, seconds] of lifetimes) {
    test(`sends a token for 0.9 times ${seconds} seconds where ${what}`, async () => {
      let now = 0;
      const { authorizer, challenge } = set(PASSWORD, { now: () => now });
      answer = (response) => json(response, { token: "t", ...fields });
      await challenge([PULL]);
      now = seconds * 890;
      assert.equal(authorizer.header([PULL]), "Bearer t");
      now = seconds * 910;
      assert.equal(authorizer.header([PULL]), undefined);
    });
  }
});

describe("a token server", () => {
  test("that fails for a while is asked again", async () => {
    const { challenge } = set(PASSWORD);
    answer = (response, _, count) =>
      count < 3 ? json(response, "", count === 1 ? 503 : 429) : json(response, { token: "t" });
    assert.equal(await challenge([PULL]), true);
    assert.equal(asked.length, 3);
  });

  test("that hangs up is asked again", async () => {
    const { challenge } = set(PASSWORD);
    answer = (response, _, count) => (count === 1 ? response.destroy() : json(response, { token: "t" }));
    assert.equal(await challenge([PULL]), true);
  });

  test("that redirects on its own origin is followed with the credential", async () => {
    const { challenge } = set(PASSWORD);
    answer = (response, { url }) =>
      url.pathname === "/token"
        ? response.writeHead(307, { location: "/token/" }).end()
        : json(response, { token: "t" });
    assert.equal(await challenge([PULL]), true);
    assert.equal(asked[1]?.authorization, BASIC);
  });

  const failures: readonly (readonly [string, "UNAUTHORIZED" | "REGISTRY" | "NETWORK", RegExp, typeof answer])[] = [
    ["refuses", "UNAUTHORIZED", /does not accept/, (response) => json(response, { details: "sésame" }, 401)],
    ["forbids", "UNAUTHORIZED", /does not accept/, (response) => json(response, "no", 403)],
    ["is down", "NETWORK", /answers 500.*tried 3 times/, (response) => json(response, "", 500)],
    ["is not there", "NETWORK", /answers 404/, (response) => json(response, "", 404)],
    ["never answers", "NETWORK", /timed out/, () => {}],
    ["stops in the middle", "NETWORK", /timed out/, (response) => void response.write('{"token":"token-1')],
    ["cuts the answer", "NETWORK", /cut/, (response) => void response.write('{"tok', () => response.destroy())],
    ["answers with a page", "REGISTRY", /not a JSON object/, (response) => json(response, "<html>token-1")],
    ["answers with a list", "REGISTRY", /without a token/, (response) => json(response, ["token-1"])],
    ["answers with nothing", "REGISTRY", /not a JSON object/, (response) => json(response, "")],
    ["answers without a token", "REGISTRY", /without a token/, (response) => json(response, { token: 7 })],
    [
      "gives a token with a line end",
      "REGISTRY",
      /cannot be sent/,
      (response) => json(response, { token: "a\r\nb: c" }),
    ],
    ["gives a huge token", "REGISTRY", /cannot be sent/, (response) => json(response, { token: "x".repeat(70_000) })],
    ["answers without an end", "REGISTRY", /more than 524288 bytes/, (response) => json(response, " ".repeat(9e6))],
    [
      "sends to another host",
      "REGISTRY",
      /credentials do not go/,
      (response) => void response.writeHead(302, { location: "http://127.0.0.2:1/" }).end(),
    ],
    [
      "sends round and round",
      "REGISTRY",
      /credentials do not go/,
      (response) => void response.writeHead(302, { location: "/token" }).end(),
    ],
  ];
  for (const [what, code, pattern, behaviour] of failures) {
    test(`that ${what} ends in ${code}`, async () => {
      const { authorizer, challenge } = set(PASSWORD);
      answer = behaviour;
      await rejectsWith(challenge([PULL]), code, pattern);
      assert.ok(asked.length <= 4);
      assert.equal(authorizer.header([PULL]), undefined);
      // The next request finds no failure that was kept.
      answer = (response) => json(response, { token: "t" });
      assert.equal(await challenge([PULL]), true);
    });
  }

  test("that redirects a POST does not get the identity token a second time", async () => {
    const { challenge } = set({ kind: "identity", username: "me", token: "refresh-1" });
    answer = (response) => void response.writeHead(307, { location: "/other" }).end();
    await rejectsWith(challenge([PULL]), "REGISTRY", /credentials do not go/);
    assert.equal(asked.length, 1);
  });

  test("that strangers may not use: the error says where to sign in", async () => {
    const { challenge } = set(undefined);
    answer = (response) => json(response, "", 401);
    await assert.rejects(challenge([PULL]), (error) => {
      assert.ok(isDistillError(error, "UNAUTHORIZED"));
      assert.match(error.message, /registry\.example wants a login/);
      assert.match(error.hint ?? "", /distill login registry\.example/);
      return true;
    });
  });

  test("whose address is not acceptable is asked nothing", async () => {
    const { authorizer } = set(PASSWORD);
    const evil = authorizer.challenged(
      [`Bearer realm="${origin}/token"`],
      new URL("https://8.8.8.8/v2/"),
      [],
      undefined,
    );
    await rejectsWith(evil, "REGISTRY", /in the clear; nothing was sent/);
    await rejectsWith(
      authorizer.challenged(['Bearer service="x"'], new URL(origin), [], undefined),
      "REGISTRY",
      /where to get one/,
    );
    assert.equal(asked.length, 0);
  });

  test("is not waited for after Ctrl-C", async () => {
    const abort = new AbortController();
    const { challenge } = set(PASSWORD, { signal: abort.signal });
    answer = () => abort.abort();
    await assert.rejects(challenge([PULL]), (error) => isDistillError(error, "CANCELLED"));
  });
});
