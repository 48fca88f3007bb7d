/*
 * Lists what is in a Debian image of some 315 MB and in the Flask example, against Trivy and Snyk's plugin (test/tools).
 *
 *   node bench/sbom.ts [--runs 3] [--only debian|flask]
 *
 * Prints markdown. bench/README.md says what each row is. Builds both images first, and a Trivy that is not packed with UPX, which would
 * cost it seconds at every start. Needs root, GNU time, amd64, Debian's archive, and `npm ci --ignore-scripts --prefix test/tools`.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { mustDistill } from "../test/support/cli.ts";
import {
  buildInventoryImage,
  DEBIAN_WITH_RUNTIMES,
  DISTROLESS_FLASK,
  type InventoryImage,
} from "../test/support/inventory-images.ts";
import { trivyArguments } from "../test/support/scanned-inventory.ts";
import { SNYK } from "../test/support/scanners.ts";
import { type Contender, interleaved } from "./contest.ts";
import { buildProduct } from "./product.ts";
import { machine, ratio, type Series, table } from "./report.ts";
import { unpackedTrivy } from "./unpacked-trivy.ts";

/** Without what apt keeps for its next run, which no image should ship. */
const DEBIAN: InventoryImage = {
  ...DEBIAN_WITH_RUNTIMES,
  name: "debian",
  dockerfile: `${DEBIAN_WITH_RUNTIMES.dockerfile.trimEnd()} perl && apt-get clean && rm -rf /var/lib/apt/lists/*\n`,
};

const { values } = parseArgs({ options: { runs: { type: "string", default: "3" }, only: { type: "string" } } });
const directory = mkdtempSync(join(tmpdir(), "distill-bench-"));
const at = (name: string): string => join(directory, name);
const environment = { DISTILL_HOME: at("home") };
try {
  const ours = await buildProduct();
  const trivy = await unpackedTrivy(directory, environment);
  const snyk = snykProgram();
  for (const image of [DEBIAN, { ...DISTROLESS_FLASK, name: "flask" }]) {
    if (values.only !== undefined && values.only !== image.name) continue;
    const archive = await buildInventoryImage(image, directory, environment.DISTILL_HOME);
    await contest(image.name, archive, { ours, trivy, snyk });
  }
  console.log(machine());
} finally {
  rmSync(directory, { recursive: true, force: true });
}

interface Programs {
  readonly ours: readonly [string, string];
  readonly trivy: string;
  readonly snyk: string;
}

async function contest(name: string, archive: string, { ours, trivy, snyk }: Programs): Promise<void> {
  const [program, script] = ours;
  const sbom = (image: string) => [program, script, "sbom", image, "-q", "--format", "json"] as const;
  // Of the cache that goes what was found out is a part; the image, which has a name, stays.
  const forget = () => mustDistill(["prune"], { env: environment });
  const cache = at("trivy-cache");
  const scan = [trivy, ...trivyArguments(archive, cache, at("trivy.json"))] as const;
  const contenders: readonly Contender[] = [
    { name: "distill, of the store, nothing known", prepare: forget, command: sbom(name), environment },
    { name: "distill, of the store, evidence kept", command: sbom(name), environment },
    {
      name: "distill, of the archive, nothing known",
      prepare: forget,
      command: sbom(`docker-archive:${archive}`),
      environment,
    },
    { name: "distill, of the archive, evidence kept", command: sbom(`docker-archive:${archive}`), environment },
    {
      name: "Trivy, empty cache",
      prepare: async () => rmSync(cache, { recursive: true, force: true }),
      command: scan,
    },
    { name: "Trivy, layers cached", command: scan },
    { name: "snyk-docker-plugin", command: [process.execPath, snyk, archive] },
  ];
  const all = await interleaved(contenders, Number(values.runs), directory);
  const [cold, warm, archiveCold, archiveWarm, trivyCold, trivyWarm, plugin] = all as readonly [
    ...[Series, Series, Series, Series],
    ...[Series, Series, Series],
  ];
  const pairs = [
    ...[ratio(cold, trivyCold), ratio(archiveCold, trivyCold), ratio(warm, trivyCold), ratio(warm, trivyWarm)],
    ...[ratio(archiveWarm, trivyWarm), ratio(cold, plugin), ratio(archiveCold, plugin)],
  ];
  const megabytes = ((await stat(archive)).size / 1e6).toFixed(1);
  console.log(
    `### ${name} (an archive of ${megabytes} MB)\n\n${table(all)}\n\n${pairs.map((each) => `* ${each}`).join("\n")}\n`,
  );
}

/** A program that asks the plugin as Snyk's command line does, without its network. */
function snykProgram(): string {
  const program = at("snyk.cjs");
  writeFileSync(
    program,
    `require(${JSON.stringify(SNYK)}).scan({ path: "docker-archive:" + process.argv[2] }).then((result) => console.log(JSON.stringify(result)));\n`,
  );
  return program;
}
