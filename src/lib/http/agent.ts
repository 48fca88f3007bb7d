import type { Dispatcher } from "undici";
import { DistillError } from "../errors.ts";
import { DEFAULT_HTTP_POLICY } from "./retry.ts";
import { shownUrl } from "./url.ts";

/** Connections to one host at a time: a mirror is asked for a few files at once, never flooded. */
const CONNECTIONS_PER_HOST = 8;

/** How a server's certificate is judged, where not as everybody's is. */
export interface TlsSettings {
  /** False: any certificate is taken. */
  readonly verify: boolean;
  /** Authorities beside the usual ones, as PEM. */
  readonly authorities?: readonly string[];
  /** The certificate that this side shows, and its key, as PEM. */
  readonly certificate?: string;
  readonly key?: string;
  /** The authorities that the machine trusts count too; they take a fifth of a second to load. */
  readonly system?: boolean;
}

const agents = new Map<string, Promise<Dispatcher>>();

/**
 * The process's HTTP client (undici) for these TLS settings and this time to connect in milliseconds, made at the first
 * call; most runs of distill need no network and never load undici.
 */
export function httpAgent(tls?: TlsSettings, connectTimeout = DEFAULT_HTTP_POLICY.connectTimeout): Promise<Dispatcher> {
  const key = JSON.stringify([tls, connectTimeout]);
  const known = agents.get(key);
  if (known !== undefined) return known;
  const made = makeAgent(tls, connectTimeout);
  agents.set(key, made);
  return made;
}

/** Closes every connection, so that the process can end; a later request starts afresh and reads the proxy variables again. */
export async function closeHttp(): Promise<void> {
  const open = [...agents.values()];
  agents.clear();
  await Promise.all(open.map((agent) => agent.then((dispatcher) => dispatcher.destroy()).catch(() => {})));
}

async function makeAgent(tls: TlsSettings | undefined, timeout: number): Promise<Dispatcher> {
  const proxies = proxySettings();
  const connect = tls === undefined ? {} : await connectOptions(tls);
  const options = {
    connections: CONNECTIONS_PER_HOST,
    connect: { timeout, ...connect },
    maxHeaderSize: 64 * 1024,
  };
  if (proxies.length === 0) {
    const { default: Agent } = await import("undici/lib/dispatcher/agent.js");
    return new Agent(options);
  }
  const uri = (scheme: string) => proxies.find((proxy) => proxy.scheme === scheme)?.uri ?? "";
  const noProxy = process.env.no_proxy || process.env.NO_PROXY || "";
  const { EnvHttpProxyAgent } = await import("undici");
  return new EnvHttpProxyAgent({
    ...{ ...options, httpProxy: uri("http"), httpsProxy: uri("https"), noProxy },
    ...(tls === undefined ? {} : { requestTls: connect }),
  });
}

async function connectOptions(tls: TlsSettings): Promise<object> {
  const { getCACertificates } = await import("node:tls");
  const { verify, authorities = [], system = false, certificate, key } = tls;
  const own = [...authorities, ...(system ? getCACertificates("system") : [])];
  return {
    rejectUnauthorized: verify,
    ...(own.length === 0 ? {} : { ca: [...getCACertificates("default"), ...own] }),
    ...(certificate === undefined ? {} : { cert: certificate }),
    ...(key === undefined ? {} : { key }),
  };
}

/** A proxy that the environment asks for. */
interface ProxySetting {
  readonly scheme: "http" | "https";
  readonly variable: string;
  readonly uri: string;
}

/** http_proxy and https_proxy in both cases; an empty one counts as not set, and `host:port` means `http://host:port`. */
function proxySettings(): readonly ProxySetting[] {
  const settings: ProxySetting[] = [];
  for (const scheme of ["http", "https"] as const) {
    const variable = [`${scheme}_proxy`, `${scheme.toUpperCase()}_PROXY`].find((name) => process.env[name]);
    if (variable === undefined) continue;
    const value = process.env[variable] ?? "";
    const uri = value.includes("://") ? value : `http://${value}`;
    const protocol = URL.parse(uri)?.protocol;
    if (protocol !== "http:" && protocol !== "https:") {
      throw new DistillError("NETWORK", `the environment variable ${variable} is not the address of an HTTP proxy`, {
        hint: `expected ${variable}=http://host:port`,
      });
    }
    settings.push({ scheme, variable, uri });
  }
  return settings;
}

/** What to tell about proxies beside a network failure: those in force, or the variables that would set one. */
export function proxyHint(): string {
  const set = proxySettings().map(({ variable, uri }) => `${variable}=${shownUrl(uri).replace(/\/$/, "")}`);
  if (set.length > 0) return `the proxy in force is ${set.join(", ")}`;
  return "check the connection; behind a proxy, set http_proxy and https_proxy";
}
