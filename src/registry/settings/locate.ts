import type { Reference } from "../../image/reference.ts";
import type { Remote } from "../remote.ts";
import type { RegistrySettings } from "./settings.ts";

/** Docker Hub's registry; its name in references is that of a web site. */
const HUB = { domain: "docker.io", host: "registry-1.docker.io" };

/** Where a reference is read from, the likeliest first, and where it is written to. */
export interface Located {
  readonly pull: readonly Remote[];
  readonly push: Remote;
}

/** Finds the repositories that a reference stands for. */
export function locate(reference: Reference, { tlsVerify }: RegistrySettings): Located {
  const { domain, path } = reference;
  const remote: Remote = {
    ...{ registry: domain, host: domain === HUB.domain ? HUB.host : domain, path, credentialKey: `${domain}/${path}` },
    tls: tlsVerify ? undefined : { verify: false },
    mayBePlain: !tlsVerify || isLoopback(domain),
    mirror: false,
  };
  return { pull: [remote], push: remote };
}

/** Hosts that are this machine itself. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/:\d+$/, "");
  return name === "localhost" || name === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(name);
}
