import { existsSync } from "node:fs";
import { exportedLines } from "../advisories/database/exported.ts";
import { type ImportedFeed, importFile } from "../advisories/database/imported.ts";
import { DAMAGED, isOurs } from "../advisories/database/source.ts";
import { AdvisoryDatabase } from "../advisories/database/writer.ts";
import { zstd } from "../formats/zstd/write.ts";
import { DistillError } from "../lib/errors.ts";
import { Database } from "../lib/sqlite.ts";

/** Level of zstd: the file is written once and carried around. */
const LEVEL = 9;

/** Bytes of lines that are handed on together. */
const PIECE = 1 << 20;

/** See exportAdvisories; NO_SUCH_PATH where there is no data. */
export async function* exportedBytes(path: string): AsyncGenerator<Uint8Array> {
  if (!existsSync(path)) throw nothing();
  const database = new Database(path, { damaged: DAMAGED, readOnly: true });
  try {
    if (!isOurs(database)) throw nothing();
    // One state, whatever is written meanwhile.
    database.execute("BEGIN");
    yield* zstd(linesOf(database), { level: LEVEL });
  } finally {
    database.close();
  }
}

/** See importAdvisories. */
export async function importedFrom(
  path: string,
  input: string,
  options: { readonly force: boolean; readonly signal?: AbortSignal; readonly warn?: (text: string) => void },
): Promise<readonly ImportedFeed[]> {
  const { force, signal } = options;
  using database = await AdvisoryDatabase.open(path, options);
  return await importFile(database, { path: input, what: input, name: input }, { force, signal, now: Date.now() });
}

async function* linesOf(database: Database): AsyncGenerator<Uint8Array> {
  let text = "";
  for (const line of exportedLines(database)) {
    text += `${JSON.stringify(line)}\n`;
    if (text.length < PIECE) continue;
    yield Buffer.from(text);
    text = "";
  }
  yield Buffer.from(text);
}

function nothing(): DistillError {
  return new DistillError("NO_SUCH_PATH", "there is no advisory data to export", {
    hint: "distill advisories update fetches it",
  });
}
