import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { findingsOf, marksOf, PLAIN_BASES, UNKNOWN_BASES } from "../../../../test/support/check-text.ts";
import { OWN_RULES } from "../rules.ts";

/** The lines at which a rule of distill's own finds something. */
async function linesOf(rule: string, text: string, resolver = PLAIN_BASES): Promise<readonly number[]> {
  const found = await findingsOf(`${text}\n`, { resolver });
  const own = found.map((each) => /^(\d+) distill\/(\w+): /.exec(each) ?? []);
  return own.flatMap(([, line, name]) => (name === rule ? [Number(line)] : []));
}

/** By rule: texts, and the lines where it has to say something. */
const CASES: Readonly<Record<string, readonly (readonly [text: string, ...lines: number[]])[]>> = {
  ShellFormWithoutShell: [
    ["FROM scratch\nCOPY app /app\nCMD /app", 3],
    ["FROM scratch\nENTRYPOINT app\nHEALTHCHECK CMD app ping\nRUN app", 2, 3, 4],
    ['FROM scratch\nCMD ["sh", "-c", "app"]', 2],
    ['FROM scratch\nCMD ["/app"]\nHEALTHCHECK NONE'],
    ["FROM gcr.io/distroless/static-debian12:nonroot\nCMD /app", 2],
    ["FROM gcr.io/distroless/static-debian12:debug\nCMD /app"],
    ["FROM cgr.dev/chainguard/python:latest AS a\nFROM a\nCMD /app", 3],
    ["FROM cgr.dev/chainguard/python:latest-dev\nCMD /app"],
    ["FROM cgr.dev/chainguard/wolfi-base\nCMD /app"],
    ["FROM debian:13\nCMD /app"],
    // A shell may come with a root file system, or by itself.
    ["FROM scratch\nADD rootfs.tar /\nCMD /app"],
    ["FROM scratch\nCOPY --from=busybox:1 /bin/sh /bin/\nCMD /app"],
    ["FROM scratch\nCOPY sh /usr/local/bin/sh\nCMD /app"],
    ["FROM scratch\nCOPY . .\nCMD /app"],
    ["FROM scratch\nCOPY --from=a:1 /rootfs/ /\nCMD /app"],
    ["FROM scratch\nCOPY --from=a:1 /src/app /\nCOPY x /usr/local/bin/\nCMD /app", 4],
    ["FROM scratch\nWORKDIR /app\nCOPY . .\nCMD app", 4],
    ['FROM scratch\nSHELL ["/busybox/sh", "-c"]\nCMD /app'],
  ],
  PackageManagerInFinalStage: [
    ["FROM debian:13\nRUN apt-get update && apt-get install -y --no-install-recommends x", 2],
    ["FROM debian:13\nRUN set -eux; \\\n  DEBIAN_FRONTEND=noninteractive apt-get -qq -y install x", 2],
    ["FROM debian:13\nRUN if [ -n x ]; then sudo apt install x; fi", 2],
    ['FROM debian:13\nRUN ["sh", "-c", "apt-get install x"]', 2],
    ["FROM debian:13\nRUN <<E\nset -e\napt-get install x\nE", 2],
    ["FROM alpine:3 AS a\nRUN apk add x\nFROM a\nRUN true", 2],
    ["FROM fedora:40\nRUN dnf -y install x && dnf clean all", 2],
    ["FROM debian:13 AS b\nRUN apt-get install x\nFROM scratch\nCOPY --from=b /x /x"],
    ["FROM debian:13\nRUN echo 'apt-get install x' # apt-get install y"],
    ["FROM debian:13\nRUN apt-get --version; apt-get remove x; grep apt install"],
  ],
  RunsAsRoot: [
    ["FROM a:1\nUSER root", 2],
    ["FROM a:1\nUSER 0:0", 2],
    ['FROM scratch\nCMD ["/app"]', 1],
    ["FROM a:1\nUSER me"],
    ["FROM a:1\nUSER root\nRUN x\nUSER 65532"],
    ["FROM a:1 AS b\nUSER root\nFROM b\nRUN x", 2],
    ["FROM a:1 AS b\nUSER root\nFROM c:1\nCOPY --from=b /x /x"],
    ["FROM a:1"],
    // Files and nothing that starts.
    ["FROM scratch\nCOPY x /"],
  ],
  SecretFileCopied: [
    ["FROM a:1\nCOPY id_rsa /root/.ssh/", 2],
    ["FROM a:1\nCOPY config/.npmrc config/tls.key app /x/", 2, 2],
    ["FROM a:1\nADD .env.production .git /x/", 2, 2],
    ["FROM a:1\nARG f=server.pem\nCOPY $f /x", 3],
    ["FROM a:1 AS b\nCOPY .git /src/.git\nCOPY id_ed25519 /k\nFROM a:1", 3],
    ["FROM a:1\nCOPY .env.example id_rsa.pub certs/ca-bundle.pem keys.json /x/"],
    ["FROM a:1 AS b\nFROM a:1\nCOPY --from=b /etc/tls.key /x"],
  ],
  SecretInText: [
    ["FROM a:1\nENV A=AKIAABCDEFGHIJKLMNOP", 2],
    [`FROM a:1\nRUN git clone https://x:ghp_${"a".repeat(36)}@github.com/a/b`, 2, 2],
    ["FROM a:1\nRUN <<E\n-----BEGIN RSA PRIVATE KEY-----\nE", 2],
    ["FROM a:1\nARG URL=postgres://me:hunter2@db/x", 2],
    ["FROM a:1\nARG URL=postgres://me:$PASSWORD@db/x\nRUN curl http://a:80/@b https://a.b/c:d"],
  ],
  PackageListsKept: [
    ["FROM debian:13\nRUN apt-get update && apt-get install x", 2],
    ["FROM debian:13\nRUN apt-get update && apt-get install x && rm -rf /var/lib/apt/lists/*"],
    ["FROM debian:13\nRUN apt-get update && rm -r /var/lib/apt"],
    ["FROM debian:13\nRUN apt-get update\nRUN rm -rf /var/lib/apt/lists/*", 2],
    ["FROM debian:13\nRUN --mount=type=cache,target=/var/lib/apt apt-get update"],
    ["FROM debian:13\nRUN --mount=type=tmpfs,dst=/var/lib/apt/lists/ apt-get update"],
    ["FROM debian:13\nRUN --mount=type=cache,target=/var/cache/apt apt-get update", 2],
    ["FROM debian:13 AS b\nRUN apt-get update\nFROM scratch\nCOPY --from=b /x /x"],
    ["FROM alpine:3\nRUN apk add x", 2],
    ["FROM alpine:3\nRUN apk --no-cache add x && apk add --no-cache y"],
    ["FROM alpine:3\nRUN apk add x && rm -rf /var/cache/apk/*"],
    ["FROM fedora:40\nRUN dnf install -y x", 2],
    ["FROM fedora:40\nRUN dnf install -y x && dnf clean all"],
  ],
  PipCacheKept: [
    ["FROM python:3.13\nRUN pip install x", 2],
    ["FROM python:3.13\nRUN python3 -m pip install -r r.txt", 2],
    ["FROM python:3.13\nRUN pip install --no-cache-dir x && pip3 --no-cache-dir install y"],
    ["FROM python:3.13\nENV PIP_NO_CACHE_DIR=1\nRUN pip install x"],
    ["FROM python:3.13\nRUN --mount=type=cache,target=/root/.cache pip install x"],
    ["FROM python:3.13\nRUN pip install x && rm -rf ~/.cache"],
    ["FROM python:3.13\nRUN pip install x && pip cache purge"],
    ["FROM python:3.13 AS b\nRUN pip install x\nFROM scratch\nCOPY --from=b /x /x"],
    ["FROM python:3.13\nRUN pip download x"],
  ],
  AddWhereCopyServes: [
    ["FROM a:1\nADD app /app", 2],
    ["FROM a:1\nADD a b /app/", 2],
    ["FROM a:1\nADD app.tar.gz /app"],
    ["FROM a:1\nADD a b.tgz /app/"],
    ["FROM a:1\nADD https://a.b/c git@a.b:c /app/"],
    ["FROM a:1\nADD --unpack=false app /app"],
    ["FROM a:1\nARG f=app.tar\nADD $f /app"],
    ["FROM a:1\nCOPY app /app"],
  ],
  UnpinnedBase: [
    ["FROM debian", 1],
    ["FROM localhost:5000/a:latest", 1],
    ["ARG TAG=latest\nFROM a:$TAG AS x\nFROM x", 2],
    ["FROM a:1\nCOPY --from=nginx /x /x\nRUN --mount=from=busybox,target=/b x", 2, 3],
    [`FROM a@sha256:${"0".repeat(64)}`],
    ["FROM a:1 AS b\nFROM b\nCOPY --from=b /x /x"],
    ["FROM scratch"],
  ],
};

