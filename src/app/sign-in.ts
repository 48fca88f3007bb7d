import { parseReference } from "../image/reference.ts";
import { DistillError, isDistillError } from "../lib/errors.ts";
import { Authorizer } from "../registry/auth/authorizer.ts";
import type { Credential } from "../registry/auth/credential.ts";
import { refusedBy } from "../registry/auth/token.ts";
import { RegistryClient } from "../registry/client.ts";
import { answerFailure } from "../registry/failures.ts";
import type { Remote } from "../registry/remote.ts";
import { locate } from "../registry/settings/locate.ts";
import { loadRegistrySettings } from "../registry/settings/settings.ts";

/** What a registry made of a login. `unasked`: it lets everybody in, and did not look at it. */
export type Verdict = "accepted" | "unasked";

export interface SignInOptions {
  /** False: certificates are not checked, and plain http is tried where https does not answer. */
  readonly tlsVerify: boolean;
  readonly signal: AbortSignal | undefined;
}

/**
 * Shows a credential to a registry (`GET /v2/`, and its token server). UNAUTHORIZED where it is refused, NETWORK where
 * nobody answers, REGISTRY where what answers is no registry.
 */
export async function verifyLogin(registry: string, credential: Credential, options: SignInOptions): Promise<Verdict> {
  const remote = await remoteOf(registry, options);
  let asked = false;
  const authorization = new Authorizer({
    ...{ registry, tls: remote.tls, signal: options.signal },
    credentials: async () => {
      asked = true;
      return credential;
    },
  });
  const response = await new RegistryClient(remote, { authorization, signal: options.signal }).ping();
  if (response.status === 200) {
    await response.discard();
    return asked ? "accepted" : "unasked";
  }
  if (response.status === 401 || response.status === 403) {
    await response.discard();
    throw refusedBy(registry, remote.host, credential);
  }
  const failure = await answerFailure(remote, response, "sign in to");
  if (response.status !== 404) throw failure;
  throw new DistillError("REGISTRY", `${registry} is no registry: ${remote.host} has nothing at /v2/`, {
    hint: "check the name; a registry is given as HOST or HOST:PORT",
    cause: failure,
  });
}

/** `ghcr.io` of what a user gives: a host, with or without https:// before it. USAGE for anything else. */
export function parseRegistry(text: string): string {
  const bare = text.replace(/^https?:\/\//, "").replace(/(?:\/v[12])?\/*$/, "");
  if (bare.includes("@")) {
    // Not shown: a password may stand before the @.
    throw new DistillError("USAGE", "what is given is not a registry: it holds a user name", {
      hint: "name the host only, and the user with -u",
    });
  }
  const usage = (problem: string, hint: string): DistillError =>
    new DistillError("USAGE", `${JSON.stringify(text.slice(0, 120))} is not a registry: ${problem}`, { hint });
  if (bare.includes("/")) {
    throw usage("a login is for a whole registry", `name the host only: distill login ${bare.split("/")[0]}`);
  }
  try {
    const { domain } = parseReference(`${bare}/name`);
    if (domain.toLowerCase() === bare.toLowerCase() || bare === "index.docker.io") return domain.toLowerCase();
  } catch (error) {
    if (!isDistillError(error, "USAGE")) throw error;
  }
  throw usage("it is no host name", "expected HOST or HOST:PORT, such as ghcr.io, localhost:5000 or docker.io");
}

/** As any repository of this registry is reached for writing: a mirror has logins of its own. */
async function remoteOf(registry: string, { tlsVerify }: SignInOptions): Promise<Remote> {
  const settings = await loadRegistrySettings({ tlsVerify });
  return { ...locate(parseReference(`${registry}/any`), settings).push, registry };
}
