import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync, zstdDecompressSync } from "node:zlib";
import { sharedPath } from "./shared.ts";
import { zipOf } from "./zip-writer.ts";

/** A record in OSV's form, of one package. */
export function osvRecord(id: string, ecosystem: string, name: string, fixed = "2.0"): object {
  return {
    schema_version: "1.7.3",
    id,
    modified: "2026-01-02T03:04:05Z",
    aliases: [`CVE-${id.replaceAll(/\D/g, "").padStart(8, "2026")}`],
    summary: `${name} has a flaw`,
    severity: [{ type: "CVSS_V3", score: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H" }],
    affected: [
      { package: { ecosystem, name }, ranges: [{ type: "ECOSYSTEM", events: [{ introduced: "0" }, { fixed }] }] },
    ],
  };
}

/** An `all.zip` of these records. */
export function osvZip(records: readonly object[]): Uint8Array {
  return zipOf(
    records.map((record) => ({ name: `${(record as { id: string }).id}.json`, bytes: JSON.stringify(record) })),
  );
}

export const OSV_HOST = "osv-vulnerabilities.storage.googleapis.com";

const OSV_EXPORTS = ["PyPI", "npm", "Go", "crates.io", "Maven", "RubyGems", "Alpine", "Ubuntu"] as const;

/** Where the mirror has what the feed's own server has at this address. */
export function inMirror(directory: string, address: string): string {
  const { host, pathname } = new URL(address);
  return join(directory, host, pathname);
}

/** Puts a file into a mirror. */
export function putInMirror(directory: string, address: string, bytes: string | Uint8Array): void {
  const path = inMirror(directory, address);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
}

const TRACKER = {
  flask: {
    "CVE-2026-1001": {
      description: "a flaw",
      releases: {
        bookworm: { status: "open", urgency: "not yet assigned", repositories: { bookworm: "2.2.2-3" } },
        trixie: { status: "resolved", urgency: "low", fixed_version: "3.0-1", repositories: { trixie: "3.1-1" } },
      },
    },
  },
};

const SECDB = {
  distroversion: "v3.20",
  reponame: "main",
  packages: [{ pkg: { name: "busybox", secfixes: { "1.36.1-r2": ["CVE-2026-1002"] } } }],
};

const KEV = {
  catalogVersion: "2026.01.27",
  dateReleased: "2026-01-27T20:51:50.7688Z",
  vulnerabilities: [
    { cveID: "CVE-2026-1001", dateAdded: "2026-01-27", dueDate: "2026-02-17", knownRansomwareCampaignUse: "Known" },
  ],
};

const NODE = { 1: { cve: ["CVE-2026-1003"], vulnerable: "18.x", patched: "^18.20.1", overview: "a flaw" } };

const EPSS =
  "#model_version:v2025.03.14,score_date:2026-01-27T00:00:00+0000\ncve,epss,percentile\nCVE-2026-1001,0.5,0.99\n";

/** A mirror of all feeds with a few records each, in the feeds' own layout. */
export function writeMirror(directory: string): void {
  for (const ecosystem of OSV_EXPORTS) {
    const named = ecosystem === "Alpine" ? "Alpine:v3.20" : ecosystem === "Ubuntu" ? "Ubuntu:24.04:LTS" : ecosystem;
    const records = [1, 2, 3].map((number) => osvRecord(`GHSA-${number}`, named, `package-${number}`));
    putInMirror(directory, `https://${OSV_HOST}/${ecosystem}/all.zip`, osvZip(records));
  }
  putInMirror(directory, "https://security-tracker.debian.org/tracker/data/json", JSON.stringify(TRACKER));
  putInMirror(directory, "https://secdb.alpinelinux.org/v3.20/main.json", JSON.stringify(SECDB));
  putInMirror(
    directory,
    "https://raw.githubusercontent.com/nodejs/security-wg/main/vuln/core/index.json",
    JSON.stringify(NODE),
  );
  const kev = "https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json";
  putInMirror(directory, kev, JSON.stringify(KEV));
  putInMirror(directory, "https://epss.empiricalsecurity.com/epss_scores-current.csv.gz", gzipSync(EPSS));
}

/** The shared snapshot in the place of the small feeds: what there is of it, as the feeds themselves would have it. */
export function writeSnapshotMirror(directory: string): void {
  writeMirror(directory);
  const lines = (name: string): readonly object[] =>
    unpacked(name)
      .toString("utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as object);
  const exports: readonly (readonly [string, readonly string[]])[] = [
    ["PyPI", ["pypi.osv.jsonl.zst", "pypi.ghsa.osv.jsonl.zst"]],
    ["npm", ["npm.ghsa.osv.jsonl.zst"]],
    ["Go", ["go.osv.jsonl.zst"]],
    ["crates.io", ["crates.osv.jsonl.zst"]],
    ["Alpine", ["alpine.osv.jsonl.zst"]],
  ];
  for (const [ecosystem, files] of exports) {
    putInMirror(directory, `https://${OSV_HOST}/${ecosystem}/all.zip`, osvZip(files.flatMap(lines)));
  }
  const node = "https://raw.githubusercontent.com/nodejs/security-wg/main/vuln/core/index.json";
  putInMirror(directory, node, unpacked("nodejs-core.json.zst"));
  const kev = "https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json";
  putInMirror(directory, kev, unpacked("kev.json.zst"));
}

function unpacked(name: string): Buffer {
  return zstdDecompressSync(readFileSync(sharedPath("advisories", name)));
}
