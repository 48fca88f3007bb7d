import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { DistillError } from "./errors.ts";

/** How long another process may hold the write lock before this one gives up, in milliseconds. */
const PATIENCE = 30_000;

/** SQLite's primary result codes (sqlite.org/rescode.html). */
const Code = { busy: 5, locked: 6, readOnly: 8, ioError: 10, corrupt: 11, full: 13, cantOpen: 14, notADatabase: 26 };

export interface DatabaseOptions {
  /** What to do about a damaged file. */
  readonly damaged: string;
  /** Nothing is written: neither the file nor its way of keeping a journal. */
  readonly readOnly?: boolean;
  /** Milliseconds that another process may hold the lock; 30 s where it is not given. */
  readonly patience?: number;
}

/**
 * A SQLite file: prepared statements by text, transactions that wait for other processes, and errors as
 * DistillErrors. A committed transaction survives the death of the process. A power cut may take the latest ones back,
 * each whole, but no `durable` one and nothing that came before it: such a one costs a flush of the disk, some
 * milliseconds (WAL, synchronous NORMAL and FULL).
 */
export class Database {
  readonly #path: string;
  readonly #options: DatabaseOptions;
  readonly #sqlite: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(path: string, options: DatabaseOptions) {
    this.#path = path;
    this.#options = options;
    const { readOnly = false, patience = PATIENCE } = options;
    this.#sqlite = this.#patiently(() => new DatabaseSync(path, { timeout: patience, readOnly }));
    if (readOnly) return;
    try {
      // Two processes that create the file at once: changing the journal mode does not wait by itself.
      this.#patiently(() => this.#sqlite.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL"));
    } catch (error) {
      this.#sqlite.close();
      throw error;
    }
  }

  get isTransaction(): boolean {
    return this.#sqlite.isTransaction;
  }

  close(): void {
    this.#statements.clear();
    if (this.#sqlite.isOpen) this.#sqlite.close();
  }

  /** Several statements without parameters. */
  execute(sql: string): void {
    this.#patiently(() => this.#sqlite.exec(sql));
  }

  /** Runs one statement; returns the number of rows changed. */
  run(sql: string, ...values: readonly SQLInputValue[]): number {
    return this.#patiently(() => Number(this.#prepare(sql).run(...values).changes));
  }

  /** The first row; `Row` must match the statement's columns. */
  get<Row>(sql: string, ...values: readonly SQLInputValue[]): Row | undefined {
    return this.#patiently(() => this.#prepare(sql).get(...values)) as Row | undefined;
  }

  /** Every row; `Row` must match the statement's columns. */
  all<Row>(sql: string, ...values: readonly SQLInputValue[]): Row[] {
    return this.#patiently(() => this.#prepare(sql).all(...values)) as Row[];
  }

  /**
   * Runs `work` as one transaction that holds the write lock from its start, so what it reads cannot change under it.
   * Synchronous on purpose: nothing else of this process may run inside.
   */
  transaction<T>(work: () => T, options: { readonly durable?: boolean } = {}): T {
    // What counts is the level at the commit, and it cannot be changed inside a transaction.
    if (options.durable) this.execute("PRAGMA synchronous = FULL");
    try {
      this.execute("BEGIN IMMEDIATE");
      const value = work();
      this.execute("COMMIT");
      return value;
    } catch (error) {
      if (this.#sqlite.isTransaction) this.#sqlite.exec("ROLLBACK");
      throw error;
    } finally {
      if (options.durable) this.execute("PRAGMA synchronous = NORMAL");
    }
  }

  #patiently<T>(work: () => T): T {
    return patiently(this.#path, this.#options, work);
  }

  #prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#sqlite.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}

/** Repeats `work` while another process is in the way: some kinds of SQLITE_BUSY skip SQLite's own busy handler. */
function patiently<T>(path: string, options: DatabaseOptions, work: () => T): T {
  const { patience = PATIENCE } = options;
  const deadline = performance.now() + patience;
  for (let pause = 1; ; pause = Math.min(pause * 2, 100)) {
    try {
      return work();
    } catch (error) {
      const code = primary(sqliteCode(error));
      if ((code !== Code.busy && code !== Code.locked) || performance.now() > deadline)
        throw explain(error, path, options);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pause);
    }
  }
}

/** Growing the shared memory file beside the database failed (SQLITE_IOERR_SHMSIZE): it lies on the same disk. */
const NO_SPACE_FOR_SHARED_MEMORY = 10 | (19 << 8);

function explain(error: unknown, path: string, { damaged, patience = PATIENCE }: DatabaseOptions): unknown {
  const reason = error instanceof Error ? error.message : String(error);
  const code = sqliteCode(error);
  switch (code === NO_SPACE_FOR_SHARED_MEMORY ? Code.full : primary(code)) {
    case undefined:
      return error;
    case Code.full:
      return new DistillError("DISK_FULL", `no space left while writing ${path}`, {
        hint: "free some space, or point DISTILL_HOME at another disk",
        cause: error,
      });
    case Code.busy:
    case Code.locked:
      return new DistillError("IO", `${path} is locked by another process for more than ${patience / 1000} s`, {
        hint: "see which other distill process is still running",
        cause: error,
      });
    case Code.corrupt:
    case Code.notADatabase:
      return new DistillError("STORE_CORRUPT", `${path} is damaged: ${reason}`, {
        hint: damaged,
        cause: error,
      });
    case Code.readOnly:
    case Code.cantOpen:
    case Code.ioError:
      return new DistillError("IO", `cannot use ${path}: ${reason}`, {
        hint: "check who may read and write there, and that the disk works",
        cause: error,
      });
    default:
      return error;
  }
}

/** The extended result code. */
function sqliteCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("errcode" in error) || typeof error.errcode !== "number") return undefined;
  return error.errcode;
}

function primary(code: number | undefined): number | undefined {
  return code === undefined ? undefined : code & 0xff;
}

/** True where the file could not be read since another process keeps it locked for longer than the patience. */
export function isLocked(error: unknown): boolean {
  const code = primary(sqliteCode(error instanceof DistillError ? error.cause : error));
  return code === Code.busy || code === Code.locked;
}
