import { gzipSync } from "node:zlib";
import { MediaType } from "../../src/image/media-types.ts";
import type { Fault } from "../support/lying-registry.ts";
import { BASIC, bearer, type Case, redirect, SMALL } from "./cases.ts";

const MANIFEST = "GET /v2/app/manifests/";

function text(body: string): Fault {
  return { kind: "answer", status: 200, body };
}

/** What a registry may do to who reads a manifest. */
export const MANIFEST_LIES: readonly Case[] = [
  { name: "nothing", ends: "right", lie: () => {} },
  {
    name: "answers 500 twice",
    ends: "right",
    lie: ({ registry }) => registry.fault(MANIFEST, { kind: "answer", status: 500, times: 2 }),
  },
  {
    name: "answers 503 for ever",
    ends: ["NETWORK"],
    lie: ({ registry }) => registry.fault(MANIFEST, { kind: "answer", status: 503 }),
  },
  {
    name: "wants a short pause",
    ends: "right",
    lie: ({ registry }) =>
      registry.fault(MANIFEST, { kind: "answer", status: 429, headers: { "retry-after": "0" }, times: 2 }),
  },
  {
    name: "wants a pause of an hour",
    ends: ["NETWORK", "REGISTRY"],
    lie: ({ registry }) =>
      registry.fault(MANIFEST, { kind: "answer", status: 429, headers: { "retry-after": "3600" } }),
  },
  {
    name: "names another digest than the content has",
    ends: ["REGISTRY"],
    lie: ({ registry }) =>
      registry.fault(MANIFEST, { kind: "change", headers: { "docker-content-digest": SMALL.digest } }),
  },
  {
    name: "sends another manifest than that of the digest",
    ends: ["DIGEST_MISMATCH"],
    byDigest: true,
    lie: ({ registry }) => registry.fault(MANIFEST, { kind: "change", body: (bytes) => `${bytes.toString()} ` }),
  },
  {
    name: "sends a manifest of 5 MiB",
    ends: ["REGISTRY"],
    lie: ({ registry }) => registry.fault(MANIFEST, { kind: "change", body: () => Buffer.alloc(5 << 20, 32) }),
  },
  {
    name: "sends a manifest without an end",
    ends: ["REGISTRY"],
    lie: ({ registry }) => registry.fault(MANIFEST, { kind: "endless" }),
  },
  {
    name: "cuts the manifest once",
    ends: "right",
    lie: ({ registry }) => registry.fault(MANIFEST, { kind: "cut", after: 100, times: 1 }),
  },
  {
    name: "cuts the manifest each time",
    ends: ["NETWORK"],
    lie: ({ registry }) => registry.fault(MANIFEST, { kind: "cut", after: 100 }),
  },
  {
    name: "says nothing",
    ends: ["NETWORK"],
    attempts: 1,
    lie: ({ registry }) => registry.fault(MANIFEST, { kind: "stall" }),
  },
  {
    name: "stops in the middle of the manifest",
    ends: ["NETWORK"],
    attempts: 1,
    lie: ({ registry }) => registry.fault(MANIFEST, { kind: "stall", after: 50 }),
  },
  {
    name: "drips the manifest",
    ends: ["NETWORK"],
    attempts: 1,
    lie: ({ registry }) => registry.fault(MANIFEST, { kind: "drip", every: 30 }),
  },
  {
    name: "hangs up",
    ends: ["NETWORK"],
    lie: ({ registry }) => registry.fault(MANIFEST, { kind: "hang-up" }),
  },
  {
    name: "calls the manifest a web page",
    ends: "right",
    lie: ({ registry }) => registry.fault(MANIFEST, { kind: "change", headers: { "content-type": "text/html" } }),
  },
  {
    name: "calls the manifest an index",
    ends: "right",
    lie: ({ registry }) =>
      registry.fault(MANIFEST, { kind: "change", headers: { "content-type": MediaType.ociIndex } }),
  },
  {
    name: "sends a web page",
    ends: ["REGISTRY"],
    lie: ({ registry }) => registry.fault(MANIFEST, text("<html><body>Log in to the network</body></html>")),
  },
  ...["", "null", "[]", '"text"', "{", '{"schemaVersion":2}', '{"schemaVersion":2,"layers":[null],"config":7}'].map(
    (body): Case => ({
      name: `sends ${body || "nothing at all"}`,
      ends: ["REGISTRY"],
      lie: ({ registry }) => registry.fault(MANIFEST, text(body)),
    }),
  ),
  {
    name: "sends the manifest packed, unasked",
    ends: ["REGISTRY"],
    lie: ({ registry }) =>
      registry.fault(MANIFEST, {
        ...{ kind: "change", headers: { "content-encoding": "gzip", "docker-content-digest": undefined } },
        body: (bytes) => gzipSync(bytes),
      }),
  },
  {
    name: "sends a part, unasked",
    ends: ["REGISTRY"],
    lie: ({ registry }) =>
      registry.fault(MANIFEST, { kind: "change", status: 206, headers: { "content-range": "bytes 0-9/10" } }),
  },
  {
    name: "leads to another host that has it",
    ends: "right",
    login: "basic",
    lie: ({ registry, other }) => registry.fault(MANIFEST, redirect(`${other.url}/v2/app/manifests/v1`)),
  },
  {
    name: "leads to another host that asks for a password",
    ends: ["UNAUTHORIZED"],
    login: "basic",
    lie: ({ registry, other }) => {
      registry.fault(MANIFEST, redirect(`${other.url}/v2/app/manifests/v1`));
      other.fault("", { kind: "answer", status: 401, headers: BASIC });
    },
  },
  {
    name: "leads in a circle",
    ends: ["NETWORK"],
    lie: ({ registry }) => {
      registry.fault("manifests/v1", redirect("/v2/app/manifests/v2"));
      registry.fault("manifests/v2", redirect("/v2/app/manifests/v1"));
    },
  },
  ...["file:///etc/passwd", "http://", "gopher://127.0.0.1/", "data:text/plain,x"].map(
    (to): Case => ({
      name: `leads to ${to}`,
      ends: ["NETWORK"],
      lie: ({ registry }) => registry.fault(MANIFEST, redirect(to)),
    }),
  ),
  {
    name: "never takes the password",
    ends: ["UNAUTHORIZED"],
    login: "basic",
    lie: ({ registry }) => registry.fault("/v2/", { kind: "answer", status: 401, headers: BASIC }),
  },
  {
    name: "never takes its own token",
    ends: ["UNAUTHORIZED"],
    login: "bearer",
    lie: ({ registry }) =>
      registry.fault("/v2/", {
        ...{ kind: "answer", status: 401 },
        headers: bearer(`realm="${registry.url}/token",service="test"`),
      }),
  },
  {
    name: "asks for a token and not where",
    ends: ["REGISTRY"],
    login: "basic",
    lie: ({ registry }) => registry.fault("/v2/app/", { kind: "answer", status: 401, headers: bearer('service="x"') }),
  },
  {
    name: "sends for a token to the machine's cloud",
    ends: ["REGISTRY"],
    login: "basic",
    lie: ({ registry }) =>
      registry.fault("/v2/app/", {
        ...{ kind: "answer", status: 401, headers: bearer('realm="http://169.254.169.254/latest"') },
      }),
  },
  {
    name: "wants a login and not how",
    ends: ["UNAUTHORIZED"],
    login: "basic",
    lie: ({ registry }) => registry.fault("/v2/app/", { kind: "answer", status: 401 }),
  },
  {
    name: "forbids it",
    ends: ["UNAUTHORIZED"],
    lie: ({ registry }) => registry.fault(MANIFEST, { kind: "answer", status: 403 }),
  },
  {
    name: "fails with text that drives a terminal",
    ends: ["REGISTRY"],
    says: /^[^\p{Cc}]+$/u,
    lie: ({ registry }) =>
      registry.fault(MANIFEST, {
        ...{ kind: "answer", status: 400 },
        body: JSON.stringify({ errors: [{ code: "\x1b[2J", message: "\x1b]0;owned\x07\u202e\r\n" }] }),
      }),
  },
  {
    name: "fails with a text of 2 MB",
    ends: ["REGISTRY"],
    says: /^.{1,600}$/,
    lie: ({ registry }) =>
      registry.fault(MANIFEST, {
        ...{ kind: "answer", status: 400 },
        body: JSON.stringify({ errors: [{ code: "A", message: "x".repeat(2 << 20) }] }),
      }),
  },
  {
    name: "fails without JSON",
    ends: ["REGISTRY"],
    lie: ({ registry }) => registry.fault(MANIFEST, { kind: "answer", status: 400, body: "<html>" }),
  },
  {
    name: "fails with JSON of other forms",
    ends: ["REGISTRY"],
    lie: ({ registry }) =>
      registry.fault(MANIFEST, { kind: "answer", status: 400, body: '{"errors":[null,7,{"code":[]},{"message":{}}]}' }),
  },
  {
    name: "fails with a text that drips",
    ends: ["REGISTRY"],
    lie: ({ registry }) => {
      registry.fault(MANIFEST, { kind: "drip", every: 20, status: 400, body: "x".repeat(5000) });
    },
  },
  {
    name: "has Docker's schema 1",
    ends: ["UNSUPPORTED"],
    lie: ({ registry }) =>
      registry.fault(MANIFEST, {
        ...{ kind: "answer", status: 200, body: '{"schemaVersion":1,"name":"app","tag":"v1","fsLayers":[]}' },
        headers: { "content-type": "application/vnd.docker.distribution.manifest.v1+prettyjws" },
      }),
  },
  {
    name: "names blobs by SHA-512",
    ends: ["REGISTRY"],
    lie: ({ registry }) =>
      registry.fault(MANIFEST, {
        ...{ kind: "change", headers: { "docker-content-digest": undefined } },
        body: (bytes) => bytes.toString().replaceAll(/sha256:[0-9a-f]{64}/g, `sha512:${"ab".repeat(64)}`),
      }),
  },
  {
    name: "names sizes that are no sizes",
    ends: ["REGISTRY"],
    lie: ({ registry }) =>
      registry.fault(MANIFEST, {
        ...{ kind: "change", headers: { "docker-content-digest": undefined } },
        body: (bytes) => bytes.toString().replaceAll(/"size":\d+/g, '"size":-1'),
      }),
  },
];
