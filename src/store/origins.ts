import type { Digest } from "../lib/digest.ts";
import type { StoreContext } from "./context.ts";

/** Repositories of that registry where the blob was seen, the latest first. */
export function originsOf({ database }: StoreContext, digest: Digest, host: string): readonly string[] {
  const query = "SELECT repository FROM origins WHERE digest = ? AND host = ? ORDER BY seen_at DESC, repository";
  return database.all<{ repository: string }>(query, digest, host).map(({ repository }) => repository);
}

/** Notes that a repository has these blobs. */
export function rememberOrigins(
  { database }: StoreContext,
  digests: readonly Digest[],
  host: string,
  repository: string,
): void {
  const insert = "INSERT OR REPLACE INTO origins (digest, host, repository, seen_at) VALUES (?, ?, ?, ?)";
  const now = Date.now();
  database.transaction(() => {
    for (const digest of digests) database.run(insert, digest, host, repository, now);
  });
}
