import { realpathSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { makeDirectories } from "../../lib/directories.ts";
import { fromSystemError, systemErrorCode } from "../../lib/errors.ts";
import { writeAtomically, writeFully } from "../../lib/files.ts";
import { isObject, parseAuthText, readAuthFile, readAuthText } from "./config-file.ts";
import { helperFor } from "./credentials.ts";
import { eraseWithHelper, type HelperOptions, storeWithHelper } from "./helper.ts";
import { helperKey, normalKey, registryName } from "./keys.ts";

/** Where a login lies: in a file, unencrypted, or with a helper program. */
export type LoginPlace =
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "helper"; readonly name: string };

type Document = Record<string, unknown>;

/**
 * Keeps a login where docker would look for it: with the helper program that docker's file names for this registry, else
 * in that file, which only its owner may read. All else in the file stays. ENVIRONMENT where the helper fails,
 * CONFIG_INVALID where the file cannot be understood, IO and DISK_FULL where it cannot be written.
 */
export async function saveLogin(
  path: string,
  registry: string,
  login: { readonly username: string; readonly password: string },
  options: HelperOptions,
): Promise<LoginPlace> {
  const file = readAuthFile(path);
  const helper = file && helperFor(file, registry);
  if (helper !== undefined) {
    const { username, password } = login;
    await storeWithHelper(helper.name, helper.key, { username, secret: password }, options);
  }
  const auth = Buffer.from(`${login.username}:${login.password}`, "utf8").toString("base64");
  await change(path, (document) => {
    // As docker leaves it: an empty entry says that a helper has the secret.
    const entry = helper === undefined ? { auth } : {};
    const key = helperKey(registry);
    // Another spelling of this registry would still say what was before.
    const others = Object.entries(isObject(document.auths) ? document.auths : {}).filter(
      ([each]) => each === key || normalKey(each) !== normalKey(key),
    );
    return { ...document, auths: { ...Object.fromEntries(others), [key]: entry } };
  });
  return helper === undefined ? { kind: "file", path } : { kind: "helper", name: helper.name };
}

/** Takes the login of a registry out of docker's file and its helper program; the places that had one. Throws as saveLogin. */
export async function removeLogin(
  path: string,
  registry: string,
  options: HelperOptions,
): Promise<readonly LoginPlace[]> {
  const file = readAuthFile(path);
  if (file === undefined) return [];
  const removed: LoginPlace[] = [];
  const helper = helperFor(file, registry);
  if (helper !== undefined && (await eraseWithHelper(helper.name, helper.key, options))) {
    removed.push({ kind: "helper", name: helper.name });
  }
  const name = registryName(registry);
  const isMeant = (key: string): boolean => normalKey(key) === name;
  if ([...file.auths.keys()].some(isMeant)) removed.push({ kind: "file", path });
  await change(path, (document) => {
    if (!isObject(document.auths) || !Object.keys(document.auths).some(isMeant)) return document;
    const left = Object.entries(document.auths).filter(([key]) => !isMeant(key));
    return { ...document, auths: Object.fromEntries(left) };
  });
  return removed;
}

/** The registries that docker's file has a login for, or a helper of their own. */
export function savedRegistries(path: string): readonly string[] {
  const text = readAuthText(path);
  if (text === undefined) return [];
  const { auths, credHelpers } = parseAuthText(text, path);
  const keys = [auths, credHelpers].flatMap((each) => (isObject(each) ? Object.keys(each) : []));
  return [...new Set(keys.map(normalKey).filter((key) => !key.includes("/")))].sort();
}

/** Writes the changed file, with the indentation that it had and tabs by default as docker's, where there is a change. */
async function change(path: string, edit: (document: Document) => Document): Promise<void> {
  const text = readAuthText(path);
  const before = text === undefined ? {} : { ...parseAuthText(text, path) };
  const after = edit(before);
  if (after === before) return;
  const indent = text === undefined ? "\t" : (/^[{]\r?\n([ \t]+)"/.exec(text.trimStart())?.[1] ?? "\t");
  const end = text?.endsWith("\n") ? "\n" : "";
  await writePrivate(path, `${JSON.stringify(after, null, indent)}${end}`);
}

/** Through a symbolic link, for those who keep their settings elsewhere; with the owner that the file had. */
async function writePrivate(path: string, text: string): Promise<void> {
  try {
    makeDirectories(dirname(path), 0o700);
    const target = realPathOf(path);
    const owner = statSync(target, { throwIfNoEntry: false }) ?? statSync(dirname(target));
    await writeAtomically(target, dirname(target), async (handle) => {
      await handle.chmod(0o600);
      // For root who signs in with the home directory of somebody else (sudo).
      if (process.getuid?.() === 0) await handle.chown(owner.uid, owner.gid);
      await writeFully(handle, Buffer.from(text, "utf8"));
    });
  } catch (error) {
    throw fromSystemError(error, "writing", path);
  }
}

function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if (systemErrorCode(error) !== "ENOENT") throw error;
    return join(realpathSync(dirname(path)), basename(path));
  }
}
