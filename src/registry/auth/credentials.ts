import { isDistillError } from "../../lib/errors.ts";
import { type AuthFile, readAuthFile } from "./config-file.ts";
import type { Credential } from "./credential.ts";
import { getFromHelper } from "./helper.ts";
import { helperKey, lookupKeys, normalKey, registryName } from "./keys.ts";
import { authFilePaths, type Environment } from "./places.ts";

export interface LookupOptions {
  readonly warn: (text: string) => void;
  readonly signal: AbortSignal | undefined;
  readonly environment?: Environment;
  /** For helper programs; milliseconds. */
  readonly timeout?: number;
}

/**
 * The credential for a repository or a registry (`docker.io/me/app`, `localhost:5000`), or undefined: from the first of
 * docker's and containers' files that has one. In a file the more exact key wins; a helper for the registry (credHelpers)
 * comes before the one for all (credsStore), and that before what stands in the file. A helper that fails is warned
 * about and knows nothing, and so is a file that may not be read; one that is damaged is CONFIG_INVALID.
 */
export async function findCredential(credentialKey: string, options: LookupOptions): Promise<Credential | undefined> {
  for (const path of authFilePaths(options.environment)) {
    const file = readIfAllowed(path, options.warn);
    const found = file && (await findInFile(file, credentialKey, options));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** One of another user's (sudo keeps HOME) knows nothing for this one. */
function readIfAllowed(path: string, warn: LookupOptions["warn"]): AuthFile | undefined {
  try {
    return readAuthFile(path);
  } catch (error) {
    if (!isDistillError(error, "IO")) throw error;
    warn(`${error.message}: its logins are not used`);
    return undefined;
  }
}

async function findInFile(
  file: AuthFile,
  credentialKey: string,
  options: LookupOptions,
): Promise<Credential | undefined> {
  const keys = lookupKeys(credentialKey);
  const registry = keys.at(-1) ?? "";
  const exact = keys.slice(0, -1);
  const direct = find(file.auths, exact);
  if (direct !== undefined) return direct;
  const helper = helperFor(file, registry);
  const helped = helper && (await ask(helper.name, helper.key, options));
  return helped ?? find(file.auths, [registry]);
}

/** The helper program that has a registry's secrets, and what it files them under. */
export function helperFor(
  file: AuthFile,
  registry: string,
): { readonly name: string; readonly key: string } | undefined {
  const own = find(file.credHelpers, [registryName(registry)]);
  const name = own ?? file.credsStore;
  return name === undefined ? undefined : { name, key: helperKey(registry) };
}

function find<T>(entries: ReadonlyMap<string, T>, keys: readonly string[]): T | undefined {
  for (const key of keys) {
    // As it is written, before what means the same.
    const found = entries.get(key) ?? [...entries].find(([each]) => normalKey(each) === key)?.[1];
    if (found !== undefined) return found;
  }
  return undefined;
}

async function ask(name: string, key: string, options: LookupOptions): Promise<Credential | undefined> {
  const { warn, signal, environment, timeout } = options;
  try {
    return await getFromHelper(name, key, {
      signal,
      ...(environment === undefined ? {} : { environment }),
      ...(timeout === undefined ? {} : { timeout }),
    });
  } catch (error) {
    if (!isDistillError(error, "ENVIRONMENT", "CONFIG_INVALID")) throw error;
    warn(`${error.message}: going on without a login`);
    return undefined;
  }
}
