import type { Digest } from "../lib/digest.ts";
import { DistillError, isDistillError } from "../lib/errors.ts";
import { openBlob } from "./blobs.ts";
import { databasePath, type StoreContext } from "./context.ts";
import { usersOf } from "./reachable.ts";

/** Something that is not as it was written. */
export interface StoreProblem {
  readonly digest: Digest;
  /** A sentence that names the blob. */
  readonly problem: string;
  readonly hint: string | undefined;
  /** References of the images that need the blob. */
  readonly usedBy: readonly string[];
}

/**
 * Reads every blob again and compares it with its digest, and looks for blobs that an image needs and that are not
 * recorded. Leftovers of killed processes are no problem (prune removes them). Throws STORE_CORRUPT where the database
 * itself is damaged.
 */
export async function verifyStore(context: StoreContext): Promise<readonly StoreProblem[]> {
  checkDatabase(context);
  const problems: StoreProblem[] = [];
  for (const { digest } of context.database.all<{ digest: Digest }>("SELECT digest FROM blobs ORDER BY digest")) {
    const failure = await failureOf(context, digest);
    if (failure === undefined || !isRecorded(context, digest)) continue;
    problems.push({ digest, problem: failure.message, hint: failure.hint, usedBy: usersOf(context, digest) });
  }
  for (const digest of unrecorded(context)) {
    const usedBy = usersOf(context, digest);
    problems.push({
      digest,
      problem: `blob ${digest} is not in the store`,
      hint: "build the image again",
      usedBy,
    });
  }
  return problems;
}

async function failureOf(context: StoreContext, digest: Digest): Promise<DistillError | undefined> {
  try {
    for await (const _ of openBlob(context, digest));
    return undefined;
  } catch (error) {
    if (isDistillError(error, "STORE_CORRUPT")) return error;
    throw error;
  }
}

/** False where a prune removed the blob while it was being read. */
function isRecorded({ database }: StoreContext, digest: Digest): boolean {
  return database.get("SELECT 1 FROM blobs WHERE digest = ?", digest) !== undefined;
}

function unrecorded({ database }: StoreContext): readonly Digest[] {
  const rows = database.all<{ child: Digest }>(
    "SELECT DISTINCT child FROM refs WHERE required = 1 AND child NOT IN (SELECT digest FROM blobs) ORDER BY child",
  );
  return rows.map(({ child }) => child);
}

function checkDatabase({ root, database }: StoreContext): void {
  const found = database.get<{ integrity_check: string }>("PRAGMA integrity_check(1)")?.integrity_check;
  if (found === "ok") return;
  throw new DistillError("STORE_CORRUPT", `${databasePath(root)} is damaged: ${found ?? "no answer"}`, {
    hint: "move the store's directory away; images can be built or pulled again",
  });
}
