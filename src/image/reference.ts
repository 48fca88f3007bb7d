import { type Digest, isDigest } from "../lib/digest.ts";
import { DistillError } from "../lib/errors.ts";

declare const brand: unique symbol;

/**
 * A parsed image name `[DOMAIN/]PATH[:TAG][@DIGEST]`, in the grammar of distribution/reference as docker applies it:
 * no domain means docker.io, one path component on docker.io means library/. Made by `parseReference` only.
 */
export interface Reference {
  /** Host and optional port, `docker.io` by default. */
  readonly domain: string;
  /** Repository below the domain: `library/python`. */
  readonly path: string;
  readonly tag: string | undefined;
  readonly digest: Digest | undefined;
  readonly [brand]: "Reference";
}

const DEFAULT_DOMAIN = "docker.io";
const DEFAULT_TAG = "latest";
const OFFICIAL = "library/";
const MAX_NAME = 255;
const LABEL = "(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])";
const DOMAIN = new RegExp(`^(?:${LABEL}(?:\\.${LABEL})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?$`);
const PATH_COMPONENT = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$/;
const TAG = /^\w[\w.-]{0,127}$/;

/** Parses an image name; throws USAGE with what is wrong about it and, where one can be guessed, the right spelling. */
export function parseReference(text: string): Reference {
  if (text.length > 1024) throw invalid(text, "it is too long");
  const { name, tag, digest } = splitName(text);
  const { domain, path } = splitDomain(name);
  if (name === "" || path === "") throw invalid(text, "the name is empty");
  if (/[A-Z]/.test(path)) {
    const lower = name === path ? path.toLowerCase() : `${name.slice(0, -path.length)}${path.toLowerCase()}`;
    const possible = lower.split("/").every((part) => PATH_COMPONENT.test(part) || DOMAIN.test(part));
    const meant = possible ? `did you mean ${lower}${text.slice(name.length)}?` : undefined;
    throw invalid(text, "a repository name must be lower-case", meant);
  }
  if (digest !== undefined && !isDigest(digest)) {
    throw invalid(text, "its digest is not sha256: and 64 lower-case hexadecimal digits");
  }
  if (tag !== undefined && !TAG.test(tag)) {
    throw invalid(text, `${JSON.stringify(tag)} is no tag`, "a tag has up to 128 letters, digits, '_', '.' and '-'");
  }
  if (!DOMAIN.test(domain)) throw invalid(text, `${JSON.stringify(domain)} is no host name`);
  const component = path.split("/").find((part) => !PATH_COMPONENT.test(part));
  if (component !== undefined) {
    const rule = "each part has lower-case letters and digits, with single '.', '_', '__' or dashes between them";
    throw invalid(text, `${JSON.stringify(component)} is no repository name`, rule);
  }
  if (domain.length + 1 + path.length > MAX_NAME) throw invalid(text, `the name is longer than ${MAX_NAME}`);
  if (/^[a-f0-9]{64}$/.test(text)) {
    throw invalid(text, "64 hexadecimal digits are an image ID, not a name", `did you mean sha256:${text}?`);
  }
  return { domain, path, tag, digest } as Reference;
}

/** The same name with tag `latest` where neither tag nor digest is given. */
export function withDefaultTag(reference: Reference): Reference {
  if (reference.tag !== undefined || reference.digest !== undefined) return reference;
  return { ...reference, tag: DEFAULT_TAG };
}

/** The same repository at this digest, without a tag. */
export function atDigest(reference: Reference, digest: Digest): Reference {
  return { ...reference, tag: undefined, digest };
}

/** `docker.io/library/python`: domain and path. */
export function repositoryName(reference: Reference): string {
  return `${reference.domain}/${reference.path}`;
}

/**
 * As people write the repository: `python`, `me/app`, `localhost:5000/app`. One on docker.io keeps its domain where its
 * own first part would be read as a domain.
 */
export function familiarName(reference: Reference): string {
  if (reference.domain !== DEFAULT_DOMAIN) return repositoryName(reference);
  const short = reference.path.startsWith(OFFICIAL) ? reference.path.slice(OFFICIAL.length) : reference.path;
  if (!short.includes("/")) return short;
  return looksLikeDomain(reference.path) ? repositoryName(reference) : reference.path;
}

/** Familiar name with tag and digest, `latest` spelled out: `python:latest`. */
export function formatFamiliar(reference: Reference): string {
  return `${familiarName(reference)}${suffix(reference)}`;
}

/** The one spelling that identifies a reference: `docker.io/library/python:latest`. */
export function formatCanonical(reference: Reference): string {
  return `${repositoryName(reference)}${suffix(reference)}`;
}

function suffix(reference: Reference): string {
  const { tag, digest } = withDefaultTag(reference);
  return `${tag === undefined ? "" : `:${tag}`}${digest === undefined ? "" : `@${digest}`}`;
}

function splitName(text: string): { name: string; tag: string | undefined; digest: string | undefined } {
  const at = text.indexOf("@");
  const digest = at < 0 ? undefined : text.slice(at + 1);
  const tagged = at < 0 ? text : text.slice(0, at);
  const colon = tagged.lastIndexOf(":");
  // A colon before the last slash belongs to a port: localhost:5000/app.
  if (colon < 0 || colon < tagged.lastIndexOf("/")) return { name: tagged, tag: undefined, digest };
  return { name: tagged.slice(0, colon), tag: tagged.slice(colon + 1), digest };
}

/** docker's rule for what stands before the first slash. */
function looksLikeDomain(name: string): boolean {
  const slash = name.indexOf("/");
  const first = name.slice(0, Math.max(slash, 0));
  return slash >= 0 && (/[.:]/.test(first) || first === "localhost");
}

function splitDomain(name: string): { domain: string; path: string } {
  const slash = name.indexOf("/");
  const first = name.slice(0, Math.max(slash, 0));
  const isDomain = looksLikeDomain(name);
  const domain = !isDomain || first === "index.docker.io" ? DEFAULT_DOMAIN : first;
  const path = isDomain ? name.slice(slash + 1) : name;
  const official = domain === DEFAULT_DOMAIN && path !== "" && !path.includes("/");
  return { domain, path: official && !/[A-Z]/.test(path) ? `${OFFICIAL}${path}` : path };
}

function invalid(text: string, reason: string, hint?: string): DistillError {
  const shown = text.length > 120 ? `${text.slice(0, 120)}...` : text;
  const message = `${JSON.stringify(shown)} is not an image name: ${reason}`;
  return new DistillError("USAGE", message, { hint: hint ?? "expected NAME[:TAG][@DIGEST], such as python:3.13" });
}
