import { readFileSync, statSync } from "node:fs";
import { DistillError, fromSystemError, systemErrorCode } from "../../lib/errors.ts";
import { JsonSyntaxError, parseJsonText } from "../../lib/json-text.ts";
import type { Credential } from "./credential.ts";
import { TOKEN_USER } from "./credential.ts";

/** The part of docker's config.json, and of containers' auth.json, that is about registries. */
export interface AuthFile {
  readonly path: string;
  /** Credentials in the file itself, by key as it is written there. */
  readonly auths: ReadonlyMap<string, Credential>;
  /** Names of helper programs by registry. */
  readonly credHelpers: ReadonlyMap<string, string>;
  /** The helper program for all other registries. */
  readonly credsStore: string | undefined;
}

const MAX_FILE = 4 << 20;

/**
 * Reads such a file; undefined where there is none. CONFIG_INVALID, with the place in it, where it is not one: what
 * stands in it is never part of the message. An entry that says nothing (docker leaves `{}` where a helper has the
 * secret) counts as absent.
 */
export function readAuthFile(path: string): AuthFile | undefined {
  const text = readAuthText(path);
  if (text === undefined) return undefined;
  const document = parseAuthText(text, path);
  const auths = new Map<string, Credential>();
  for (const [key, entry] of entriesOf(document.auths, path, "auths")) {
    const credential = credentialOf(entry, path, key);
    if (credential !== undefined) auths.set(key, credential);
  }
  const helpers = entriesOf(document.credHelpers, path, "credHelpers").filter(([, name]) => name !== "");
  const credHelpers = new Map(helpers.map(([key, name]) => [key, textOf(name, path, "credHelpers", key) ?? ""]));
  return { path, auths, credHelpers, credsStore: textOf(document.credsStore, path, "credsStore") || undefined };
}

/** The text of such a file, undefined where there is none or it is empty. IO, or CONFIG_INVALID where it is too large. */
export function readAuthText(path: string): string | undefined {
  try {
    const stats = statSync(path);
    if (!stats.isFile()) throw invalid(path, "is not a plain file");
    if (stats.size > MAX_FILE) throw invalid(path, `has more than the ${MAX_FILE} bytes that are read`);
    const text = readFileSync(path, "utf8").replace(/^\uFEFF/, "");
    return text.trim() === "" ? undefined : text;
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(systemErrorCode(error) ?? "")) return undefined;
    throw fromSystemError(error, "reading", path);
  }
}

/** The object that the file holds. */
export function parseAuthText(text: string, path: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // That error quotes what it stumbled over, and --trace shows causes.
    throw invalid(path, `is not JSON${placeOf(text)}`);
  }
  if (!isObject(value)) throw invalid(path, "is not a JSON object");
  return value;
}

function placeOf(text: string): string {
  try {
    parseJsonText(text);
    return "";
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) return "";
    const before = text.slice(0, error.offset).split("\n");
    return `: line ${before.length}, column ${(before.at(-1) ?? "").length + 1}: ${error.message}`;
  }
}

function credentialOf(entry: unknown, path: string, key: string): Credential | undefined {
  if (entry === null) return undefined;
  if (!isObject(entry)) throw invalid(path, `has an entry in auths that is not an object: ${JSON.stringify(key)}`);
  const field = (name: string): string => textOf(entry[name], path, "auths", key, name) ?? "";
  const registryToken = field("registrytoken");
  if (registryToken !== "") {
    // It would not fit into a header, or begin another one.
    if (!/^[\x21-\x7e]+$/.test(registryToken))
      throw invalid(path, `has a broken registrytoken for ${JSON.stringify(key)}`);
    return { kind: "registry-token", token: registryToken };
  }
  const pair = pairOf(field("auth"), path, key) ?? { username: field("username"), password: field("password") };
  const identity = field("identitytoken");
  if (identity !== "") return identityOf(pair.username, identity);
  if (pair.username === TOKEN_USER && pair.password !== "") return identityOf("", pair.password);
  return pair.username === "" && pair.password === "" ? undefined : { kind: "password", ...pair };
}

function identityOf(username: string, token: string): Credential {
  return { kind: "identity", username: username === "" || username === TOKEN_USER ? undefined : username, token };
}

/** `USER:PASSWORD` in base64; some writers end the password with zero bytes. */
function pairOf(auth: string, path: string, key: string): { username: string; password: string } | undefined {
  if (auth === "") return undefined;
  const text = /^[A-Za-z0-9+/_=\s-]*$/.test(auth) ? Buffer.from(auth, "base64").toString("utf8") : "";
  const colon = text.indexOf(":");
  if (colon < 0) throw invalid(path, `has an "auth" for ${JSON.stringify(key)} that is not user:password in base64`);
  return { username: text.slice(0, colon), password: text.slice(colon + 1).replace(/\0+$/, "") };
}

function entriesOf(value: unknown, path: string, name: string): readonly (readonly [string, unknown])[] {
  if (value === undefined || value === null) return [];
  if (!isObject(value)) throw invalid(path, `has a "${name}" that is not an object`);
  return Object.entries(value);
}

function textOf(value: unknown, path: string, ...place: readonly string[]): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string") return value;
  throw invalid(path, `has no text at ${place.map((each) => JSON.stringify(each)).join(", ")}`);
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function invalid(path: string, problem: string): DistillError {
  return new DistillError("CONFIG_INVALID", `${path} ${problem}`, {
    hint: "it holds the logins of docker, podman or distill: repair it, or move it away and sign in again",
  });
}
