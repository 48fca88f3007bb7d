/*
 * Scans a Debian image with Flask and Node, and a distroless one with an app of old packages, against Trivy (test/tools).
 *
 *   node bench/scan.ts --source FEED=PLACE... [--trivy-cache DIR] [--runs 5] [--only runtimes|old-on-flask]
 *
 * The advisory data is that of the places (`distill advisories update`). DIR is a cache of Trivy's that has a database; without one Trivy
 * lists packages and looks for nothing. Prints markdown; bench/README.md says what each row is. Builds both images first. Needs root, GNU
 * time, amd64, Debian's archive, and `npm ci --ignore-scripts --prefix test/tools`.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { mustDistill } from "../test/support/cli.ts";
import { buildInventoryImage, DEBIAN_WITH_RUNTIMES } from "../test/support/inventory-images.ts";
import { OLD_APP_ON_FLASK } from "../test/support/old-packages.ts";
import { trivyArguments } from "../test/support/scanned-inventory.ts";
import { type Contender, interleaved } from "./contest.ts";
import { buildProduct } from "./product.ts";
import { machine, ratio, type Series, table } from "./report.ts";
import { unpackedTrivy } from "./unpacked-trivy.ts";

const { values } = parseArgs({
  options: {
    source: { type: "string", multiple: true, default: [] },
    "trivy-cache": { type: "string" },
    runs: { type: "string", default: "5" },
    only: { type: "string" },
  },
});
const directory = mkdtempSync(join(tmpdir(), "distill-bench-"));
const environment = { DISTILL_HOME: join(directory, "home") };
try {
  const ours = await buildProduct();
  const trivy = await unpackedTrivy(directory, environment);
  const feeds = values.source.map((source) => source.replace(/=.*/s, ""));
  const sources = values.source.flatMap((source) => ["--source", source]);
  await mustDistill(["advisories", "update", "-q", ...new Set(feeds), ...sources], { env: environment });
  for (const image of [DEBIAN_WITH_RUNTIMES, OLD_APP_ON_FLASK]) {
    if (values.only !== undefined && values.only !== image.name) continue;
    const archive = await buildInventoryImage(image, directory, environment.DISTILL_HOME);
    await contest(image.name, image.title, ours, [trivy, ...trivyScan(archive)]);
  }
  console.log(machine());
} finally {
  rmSync(directory, { recursive: true, force: true });
}

function trivyScan(archive: string): readonly string[] {
  const [cache, output] = [values["trivy-cache"], join(directory, "trivy.json")];
  if (cache === undefined) return trivyArguments(archive, join(directory, "trivy-cache"), output);
  const offline = ["--offline-scan", "--skip-db-update", "--skip-java-db-update", "--quiet"];
  const what = ["--input", archive, "--format", "json", "--list-all-pkgs", "--scanners", "vuln"];
  return ["image", "--cache-dir", cache, ...what, ...offline, "--output", output];
}

async function contest(
  name: string,
  title: string,
  [program, script]: readonly [string, string],
  trivy: readonly [string, ...string[]],
): Promise<void> {
  const scan = [program, script, "scan", name, "-q", "--format", "json"] as const;
  const contenders: readonly Contender[] = [
    {
      name: "distill, nothing known of the image",
      prepare: () => mustDistill(["prune"], { env: environment }),
      command: scan,
      environment,
    },
    { name: "distill, inventory kept", command: scan, environment },
    { name: "distill, inventory kept, --offline", command: [...scan, "--offline"], environment },
    { name: "distill, the inventory alone (sbom)", command: [program, script, "sbom", name, "-q"], environment },
    { name: "Trivy, layers cached", command: trivy },
  ];
  // What fetches advisory data and what fills caches is not what is compared.
  await mustDistill(["scan", "-q", name], { env: environment });
  const all = await interleaved(contenders, Number(values.runs), directory);
  const [cold, warm, offline, , peer] = all as readonly [Series, Series, Series, Series, Series];
  const pairs = [ratio(cold, peer), ratio(warm, peer), ratio(offline, peer)];
  console.log(`### ${title}\n\n${table(all)}\n\n${pairs.map((each) => `* ${each}`).join("\n")}\n`);
}
