import { parseReference, type Reference, repositoryName } from "../../image/reference.ts";
import { DistillError, isDistillError } from "../../lib/errors.ts";
import type { TlsSettings } from "../../lib/http/agent.ts";
import type { Remote } from "../remote.ts";
import { findRule, type MirrorRule, type RegistryRule } from "./rules.ts";
import type { RegistrySettings } from "./settings.ts";

/** Docker Hub's registry; its name in references is that of a web site. */
const HUB = { domain: "docker.io", host: "registry-1.docker.io" };

/**
 * Where a reference is read from, the mirrors first, and where it is written to: mirrors and locations are for reading
 * only. Each throws CONFIG_INVALID where settings forbid the registry or make no sense, and for certificates that are broken.
 */
export interface Located {
  readonly pull: readonly Remote[];
  readonly push: Remote;
}

/** Somewhere that a repository may be. */
type Repository = Pick<Reference, "domain" | "path">;

/** Finds the repositories that a reference stands for (containers-registries.conf(5)). */
export function locate(reference: Reference, settings: RegistrySettings): Located {
  return {
    get pull() {
      return locatePull(reference, settings);
    },
    get push() {
      const { rule } = findRule(repositoryName(reference), settings.rules) ?? {};
      if (rule?.blocked) throw blocked(reference, rule);
      return remoteOf(reference, { insecure: rule?.insecure ?? false, mirror: false }, settings);
    },
  };
}

function locatePull(reference: Reference, settings: RegistrySettings): readonly Remote[] {
  const found = findRule(repositoryName(reference), settings.rules);
  if (found === undefined) return [remoteOf(reference, { insecure: false, mirror: false }, settings)];
  const { rule, rest } = found;
  const mirrors = rule.mirrors.filter(({ use }) => serves(use, reference));
  const places = [
    ...mirrors.map(({ location, insecure }) => ({ location, insecure, mirror: true })),
    ...(rule.blocked ? [] : [{ location: rule.location, insecure: rule.insecure, mirror: false }]),
  ].map((place) => ({ ...place, repository: rewritten(reference, place.location, rest, rule) }));
  // Where a mirror or a location leads may be forbidden by another rule.
  const barriers = places.map(({ repository }) => blocking(repository, settings));
  const allowed = places.filter((_, index) => barriers[index] === undefined);
  if (allowed.length === 0) throw blocked(reference, barriers.at(-1) ?? rule);
  return allowed.map(({ repository, ...place }) => remoteOf(repository, place, settings));
}

function serves(use: MirrorRule["use"], { digest }: Reference): boolean {
  return use === "all" || use === (digest === undefined ? "tag-only" : "digest-only");
}

function blocking({ domain, path }: Repository, { rules }: RegistrySettings): RegistryRule | undefined {
  const rule = findRule(`${domain}/${path}`, rules)?.rule;
  return rule?.blocked === true ? rule : undefined;
}

/** The repository with a location in place of the prefix. Nothing is read into it: `docker.io/python` is none. */
function rewritten(reference: Reference, location: string, rest: string, { where }: RegistryRule): Repository {
  if (location === "") return reference;
  const name = `${location}${rest}`;
  const parsed = parsedOrUndefined(name);
  if (parsed !== undefined && repositoryName(parsed) === name) return parsed;
  const from = repositoryName(reference);
  throw new DistillError(
    "CONFIG_INVALID",
    `${where}: ${from} becomes ${JSON.stringify(name)}, which is no repository`,
    {
      hint: "a location is HOST[:PORT][/PATH]; on Docker Hub it begins with docker.io/library/ or docker.io/NAME/",
    },
  );
}

function parsedOrUndefined(name: string): Reference | undefined {
  try {
    return parseReference(name);
  } catch (error) {
    if (isDistillError(error, "USAGE")) return undefined;
    throw error;
  }
}

function remoteOf(
  { domain, path }: Repository,
  { insecure, mirror }: Pick<Remote, "mirror"> & { readonly insecure: boolean },
  { tlsVerify, certificates }: RegistrySettings,
): Remote {
  const verify = tlsVerify ?? !insecure;
  return {
    ...{ registry: domain, host: domain === HUB.domain ? HUB.host : domain, path, credentialKey: `${domain}/${path}` },
    tls: tlsOf(verify, certificates(domain)),
    mayBePlain: !verify || isLoopback(domain),
    mirror,
  };
}

function tlsOf(verify: boolean, own: Omit<TlsSettings, "verify"> | undefined): TlsSettings | undefined {
  return verify && own === undefined ? undefined : { verify, ...own };
}

function blocked(reference: Reference, { where, prefix }: RegistryRule): DistillError {
  return new DistillError("CONFIG_INVALID", `${repositoryName(reference)} is blocked: ${where} blocks ${prefix}`, {
    hint: "images of it may be neither pulled nor pushed here; ask who set up this machine, or take it from elsewhere",
  });
}

/** Hosts that are this machine itself. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/:\d+$/, "");
  return name === "localhost" || name === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(name);
}
