import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, globSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { TestContext } from "node:test";
import type { TestArchive } from "./archive.ts";
import { type CliOptions, type CliRun, distill } from "./cli.ts";
import { FaultServer } from "./fault-server.ts";
import { smallPackage } from "./small-archive.ts";

/** How a run is expected to fail. */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  /** What stderr must say. */
  readonly says: readonly (string | RegExp)[];
}

/** A home directory, a server for an archive and an empty directory, all of one test's own; they go when it ends. */
export class Scene {
  readonly server: FaultServer;
  /** DISTILL_HOME. */
  readonly home: string;
  /** Empty at first; for outputs. */
  readonly directory: string;
  readonly #archive: TestArchive;

  private constructor(server: FaultServer, directory: string, archive: TestArchive) {
    this.server = server;
    this.home = join(directory, "home");
    this.directory = join(directory, "work");
    this.#archive = archive;
  }

  static async open(test: TestContext, archive: TestArchive): Promise<Scene> {
    const server = await FaultServer.start(archive.directory);
    const directory = mkdtempSync(join(tmpdir(), "distill-scene-"));
    test.after(async () => {
      await server.close();
      rmSync(directory, { recursive: true, force: true });
    });
    mkdirSync(join(directory, "work"));
    return new Scene(server, directory, archive);
  }

  get environment(): Record<string, string> {
    return { ...this.#archive.environment(this.server.url), DISTILL_HOME: this.home };
  }

  run(args: readonly string[], options: CliOptions = {}): Promise<CliRun> {
    return distill(args, { ...options, env: { ...this.environment, ...options.env } });
  }

  /** As `run`; another status than 0 is an error that shows what was printed. */
  async must(args: readonly string[], options: CliOptions = {}): Promise<CliRun> {
    const run = await this.run(args, options);
    assert.equal(run.status, 0, `distill ${args.join(" ")} ended with ${run.status}:\n${run.stdout}${run.stderr}`);
    return run;
  }

  /** Runs what must fail, and fail well: told in a few plain lines with a hint, nothing on stdout, nothing left behind. */
  async refuses(args: readonly string[], refusal: Refusal, options: CliOptions = {}): Promise<CliRun> {
    const before = this.names();
    const run = await this.run(args, options);
    const { status, stdout, stderr } = run;
    const context = `${args.join(" ")}\n${stdout}${stderr}`;
    assert.equal(status, refusal.status, context);
    assert.equal(stdout, "", context);
    assert.match(stderr, new RegExp(`^  code: ${refusal.code} `, "m"), context);
    assert.match(stderr, /^ {2}hint: \S/m, context);
    assert.doesNotMatch(stderr, /^ +at |node:internal|file:\/\/|undefined|\[object|is a bug/m, context);
    for (const expected of refusal.says) {
      if (typeof expected === "string") assert.ok(stderr.includes(expected), `${expected} is not in:\n${context}`);
      else assert.match(stderr, expected, context);
    }
    assert.deepEqual(this.names(), before, "no name was set");
    assert.deepEqual(readdirSync(this.directory), [], "no output was written");
    assert.deepEqual(this.leftovers(), []);
    return run;
  }

  /** Names of the store's images. */
  names(): readonly string[] {
    return namesIn(this.home);
  }

  /** What a run that has ended must not leave; see leftoversIn. */
  leftovers(): readonly string[] {
    return leftoversIn(this.home);
  }

  /** The only file of a directory of the home, by its path there. */
  only(pattern: string): string {
    const found = globSync(pattern, { cwd: this.home });
    assert.equal(found.length, 1, `${pattern}: ${found.join(" ")}`);
    return join(this.home, found[0] as string);
  }

  /** Path of a package's .deb in the cache. */
  cachedDeb(name: string): string {
    const bytes = readFileSync(this.#archive.deb(smallPackage(name)));
    return join(this.home, "cache/debs", `${createHash("sha256").update(bytes).digest("hex")}.deb`);
  }
}

/** Names of the images in the store of a home directory. */
export function namesIn(home: string): readonly string[] {
  return rows(home, "SELECT reference AS value FROM images ORDER BY reference");
}

/** What a run that has ended must not leave in a home directory: temporary files, and leases in its store. */
export function leftoversIn(home: string): readonly string[] {
  const files = globSync(["cache/partial/*", "store/tmp/*", "**/*.partial", "**/.distill-*"], { cwd: home });
  return [...new Set(files), ...rows(home, "SELECT purpose AS value FROM leases").map((each) => `lease: ${each}`)];
}

function rows(home: string, query: string): readonly string[] {
  const path = join(home, "store/store.db");
  if (!existsSync(path) || statSync(path).size === 0) return [];
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const tables = database.prepare("SELECT count(*) AS count FROM sqlite_schema").get()?.count;
    if (tables === 0) return [];
    return database
      .prepare(query)
      .all()
      .map(({ value }) => String(value));
  } finally {
    database.close();
  }
}
