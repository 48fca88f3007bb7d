import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Identity } from "./certificates.ts";
import { hasTool, unlessTools } from "./tools.ts";

/** How a registry of a test's own is reached, and who may use it. */
export interface RegistryOptions {
  /** Https with this key and certificate (`makeServer`); plain http by default. */
  readonly tls?: Identity;
  /** Passwords by user, asked for by HTTP Basic. */
  readonly htpasswd?: Readonly<Record<string, string>>;
  /** Who issues the tokens that it asks for: `TokenServer.trust`. */
  readonly token?: TokenTrust;
}

/** What a registry must know of the server whose tokens it takes. */
export interface TokenTrust {
  /** Where clients are sent for a token. */
  readonly realm: string;
  readonly service: string;
  readonly issuer: string;
  /** PEM of the authorities whose keys sign tokens. */
  readonly certificates: string;
}

/** For a test's `skip` option: false, or why Debian's docker-registry cannot be started here. */
export function unlessRegistry(...tools: readonly string[]): false | string {
  return unlessTools("docker-registry", ...tools);
}

/** Debian's docker-registry on a port of its own of 127.0.0.1, with an empty storage that goes when it stops. */
export class Registry {
  /** `127.0.0.1:PORT`, as references name it. */
  readonly host: string;
  /** `http://127.0.0.1:PORT`, or https. */
  readonly url: string;
  readonly #directory: string;
  readonly #process: ChildProcess;

  private constructor(host: string, url: string, directory: string, process: ChildProcess) {
    this.host = host;
    this.url = url;
    this.#directory = directory;
    this.#process = process;
  }

  static async start(options: RegistryOptions = {}): Promise<Registry> {
    const directory = mkdtempSync(join(tmpdir(), "distill-registry-"));
    writeFileSync(join(directory, "config.yml"), configOf(options, directory));
    const log = openSync(join(directory, "log"), "w");
    const server = spawn("docker-registry", ["serve", join(directory, "config.yml")], {
      stdio: ["ignore", log, log],
      env: { ...process.env, OTEL_TRACES_EXPORTER: "none" },
    });
    closeSync(log);
    const gone = new Promise<Error>((resolve) => server.once("error", resolve));
    for (let attempt = 0; attempt < 300 && server.exitCode === null && server.pid !== undefined; attempt++) {
      const host = /listening on (127\.0\.0\.1:\d+)/.exec(readFileSync(join(directory, "log"), "utf8"))?.[1];
      const scheme = options.tls === undefined ? "http" : "https";
      if (host !== undefined) return new Registry(host, `${scheme}://${host}`, directory, server);
      await sleep(20);
    }
    const text = readFileSync(join(directory, "log"), "utf8").slice(-3000);
    await end(server, directory);
    throw server.pid === undefined ? await gone : new Error(`docker-registry did not start:\n${text}`);
  }

  /** What it wrote so far: a line for each request, and why it refused one. */
  log(): string {
    return readFileSync(join(this.#directory, "log"), "utf8");
  }

  /** Where its blobs and tags lie, for tests that damage them. */
  get storage(): string {
    return join(this.#directory, "storage");
  }

  async stop(): Promise<void> {
    await end(this.#process, this.#directory);
  }
}

async function end(server: ChildProcess, directory: string): Promise<void> {
  if (server.pid !== undefined && server.exitCode === null && server.signalCode === null) {
    const ended = new Promise<void>((resolve) => server.once("exit", () => resolve()));
    server.kill("SIGKILL");
    await ended;
  }
  rmSync(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
}

/** JSON is YAML too. */
function configOf({ tls, htpasswd, token }: RegistryOptions, directory: string): string {
  const place = (name: string, text: string): string => {
    writeFileSync(join(directory, name), text, { mode: 0o600 });
    return join(directory, name);
  };
  const http = {
    addr: "127.0.0.1:0",
    secret: "for tests only",
    ...(tls === undefined
      ? {}
      : { tls: { certificate: place("tls.crt", tls.certificate), key: place("tls.key", tls.key) } }),
  };
  const basic =
    htpasswd === undefined ? {} : { htpasswd: { realm: "tests", path: place("htpasswd", passwordLines(htpasswd)) } };
  const bearer =
    token === undefined
      ? {}
      : {
          token: {
            ...{ realm: token.realm, service: token.service, issuer: token.issuer },
            rootcertbundle: place("token.crt", token.certificates),
          },
        };
  return JSON.stringify({
    version: "0.1",
    log: { level: "info", accesslog: { disabled: false } },
    storage: {
      filesystem: { rootdirectory: join(directory, "storage") },
      delete: { enabled: true },
      maintenance: { uploadpurging: { enabled: false } },
    },
    http,
    ...(htpasswd === undefined && token === undefined ? {} : { auth: { ...basic, ...bearer } }),
  });
}

function passwordLines(users: Readonly<Record<string, string>>): string {
  return Object.entries(users)
    .map(([user, password]) => `${user}:${bcrypt(password)}\n`)
    .join("");
}

/** The only hash that the registry takes. libcrypt of Debian has it, and perl is on every Debian. */
function bcrypt(password: string): string {
  if (!hasTool("perl")) throw new Error("needs perl for a password file");
  const program = "my $p = <STDIN>; print crypt($p, q($2y$05$abcdefghijklmnopqrstuu))";
  const hash = execFileSync("perl", ["-e", program], { input: password, encoding: "utf8" });
  if (!hash.startsWith("$2y$")) throw new Error("perl's crypt knows no bcrypt here");
  return hash;
}
