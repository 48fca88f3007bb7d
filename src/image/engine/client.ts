import type { Client } from "undici";
import { DistillError, isDistillError } from "../../lib/errors.ts";
import { limitBytes } from "../../lib/limit-bytes.ts";
import { optionalString, parseJsonObject } from "../json.ts";
import { type EngineEndpoint, engineEndpoint } from "./endpoint.ts";
import { engineFailure } from "./failures.ts";

/** What the engine answered; the body is to be read or dropped. */
export interface EngineAnswer {
  readonly status: number;
  readonly body: AsyncIterable<Uint8Array>;
}

export interface EngineRequest {
  readonly method: "GET" | "POST";
  /** Below the version: `/images/load?quiet=1`. */
  readonly path: string;
  readonly body?: AsyncIterable<Uint8Array>;
}

/** The newest version of the API whose images endpoints are known here; older engines are spoken to in theirs. */
const NEWEST = [1, 48] as const;
const CONNECT_TIMEOUT = 10_000;
const MAX_MESSAGE = 1 << 20;

/** A connection to a Docker engine in the newest version of the API that both know. */
export class EngineClient implements AsyncDisposable {
  readonly endpoint: EngineEndpoint;
  readonly #client: Client;
  readonly #signal: AbortSignal | undefined;
  #version = "";

  private constructor(endpoint: EngineEndpoint, client: Client, signal: AbortSignal | undefined) {
    this.endpoint = endpoint;
    this.#client = client;
    this.#signal = signal;
  }

  /** Connects to the engine that the environment names; ENVIRONMENT where none answers, or something else does. */
  static async connect(signal?: AbortSignal, endpoint = engineEndpoint()): Promise<EngineClient> {
    const { Client } = await import("undici");
    const { socketPath, tls } = endpoint;
    const secrets = tls && { ca: tls.ca, cert: tls.cert, key: tls.key, rejectUnauthorized: tls.verify };
    const client = new Client(endpoint.origin, {
      connect: { timeout: CONNECT_TIMEOUT, ...(socketPath === undefined ? {} : { socketPath }), ...secrets },
      // Loading and saving take what they take; a dead engine closes its socket.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    const engine = new EngineClient(endpoint, client, signal);
    try {
      await engine.#negotiate();
      return engine;
    } catch (error) {
      await engine[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** One request; ENVIRONMENT where it gets no answer, CANCELLED when the signal is aborted. */
  async request(request: EngineRequest): Promise<EngineAnswer> {
    const { statusCode, body } = await this.#send({ ...request, path: `${this.#version}${request.path}` });
    return { status: statusCode, body: this.#guarded(body) };
  }

  /** The engine's own message in an answer that is no success. */
  async messageOf({ body }: EngineAnswer): Promise<string> {
    const bytes = Buffer.concat(await Array.fromAsync(limitBytes(body, MAX_MESSAGE, "the engine's answer")));
    try {
      return optionalString(parseJsonObject(bytes, "the engine's answer", MAX_MESSAGE), "message") ?? "no reason given";
    } catch (error) {
      if (!isDistillError(error)) throw error;
      return bytes.toString("utf8").slice(0, 500).trim();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.destroy();
  }

  async #negotiate(): Promise<void> {
    const { statusCode, headers, body } = await this.#send({ method: "GET", path: "/_ping" });
    const version = /^(\d+)\.(\d+)$/.exec(String(headers["api-version"] ?? ""));
    const text = await this.messageOf({ status: statusCode, body });
    if (statusCode !== 200 || version === null) {
      const https = /HTTPS server/.test(text);
      throw new DistillError("ENVIRONMENT", `what answers at ${this.endpoint.shown} is no Docker engine: ${text}`, {
        hint: https ? "it wants TLS: set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH" : "check DOCKER_HOST",
      });
    }
    const [major, minor] = [Number(version[1]), Number(version[2])];
    const older = major < NEWEST[0] || (major === NEWEST[0] && minor < NEWEST[1]);
    this.#version = `/v${older ? `${major}.${minor}` : NEWEST.join(".")}`;
  }

  async #send({ method, path, body }: EngineRequest) {
    try {
      return await this.#client.request({
        ...{ method, path, signal: this.#signal ?? null },
        headers: { host: "docker", ...(body === undefined ? {} : { "content-type": "application/x-tar" }) },
        ...(body === undefined ? {} : { body: body as unknown as import("node:stream").Readable }),
      });
    } catch (error) {
      throw this.#explain(error);
    }
  }

  async *#guarded(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    try {
      yield* body;
    } catch (error) {
      throw this.#explain(error);
    }
  }

  #explain(error: unknown): unknown {
    if (this.#signal?.aborted) return new DistillError("CANCELLED", "interrupted");
    return engineFailure(error, this.endpoint);
  }
}
