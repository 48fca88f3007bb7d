import type { Fault } from "../support/lying-registry.ts";
import { randomNumbers } from "../support/random.ts";
import { BASIC, type Case, LONG_IMAGE, redirect, SMALL } from "./cases.ts";

const [LONG] = LONG_IMAGE.layers;
const SIZE = LONG?.size ?? 0;
const HEAD = "HEAD /v2/app/blobs/";
const BEGIN = "POST /v2/app/blobs/uploads/";
const CHUNK = "PATCH /v2/app/blobs/uploads/";
const STATUS = "GET /v2/app/blobs/uploads/";
const END = "PUT /v2/app/blobs/uploads/";
const MANIFEST = "PUT /v2/app/manifests/";

const random = randomNumbers(20_261_126);
const somewhere = (): number => Math.floor(random() * (4 << 20));

const answer = (status: number, more: Partial<Extract<Fault, { kind: "answer" }>> = {}): Fault => ({
  ...{ kind: "answer", status },
  ...more,
});
const range = (text: string | undefined): Fault => ({ kind: "change", headers: { range: text } });
const location = (text: string | undefined): Fault => ({ kind: "change", headers: { location: text } });

/** What a registry may do to who writes an image to it. */
export const UPLOAD_LIES: readonly Case[] = [
  { name: "tells the truth", ends: "right", lie: () => {} },
  { name: "wants a password", ends: "right", login: "basic", lie: () => {} },
  { name: "wants a token", ends: "right", login: "bearer", lie: () => {} },
  {
    name: "has each blob in another size",
    ends: ["REGISTRY"],
    lie: ({ registry }) => registry.fault(HEAD, answer(200, { headers: { "content-length": "7" } })),
  },
  {
    name: "answers 500 to the first questions",
    ends: "right",
    lie: ({ registry }) => registry.fault(HEAD, answer(500, { times: 2 })),
  },
  {
    name: "cuts a small blob behind its first bytes",
    ends: "right",
    lie: ({ registry }) => registry.fault(END, { kind: "cut-request", after: 10, times: 1 }),
  },
  { name: "begins no upload", ends: ["REGISTRY"], lie: ({ registry }) => registry.fault(BEGIN, answer(405)) },
  { name: "is read-only", ends: ["UNAUTHORIZED"], lie: ({ registry }) => registry.fault(BEGIN, answer(403)) },
  {
    name: "takes nothing for the moment",
    ends: "right",
    lie: ({ registry }) => registry.fault(BEGIN, answer(429, { headers: { "retry-after": "0" }, times: 2 })),
  },
  {
    name: "takes nothing for ever",
    ends: ["REGISTRY", "NETWORK"],
    lie: ({ registry }) => registry.fault(BEGIN, answer(429)),
  },
  {
    name: "asks for the password again at each request",
    ends: ["UNAUTHORIZED"],
    login: "basic",
    lie: ({ registry }) => registry.fault(/^(POST|PATCH|PUT) /, answer(401, { headers: BASIC })),
  },
  ...[undefined, "http://", "file:///dev/null", "ftp://127.0.0.1/", "http://[::1"].map(
    (to): Case => ({
      name: `begins an upload at ${to ?? "no address"}`,
      ends: ["REGISTRY"],
      lie: ({ registry }) => registry.fault(BEGIN, location(to)),
    }),
  ),
  {
    name: "puts a fragment behind the address of an upload",
    ends: "right",
    lie: ({ registry }) => registry.fault(BEGIN, { kind: "change", location: (given) => `${given}#part` }),
  },
  {
    name: "sends uploads to another host, which asks for a password",
    ends: ["UNAUTHORIZED"],
    login: "basic",
    lie: ({ registry, other }) => {
      registry.fault(BEGIN, location(`${other.url}/v2/app/blobs/uploads/1`));
      other.fault("", answer(401, { headers: BASIC }));
    },
  },
  {
    name: "redirects chunks to another host",
    ends: ["REGISTRY"],
    login: "bearer",
    lie: ({ registry, other }) => registry.fault(CHUNK, redirect(`${other.url}/v2/app/blobs/uploads/1`)),
  },
  ...[somewhere(), somewhere(), 1].map(
    (after): Case => ({
      name: `cuts the first chunk behind byte ${after}`,
      ends: "right",
      lie: ({ registry }) => registry.fault(CHUNK, { kind: "cut-request", after, times: 1 }),
    }),
  ),
  {
    name: "cuts a chunk and forgets the upload",
    ends: "right",
    options: { keepsCutChunks: false },
    lie: ({ registry }) => registry.fault(CHUNK, { kind: "cut-request", after: somewhere(), times: 1 }),
  },
  {
    name: "cuts every chunk at its beginning",
    ends: ["NETWORK"],
    lie: ({ registry }) => registry.fault(CHUNK, { kind: "cut-request", after: 0 }),
  },
  {
    name: "takes a chunk and hangs up",
    ends: "right",
    lie: ({ registry }) => registry.fault(CHUNK, { kind: "hang-up", times: 2 }),
  },
  {
    name: "answers 500 to a chunk",
    ends: "right",
    lie: ({ registry }) => registry.fault(CHUNK, answer(500, { times: 1 })),
  },
  {
    name: "answers 500 to a chunk that it does not read",
    ends: "right",
    lie: ({ registry }) => registry.fault(CHUNK, answer(500, { times: 2, unread: true })),
  },
  {
    name: "answers 416 to a chunk",
    ends: "right",
    lie: ({ registry }) => registry.fault(CHUNK, answer(416, { times: 1 })),
  },
  {
    name: "answers 416 to every chunk",
    ends: ["NETWORK", "REGISTRY"],
    lie: ({ registry }) => registry.fault(CHUNK, answer(416)),
  },
  {
    name: "forgets uploads once",
    ends: "right",
    lie: ({ registry }) => registry.fault(CHUNK, { kind: "drop-uploads", times: 1 }),
  },
  {
    name: "forgets uploads each time",
    ends: ["NETWORK", "REGISTRY"],
    lie: ({ registry }) => registry.fault(CHUNK, { kind: "drop-uploads" }),
  },
  {
    name: "forgets uploads behind each first chunk",
    ends: "right",
    lie: ({ registry }) => {
      for (let round = 0; round < 500; round++) {
        registry.fault(CHUNK, { kind: "change", times: 1 });
        registry.fault(CHUNK, { kind: "drop-uploads", times: 1 });
      }
    },
  },
  ...[400, 405, 411, 415, 501].map(
    (status): Case => ({
      name: `answers ${status} to chunks, and takes whole blobs`,
      ends: "right",
      lie: ({ registry }) => registry.fault(CHUNK, answer(status, { times: 1 })),
    }),
  ),
  {
    name: "takes whole blobs, and cuts two of them",
    ends: "right",
    lie: ({ registry }) => {
      registry.fault(CHUNK, answer(405, { times: 1 }));
      registry.fault(CHUNK, { kind: "cut-request", after: somewhere(), times: 2 });
    },
  },
  {
    name: "says that it has more than there is",
    ends: ["REGISTRY"],
    lie: ({ registry }) => registry.fault(CHUNK, range(`0-${SIZE}`)),
  },
  {
    name: "says that it has more than was sent",
    ends: "right",
    lie: ({ registry }) => registry.fault(CHUNK, range(`0-${SIZE - 10}`)),
  },
  {
    name: "says that it has less than was sent",
    ends: "right",
    lie: ({ registry }) => registry.fault(CHUNK, range("0-999")),
  },
  {
    name: "says that it has nothing, for ever",
    ends: ["REGISTRY", "NETWORK"],
    lie: ({ registry }) => registry.fault(/(PATCH|GET) .*uploads/, range("0-0")),
  },
  {
    name: "says that it has a byte more each time",
    ends: ["REGISTRY", "NETWORK"],
    lie: ({ registry }) => {
      for (let count = 1; count < 500; count++)
        registry.fault(/(PATCH|GET) .*uploads/, { ...range(`0-${count}`), times: 1 });
    },
  },
  {
    name: "says in strange words how much it has",
    ends: "right",
    lie: ({ registry }) => registry.fault(CHUNK, range("all of it")),
  },
  {
    name: "does not say how much it has",
    ends: "right",
    lie: ({ registry }) => registry.fault(CHUNK, range(undefined)),
  },
  {
    name: "loses count after a cut",
    ends: "right",
    lie: ({ registry }) => {
      registry.fault(CHUNK, { kind: "cut-request", after: somewhere(), times: 1 });
      registry.fault(STATUS, range(`0-${SIZE * 2}`));
    },
  },
  {
    name: "takes no chunk to its end",
    ends: ["NETWORK"],
    attempts: 1,
    lie: ({ registry }) => registry.fault(CHUNK, { kind: "stall" }),
  },
  {
    name: "drips its answers to chunks",
    ends: "right",
    lie: ({ registry }) => registry.fault(CHUNK, { kind: "drip", every: 100, body: "x".repeat(1000) }),
  },
  {
    name: "wants chunks of 5 MiB at least",
    ends: "right",
    options: { minChunk: 5 << 20 },
    lie: () => {},
  },
  {
    name: "stores a blob under another digest",
    ends: ["REGISTRY"],
    lie: ({ registry }) => registry.fault(END, { kind: "change", headers: { "docker-content-digest": SMALL.digest } }),
  },
  {
    name: "does not find the digest in what it got",
    ends: ["REGISTRY"],
    lie: ({ registry }) => registry.fault(END, answer(400)),
  },
  {
    name: "stores a blob and hangs up",
    ends: "right",
    lie: ({ registry }) => registry.fault(END, { kind: "hang-up", times: 1 }),
  },
  {
    name: "answers 500 at the end of an upload",
    ends: "right",
    lie: ({ registry }) => registry.fault(END, answer(500, { times: 1 })),
  },
  {
    name: "takes no blob of this size",
    ends: ["REGISTRY"],
    lie: ({ registry }) => registry.fault(/^(PATCH|PUT) .*uploads/, answer(413)),
  },
  { name: "refuses the manifest", ends: ["REGISTRY"], lie: ({ registry }) => registry.fault(MANIFEST, answer(400)) },
  {
    name: "stores the manifest and hangs up",
    ends: "right",
    lie: ({ registry }) => registry.fault(MANIFEST, { kind: "hang-up", times: 1 }),
  },
  {
    name: "refuses the manifest with text that drives a terminal",
    ends: ["REGISTRY"],
    says: /^[^\p{Cc}]+$/u,
    lie: ({ registry }) =>
      registry.fault(
        MANIFEST,
        answer(400, { body: JSON.stringify({ errors: [{ code: "\x1b[2J", message: "\x07" }] }) }),
      ),
  },
];
