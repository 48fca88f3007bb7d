import { randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, stat, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Digest, digestOf, hexOf } from "../../lib/digest.ts";
import type { Remote } from "../remote.ts";

/** Registries give an upload up after a day or so. */
const LIFETIME = 20 * 3600 * 1000;

/** Uploads that were begun and not ended, so that another process can go on with them. */
export interface UploadMemory {
  /** The address of an upload that nobody else goes on with; it is forgotten here. */
  take(remote: Remote, digest: Digest): Promise<URL | undefined>;
  remember(remote: Remote, digest: Digest, location: URL): Promise<void>;
  forget(remote: Remote, digest: Digest): Promise<void>;
}

/**
 * Keeps one small file for each upload below `directory`; readable by its owner only, since an upload's address is a
 * right to write. What cannot be kept is not missed: the blob is then sent from its beginning.
 */
export function uploadMemory(directory: string): UploadMemory {
  const pathOf = ({ host, path }: Remote, digest: Digest) =>
    join(directory, `${hexOf(digestOf(`${host}\n${path}\n${digest}`))}.json`);
  let swept: Promise<void> | undefined;
  const forget = (remote: Remote, digest: Digest) => unlink(pathOf(remote, digest)).catch(() => {});
  return {
    forget,
    async take(remote, digest) {
      const taken = `${pathOf(remote, digest)}.${randomUUID()}`;
      try {
        // Whoever renames it first has it.
        await rename(pathOf(remote, digest), taken);
        const text = await readFile(taken, "utf8").finally(() => unlink(taken));
        return freshLocation(JSON.parse(text));
      } catch {
        return undefined;
      }
    },
    async remember(remote, digest, location) {
      const path = pathOf(remote, digest);
      const temporary = `${path}.${randomUUID()}`;
      try {
        await mkdir(directory, { recursive: true, mode: 0o700 });
        await writeFile(temporary, JSON.stringify({ location: location.href, at: Date.now() }), { mode: 0o600 });
        await rename(temporary, path);
        swept ??= sweep(directory);
        await swept;
      } catch {
        await unlink(temporary).catch(() => {});
      }
    },
  };
}

/** For uploads that no other process goes on with. */
export const noUploadMemory: UploadMemory = {
  take: async () => undefined,
  remember: async () => {},
  forget: async () => {},
};

/** Removes what nobody has come back for, and what killed processes have left. */
async function sweep(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    const path = join(directory, name);
    const { mtimeMs } = await stat(path);
    if (Date.now() - mtimeMs > LIFETIME) await unlink(path);
  }
}

function freshLocation(saved: unknown): URL | undefined {
  if (typeof saved !== "object" || saved === null || !("location" in saved) || !("at" in saved)) return undefined;
  if (typeof saved.location !== "string" || typeof saved.at !== "number") return undefined;
  return Date.now() - saved.at < LIFETIME ? (URL.parse(saved.location) ?? undefined) : undefined;
}
