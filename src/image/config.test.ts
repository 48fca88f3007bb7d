import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { digestOf } from "../lib/digest.ts";
import { decodeConfig, encodeConfig, type ImageConfig } from "./config.ts";

const DIFF_ID = digestOf("layer");
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const bytes = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const minimal = { architecture: "amd64", os: "linux", rootfs: { type: "layers", diff_ids: [] } } as const;

test("a config is encoded with fixed key order, sorted maps and nothing for what is empty", () => {
  const config: ImageConfig = {
    rootfs: { diff_ids: [DIFF_ID], type: "layers" },
    history: [{ empty_layer: false, created_by: "COPY . .", created: "1970-01-01T00:00:00Z" }, { empty_layer: true }],
    os: "linux",
    config: {
      Labels: { b: "2", a: "1" },
      Cmd: [],
      Env: ["B=1", "A=2"],
      ExposedPorts: { "8080/tcp": {}, "443/tcp": {} },
      User: "65532",
    },
    architecture: "amd64",
    created: "1970-01-01T00:00:00Z",
  };
  assert.equal(
    text(encodeConfig(config)),
    '{"created":"1970-01-01T00:00:00Z","architecture":"amd64","os":"linux","config":{"User":"65532","ExposedPorts":' +
      '{"443/tcp":{},"8080/tcp":{}},"Env":["B=1","A=2"],"Labels":{"a":"1","b":"2"}},"rootfs":{"type":"layers",' +
      `"diff_ids":["${DIFF_ID}"]},"history":[{"created":"1970-01-01T00:00:00Z","created_by":"COPY . ."},{"empty_layer":true}]}`,
  );
});

test("Docker's own fields survive, and its nulls and unknown fields do not", () => {
  const decoded = decodeConfig(
    bytes({
      ...minimal,
      container: "abc",
      docker_version: "20.10",
      history: null,
      config: {
        Hostname: "",
        Cmd: null,
        Volumes: { "/data": {} },
        OnBuild: ["RUN x"],
        Shell: ["/bin/bash", "-c"],
        Healthcheck: { Test: ["CMD", "true"], Interval: 30e9, Retries: 3 },
      },
    }),
  );
  assert.deepEqual(decoded, {
    ...minimal,
    config: {
      Volumes: { "/data": {} },
      Healthcheck: { Test: ["CMD", "true"], Interval: 30e9, Retries: 3 },
      OnBuild: ["RUN x"],
      Shell: ["/bin/bash", "-c"],
    },
  });
});

for (const [what, document] of [
  ["no JSON", "{"],
  ["a list", "[]"],
  ["no rootfs", '{"architecture":"amd64","os":"linux"}'],
  ["a diffID that is no digest", JSON.stringify({ ...minimal, rootfs: { diff_ids: ["sha256:12"] } })],
  ["a number in Env", JSON.stringify({ ...minimal, config: { Env: [1] } })],
  ["a label that is no string", JSON.stringify({ ...minimal, config: { Labels: { a: 1 } } })],
  ["no architecture", JSON.stringify({ os: "linux", rootfs: { diff_ids: [] } })],
] as const) {
  test(`a config with ${what} is refused`, () => {
    assert.throws(() => decodeConfig(new TextEncoder().encode(document)), { code: "FORMAT_INVALID" });
  });
}

test("a config beyond 8 MiB and one that is not UTF-8 are refused", () => {
  assert.throws(() => decodeConfig(new Uint8Array((8 << 20) + 1)), { code: "LIMIT_EXCEEDED" });
  assert.throws(() => decodeConfig(Uint8Array.of(0x22, 0xff, 0x22)), { code: "FORMAT_INVALID" });
});

test("a label called __proto__ is a label", () => {
  const document = '{"architecture":"a","os":"l","config":{"Labels":{"__proto__":"x"}},"rootfs":{"diff_ids":[]}}';
  const encoded = text(encodeConfig(decodeConfig(new TextEncoder().encode(document))));
  assert.match(encoded, /"Labels":\{"__proto__":"x"\}/);
});

test("decoding and encoding again gives the same bytes", () => {
  const string = fc.string({ unit: "binary", maxLength: 8 });
  const strings = fc.array(string, { maxLength: 3 });
  const container = fc.record(
    { User: string, Env: strings, Entrypoint: strings, Cmd: strings, Labels: fc.dictionary(string, string) },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(container, (config) => {
      const first = encodeConfig({ ...minimal, config });
      assert.deepEqual(encodeConfig(decodeConfig(first)), first);
    }),
    { numRuns: 200 },
  );
});