for (const [rule, cases] of Object.entries(CASES)) {
  describe(`distill/${rule}`, () => {
    for (const [text, ...lines] of cases) {
      const shown = JSON.stringify(text.slice(0, 90));
      test(`${lines.length === 0 ? "finds nothing in" : `finds lines ${lines.join(", ")} of`} ${shown}`, async () => {
        assert.deepEqual(await linesOf(rule, text), lines);
      });
    }
  });
}

test("of a base that nobody knows its name says whether it runs as root", async () => {
  const lines = (base: string): Promise<readonly number[]> => linesOf("RunsAsRoot", `FROM ${base}`, UNKNOWN_BASES);
  assert.deepEqual(await lines("debian:13"), [1]);
  assert.deepEqual(await lines("gcr.io/distroless/static:nonroot"), []);
  assert.deepEqual(await lines("nginxinc/nginx-unprivileged:1"), []);
});

test("a secret is marked, and not repeated in what is said", async () => {
  const text = "FROM a:1\nENV A=AKIAABCDEFGHIJKLMNOP\n";
  assert.deepEqual(await marksOf(text), ["AKIAABCDEFGHIJKLMNOP"]);
  assert.deepEqual(await findingsOf(text), ["2 distill/SecretInText: ENV has an access key of AWS in it"]);
});

test("what is marked is the command, or the path", async () => {
  const text = "FROM a:1\nRUN x && \\\n  apt-get install y\nCOPY a .npmrc /x/\n";
  assert.deepEqual(await marksOf(text), ["apt-get install", ".npmrc"]);
});

test("each of distill's own rules has cases", () => {
  assert.deepEqual(
    OWN_RULES.map(({ name }) => name).toSorted(),
    Object.keys(CASES)
      .map((name) => `distill/${name}`)
      .toSorted(),
  );
});
