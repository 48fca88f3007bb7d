import { DistillError } from "../lib/errors.ts";
import type { Database } from "../lib/sqlite.ts";

/**
 * The tables. What may be deleted follows from `refs` alone (see reachable.ts): a manifest points at its config and
 * packed layers (`required`: the blob must be there) and at its diffIDs (whose blob may exist as a packed form only).
 */
const SCHEMA_1 = `
CREATE TABLE blobs (
  digest TEXT PRIMARY KEY,
  size INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE refs (
  parent TEXT NOT NULL,
  child TEXT NOT NULL,
  required INTEGER NOT NULL,
  PRIMARY KEY (parent, child)
) STRICT, WITHOUT ROWID;
CREATE INDEX refs_child ON refs (child);

CREATE TABLE manifests (
  digest TEXT PRIMARY KEY,
  config TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX manifests_config ON manifests (config);

CREATE TABLE images (
  reference TEXT PRIMARY KEY,
  manifest TEXT NOT NULL REFERENCES manifests (digest),
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE layers (
  diff_id TEXT PRIMARY KEY,
  size INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE forms (
  diff_id TEXT NOT NULL,
  algorithm TEXT NOT NULL,
  media_type TEXT NOT NULL,
  digest TEXT NOT NULL,
  size INTEGER NOT NULL,
  PRIMARY KEY (diff_id, algorithm)
) STRICT, WITHOUT ROWID;
CREATE INDEX forms_digest ON forms (digest);

CREATE TABLE leases (
  id TEXT PRIMARY KEY,
  purpose TEXT NOT NULL,
  pid INTEGER NOT NULL,
  process TEXT NOT NULL,
  namespace TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE lease_blobs (
  lease TEXT NOT NULL REFERENCES leases (id) ON DELETE CASCADE,
  digest TEXT NOT NULL,
  PRIMARY KEY (lease, digest)
) STRICT, WITHOUT ROWID;

CREATE TABLE steps (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE step_blobs (
  step TEXT NOT NULL REFERENCES steps (key) ON DELETE CASCADE,
  digest TEXT NOT NULL,
  PRIMARY KEY (step, digest)
) STRICT, WITHOUT ROWID;
`;

/** An index is a manifest whose `refs` are manifests; its `config` is empty. `kind`: see manifests.ts. */
const SCHEMA_2 = `
ALTER TABLE manifests ADD COLUMN kind TEXT NOT NULL DEFAULT 'image';
`;

/** Repositories where a blob was seen, so that a push to another one of the same registry can take it from there. */
const SCHEMA_3 = `
CREATE TABLE origins (
  digest TEXT NOT NULL,
  host TEXT NOT NULL,
  repository TEXT NOT NULL,
  seen_at INTEGER NOT NULL,
  PRIMARY KEY (digest, host, repository)
) STRICT, WITHOUT ROWID;
`;

/**
 * `packing`: how the layers of a fresh image are to be packed (fresh.ts); null for every other manifest. `used_at`, in
 * milliseconds since the epoch, says which cached steps and untagged images were not needed for the longest time; `notes`
 * holds numbers that outlive a process.
 */
const SCHEMA_4 = `
ALTER TABLE manifests ADD COLUMN packing TEXT;
ALTER TABLE manifests ADD COLUMN used_at INTEGER NOT NULL DEFAULT 0;
UPDATE manifests SET used_at = unixepoch() * 1000;
ALTER TABLE steps ADD COLUMN used_at INTEGER NOT NULL DEFAULT 0;
UPDATE steps SET used_at = unixepoch() * 1000;

CREATE TABLE notes (
  name TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`;

/**
 * Unpacked trees for RUN (snapshots.ts), each in a directory of its number. `key` is null while one is being made, or where
 * nobody is to find it; `boot` is the boot of the machine in which it was made.
 */
const SCHEMA_5 = `
CREATE TABLE snapshots (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  key TEXT UNIQUE,
  boot TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  used_at INTEGER NOT NULL
) STRICT;

CREATE TABLE lease_snapshots (
  lease TEXT NOT NULL REFERENCES leases (id) ON DELETE CASCADE,
  snapshot INTEGER NOT NULL,
  PRIMARY KEY (lease, snapshot)
) STRICT, WITHOUT ROWID;
`;

/** Entry i leads from schema i to schema i + 1. Entries are only ever added. */
const MIGRATIONS: readonly string[] = [SCHEMA_1, SCHEMA_2, SCHEMA_3, SCHEMA_4, SCHEMA_5];

/** Brings the database to this version's schema; one that a newer distill wrote is refused with UNSUPPORTED. */
export function migrate(database: Database, path: string): void {
  if (versionOf(database, path) === MIGRATIONS.length) return;
  database.transaction(() => {
    // Read again under the lock: another process may have been faster.
    for (const migration of MIGRATIONS.slice(versionOf(database, path))) database.execute(migration);
    database.execute(`PRAGMA user_version = ${MIGRATIONS.length}`);
  });
}

function versionOf(database: Database, path: string): number {
  const version = database.get<{ user_version: number }>("PRAGMA user_version")?.user_version ?? 0;
  if (version <= MIGRATIONS.length) return version;
  throw new DistillError(
    "UNSUPPORTED",
    `${path} has schema ${version}, written by a newer distill; this one knows schema ${MIGRATIONS.length}`,
    { hint: "use the newer distill, or point DISTILL_HOME at another directory" },
  );
}
