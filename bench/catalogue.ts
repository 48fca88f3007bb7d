/*
 * Composes six images of the catalogue at once, in six processes with one home, and measures it against each alone.
 *
 *   node bench/catalogue.ts [--runs 3]
 *
 * Prints markdown: once with an empty home, and once with indexes and .debs in the cache and an empty store. Needs GNU
 * time and the network.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Cost, measure, medianCost } from "./measure.ts";
import { buildProduct } from "./product.ts";
import { machine, type Series, table } from "./report.ts";

const IMAGES = [
  ["static"],
  ["base"],
  ["cc"],
  ["python3"],
  ["base", "--suite", "bookworm"],
  ["python3", "--suite", "bookworm"],
] as const;

const { values } = parseArgs({ options: { runs: { type: "string", default: "3" } } });
const directory = await mkdtemp(join(tmpdir(), "distill-bench-"));
const home = join(directory, "home");
try {
  const distill = await buildProduct();
  await together(distill);
  console.log(`${machine()}\n`);
  for (const [name, empty] of [
    ["cold", home],
    [".debs cached", join(home, "store")],
  ] as const) {
    const prepare = (): Promise<void> => rm(empty, { recursive: true, force: true });
    const { alone, all } = await compare(distill, prepare);
    const slowest = alone.toSorted((a, b) => medianCost(b.costs).wall - medianCost(a.costs).wall)[0] as Series;
    const ratio = medianCost(all.costs).wall / medianCost(slowest.costs).wall;
    console.log(`${name}\n\n${table([...alone, all])}\n`);
    console.log(`* six at once / slowest alone (${slowest.name}): wall ${ratio.toFixed(2)} (goal: at most 2)\n`);
  }
} finally {
  await rm(directory, { recursive: true });
}

/** Each image alone and all at once, `runs` times over. */
async function compare(
  distill: readonly [string, string],
  prepare: () => Promise<void>,
): Promise<{ readonly alone: readonly Series[]; readonly all: Series }> {
  const alone = IMAGES.map((args) => ({ name: args.join(" "), costs: [] as Cost[] }));
  const all = { name: "six at once", costs: [] as Cost[] };
  for (let run = 0; run < Number(values.runs); run++) {
    for (const [index, args] of IMAGES.entries()) {
      await prepare();
      alone[index]?.costs.push(await compose(distill, args, directory));
    }
    await prepare();
    all.costs.push(await together(distill));
  }
  return { alone, all };
}

/** Wall time until the last one has ended; CPU of all; the largest of their peaks. */
async function together(distill: readonly [string, string]): Promise<Cost> {
  const began = performance.now();
  const costs = await Promise.all(
    IMAGES.map(async (args, index) => {
      const own = await mkdtemp(join(directory, `${index}-`));
      return compose(distill, args, own);
    }),
  );
  return {
    wall: (performance.now() - began) / 1000,
    cpu: costs.reduce((sum, { cpu }) => sum + cpu, 0),
    peak: Math.max(...costs.map(({ peak }) => peak)),
  };
}

function compose(distill: readonly [string, string], args: readonly string[], own: string): Promise<Cost> {
  const command = [...distill, "compose", ...args, "--progress", "quiet"] as const;
  return measure({ command, environment: { DISTILL_HOME: home }, directory: own });
}
