/*
 * Composes python3 (trixie, amd64) and measures it against mmdebstrap and against dpkg-deb, tar and gzip.
 *
 *   node bench/compose.ts [--runs 5]
 *
 * Prints markdown. bench/README.md says what each row is. Needs root, GNU time, mmdebstrap, dpkg-deb and the network.
 */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Contender, interleaved } from "./contest.ts";
import { measure } from "./measure.ts";
import { cachedDebs, mmdebstrap, plainPipeline, type ReportedPackage, TRUST } from "./peers.ts";
import { buildProduct } from "./product.ts";
import { machine, ratio, table } from "./report.ts";

const SUITE = "trixie";

const { values } = parseArgs({ options: { runs: { type: "string", default: "5" } } });
const directory = await mkdtemp(join(tmpdir(), "distill-bench-"));
try {
  const [cold, debs, plain, mm, warm] = await interleaved(await contenders(), Number(values.runs), directory);
  if (!cold || !debs || !plain || !mm || !warm) throw new Error("a contender is missing");
  const ratios = [ratio(cold, mm), ratio(debs, plain), ratio(warm, plain), ratio(warm, mm)];
  console.log(`${machine()}; mmdebstrap with [${TRUST}]\n\n${table([cold, debs, plain, mm, warm])}\n`);
  console.log(ratios.map((line) => `* ${line}`).join("\n"));
} finally {
  await rm(directory, { recursive: true });
}

async function contenders(): Promise<readonly Contender[]> {
  const distill = await buildProduct();
  const home = join(directory, "home");
  const kept = { DISTILL_HOME: home };
  const compose = [...distill, "compose", "python3", "--suite", SUITE, "--progress", "quiet"] as const;
  const first = await measure({ command: [...compose, "--format", "json"], environment: kept, directory });
  const { packages } = JSON.parse(first.stdout) as { readonly packages: readonly ReportedPackage[] };
  const empty = join(directory, "empty");
  const work = join(directory, "plain");
  await mkdir(work);
  return [
    {
      name: "distill, cold",
      prepare: () => rm(empty, { recursive: true, force: true }),
      command: compose,
      environment: { DISTILL_HOME: empty },
    },
    {
      name: "distill, .debs cached",
      prepare: () => rm(join(home, "store"), { recursive: true, force: true }),
      command: compose,
      environment: kept,
    },
    {
      name: "dpkg-deb, tar, gzip, sha256sum",
      command: plainPipeline(await cachedDebs(join(home, "cache", "debs"), packages), work),
    },
    { name: "mmdebstrap, gzip", command: await mmdebstrap(SUITE, packages, join(directory, "mmdebstrap.tar.gz")) },
    { name: "distill, nothing changed", command: compose, environment: kept },
  ];
}
