/*
 * Measures how long distill takes to start, against Node alone.
 *
 *   node bench/startup.ts [--runs 21]
 *
 * Prints markdown. Needs GNU time.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Command, type Cost, measure } from "./measure.ts";
import { buildProduct } from "./product.ts";
import { machine, table } from "./report.ts";

const { values } = parseArgs({ options: { runs: { type: "string", default: "21" } } });
const directory = await mkdtemp(join(tmpdir(), "distill-bench-"));
try {
  const distill = await buildProduct();
  const commands: readonly (readonly [string, Command["command"]])[] = [
    ["node, empty program", [process.execPath, "--eval", ""]],
    ["distill --version", [...distill, "--version"]],
    ["distill images", [...distill, "images"]],
  ];
  const environment = { DISTILL_HOME: directory };
  const costs = commands.map((): Cost[] => []);
  // One more round than asked for: the first one fills the compile cache and is not counted.
  for (let run = 0; run <= Number(values.runs); run++) {
    for (const [index, [, command]] of commands.entries()) {
      const cost = await measure({ command, environment, directory });
      if (run > 0) costs[index]?.push(cost);
    }
  }
  console.log(`${machine()}\n`);
  console.log(table(commands.map(([name], index) => ({ name, costs: costs[index] ?? [] }))));
} finally {
  await rm(directory, { recursive: true });
}
