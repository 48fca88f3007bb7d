/*
 * Takes advisory feeds into the database: the shared snapshot and a feed of a million records, each from a mirror on the
 * loopback interface in the feeds' own layout; then lookups in what came of it.
 *
 *   node bench/advisories.ts [--runs 3] [--records 1000000]
 *
 * Prints markdown. Needs GNU time and the snapshot (DISTILL_SHARED). bench/README.md says what each row is.
 */
import { mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { openAdvisories } from "../src/advisories/database/source.ts";
import { inMirror, OSV_HOST, osvRecord, writeSnapshotMirror } from "../test/support/advisory-mirror.ts";
import { writeLargeZip } from "../test/support/large-zip.ts";
import { interleaved } from "./contest.ts";
import { buildProduct } from "./product.ts";
import { machine, table } from "./report.ts";

const options = { runs: { type: "string", default: "3" }, records: { type: "string", default: "1000000" } } as const;
const { values } = parseArgs({ options });
const directory = mkdtempSync(join(tmpdir(), "distill-bench-"));
const at = (name: string): string => join(directory, name);
const path = (home: string): string => join(at(home), "cache/advisories/advisories.db");
const SNAPSHOT = ["osv-pypi", "osv-npm", "osv-go", "osv-crates", "osv-alpine", "nodejs-core", "kev"] as const;

try {
  const [program, script] = await buildProduct();
  writeSnapshotMirror(at("snapshot"));
  const large = inMirror(at("large"), `https://${OSV_HOST}/npm/all.zip`);
  mkdirSync(dirname(large), { recursive: true });
  await writeLargeZip(large, records(Number(values.records)));
  console.error(`the large feed has ${megabytes(large)} MB`);
  // Servers of their own: what they need is not distill's.
  const servers = [await serve(at("snapshot")), await serve(at("large"))] as const;
  try {
    const update = (...feeds: readonly string[]) => [program, script, "advisories", "update", "-q", ...feeds] as const;
    const empty = (home: string) => async () => rmSync(at(home), { recursive: true, force: true });
    const environment = (home: string, server: { readonly url: string }) => ({
      DISTILL_HOME: at(home),
      DISTILL_ADVISORY_MIRROR: server.url,
    });
    const small = { command: update(...SNAPSHOT), environment: environment("small", servers[0]) };
    const million = { command: update("osv-npm"), environment: environment("million", servers[1]) };
    const all = await interleaved(
      [
        { name: "snapshot, nothing known", prepare: empty("small"), ...small },
        { name: "snapshot, nothing changed", ...small },
        { name: `${values.records} records, nothing known`, prepare: empty("million"), ...million },
        { name: `${values.records} records, again (--force)`, ...million, command: [...million.command, "--force"] },
      ],
      Number(values.runs),
      directory,
    );
    console.log(table(all));
    console.log(`\nThe database of the snapshot has ${megabytes(path("small"))} MB, that of ${values.records} records`);
    console.log(
      `${megabytes(path("million"))} MB, from an all.zip of ${megabytes(large)} MB. ${lookups()}\n\n${machine()}`,
    );
  } finally {
    for (const server of servers) server.stop();
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}

/** Shaped as most of npm's are: a package that was malicious from its beginning. */
function* records(count: number): Generator<{ name: string; bytes: Uint8Array }> {
  for (let number = 0; number < count; number++) {
    const id = `MAL-2026-${number}`;
    const details =
      `This package was compromised; its code was sent on ${Math.imul(number, 0x9e3779b1).toString(36)}. `.repeat(5);
    const record = { ...osvRecord(id, "npm", `package-${number}`), details, published: "2026-01-02T03:04:05Z" };
    yield { name: `${id}.json`, bytes: Buffer.from(JSON.stringify(record)) };
  }
}

/** Milliseconds for opening, and for 150 packages of PyPI, each with what all say of how bad its flaws are. */
function lookups(): string {
  const names = [
    "django",
    "flask",
    "requests",
    "jinja2",
    "werkzeug",
    "pyyaml",
    "urllib3",
    "pillow",
    "aiohttp",
    "twisted",
  ];
  const began = performance.now();
  using source = openAdvisories(path("small"));
  const opened = performance.now();
  let entries = 0;
  for (let index = 0; index < 150; index++) {
    for (const { record } of source.about("PyPI", names[index] ?? `package-${index}`)) {
      entries++;
      source.severitiesOf(record.aliases[0] ?? record.id);
      source.exploited(record.aliases[0] ?? record.id);
    }
  }
  const [opening, asking] = [opened - began, performance.now() - opened];
  return `Opening it takes ${opening.toFixed(1)} ms, 150 packages (${entries} entries) with their severities ${asking.toFixed(1)} ms.`;
}

async function serve(root: string): Promise<{ readonly url: string; stop(): void }> {
  const { spawn } = await import("node:child_process");
  const child = spawn(process.execPath, [join(import.meta.dirname, "../test/support/file-server.ts"), root], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const url = await new Promise<string>((resolve) => child.stdout.once("data", (line) => resolve(String(line).trim())));
  return { url, stop: () => void child.kill() };
}

function megabytes(file: string): string {
  return (statSync(file).size / 1e6).toFixed(1);
}
