import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { DistillError, fromSystemError, systemErrorCode } from "../../lib/errors.ts";
import { optionalBoolean, optionalObject, optionalString, parseJsonObject } from "../json.ts";

/** Where a Docker engine listens. */
export interface EngineEndpoint {
  /** As DOCKER_HOST spells it, without secrets. */
  readonly shown: string;
  /** What named it, for messages: "DOCKER_HOST", "the docker context lab", "the default". */
  readonly namedBy: string;
  readonly socketPath: string | undefined;
  /** `http://host:port`; of no meaning with a socket. */
  readonly origin: string;
  readonly tls: EngineTls | undefined;
}

export interface EngineTls {
  /** False where the server's certificate is not to be checked. */
  readonly verify: boolean;
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

const DEFAULT_HOST = "unix:///var/run/docker.sock";
const MAX_DOCUMENT = 1 << 20;

/**
 * The engine that the docker command would talk to: DOCKER_HOST (with DOCKER_TLS_VERIFY and DOCKER_CERT_PATH), else the
 * context named by DOCKER_CONTEXT or by config.json's currentContext, else /var/run/docker.sock. Throws USAGE for an
 * address that is none, UNSUPPORTED for ssh and named pipes, CONFIG_INVALID for a context that cannot be read.
 */
export function engineEndpoint(environment: Environment = process.env): EngineEndpoint {
  const directory = environment.DOCKER_CONFIG || join(environment.HOME || homedir(), ".docker");
  const host = environment.DOCKER_HOST;
  if (host) return endpointAt(host, "DOCKER_HOST", environmentTls(environment, directory));
  const context = environment.DOCKER_CONTEXT || currentContext(directory);
  if (context !== undefined && context !== "default") return contextEndpoint(directory, context);
  return endpointAt(DEFAULT_HOST, "the default", undefined);
}

function endpointAt(host: string, namedBy: string, tls: EngineTls | undefined): EngineEndpoint {
  const url = URL.parse(host);
  switch (url?.protocol) {
    case "unix:":
      if (url.pathname === "" || url.host !== "" || !isEncoded(url.pathname)) break;
      return {
        ...{ shown: host, namedBy, origin: "http://localhost", tls: undefined },
        socketPath: decodeURIComponent(url.pathname),
      };
    case "tcp:":
    case "http:":
    case "https:": {
      if (url.hostname === "" || url.username !== "" || url.password !== "") break;
      const secure = tls !== undefined || url.protocol === "https:";
      // The scheme http would hide a port of 80.
      const port = /:(\d+)\/?$/.exec(host)?.[1] ?? (secure ? "2376" : "2375");
      const shown = `tcp://${url.hostname}:${port}`;
      const checked = secure ? (tls ?? { verify: true, ca: undefined, cert: undefined, key: undefined }) : undefined;
      return {
        ...{ shown, namedBy, socketPath: undefined, tls: checked },
        origin: `${secure ? "https" : "http"}://${url.hostname}:${port}`,
      };
    }
    case "ssh:":
    case "npipe:":
      throw new DistillError(
        "UNSUPPORTED",
        `${namedBy} is an address that distill does not speak: ${url.protocol}//...`,
        {
          hint:
            url.protocol === "ssh:"
              ? "forward the socket (ssh -NL ./docker.sock:/var/run/docker.sock HOST) and set DOCKER_HOST=unix://$PWD/docker.sock"
              : "let the engine listen on a TCP address, and set DOCKER_HOST=tcp://HOST:PORT",
        },
      );
    default:
  }
  throw new DistillError("USAGE", `${namedBy} is not the address of an engine`, {
    hint: "expected unix:///PATH or tcp://HOST:PORT",
  });
}

/** False where a percent sign stands before what decodeURIComponent does not take. */
function isEncoded(path: string): boolean {
  try {
    return decodeURIComponent(path) !== "";
  } catch {
    return false;
  }
}

function environmentTls(environment: Environment, directory: string): EngineTls | undefined {
  if (!environment.DOCKER_TLS_VERIFY && !environment.DOCKER_TLS) return undefined;
  return tlsFrom(environment.DOCKER_CERT_PATH || directory, Boolean(environment.DOCKER_TLS_VERIFY));
}

function tlsFrom(directory: string, verify: boolean): EngineTls {
  const [ca, cert, key] = ["ca.pem", "cert.pem", "key.pem"].map((name) =>
    readIfThere(join(directory, name))?.toString(),
  );
  return { verify, ca, cert, key };
}

function currentContext(directory: string): string | undefined {
  const path = join(directory, "config.json");
  const bytes = readIfThere(path);
  return bytes && (optionalString(parseJsonObject(bytes, path, MAX_DOCUMENT), "currentContext") || undefined);
}

/** docker's own directory of contexts: named by the SHA-256 of the context's name. */
function contextEndpoint(directory: string, name: string): EngineEndpoint {
  const id = createHash("sha256").update(name).digest("hex");
  const namedBy = `the docker context ${name}`;
  const path = join(directory, "contexts", "meta", id, "meta.json");
  const bytes = readIfThere(path);
  if (bytes === undefined) {
    throw new DistillError("CONFIG_INVALID", `${namedBy} does not exist`, {
      hint: "docker context ls lists them; DOCKER_CONTEXT or docker context use chooses one",
    });
  }
  const endpoints = optionalObject(parseJsonObject(bytes, path, MAX_DOCUMENT), "Endpoints");
  const docker = endpoints && optionalObject(endpoints, "docker");
  const host = docker && optionalString(docker, "Host");
  if (docker === undefined || !host)
    throw new DistillError("CONFIG_INVALID", `${namedBy} has no docker endpoint (${path})`);
  const tls = tlsFrom(
    join(directory, "contexts", "tls", id, "docker"),
    optionalBoolean(docker, "SkipTLSVerify") !== true,
  );
  const secured = tls.ca !== undefined || tls.cert !== undefined || !tls.verify;
  return endpointAt(host, namedBy, secured ? tls : undefined);
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(systemErrorCode(error) ?? "")) return undefined;
    throw fromSystemError(error, "reading", path);
  }
}
