import type { DaemonCost } from "./daemon.ts";
import { type Command, type Cost, measure } from "./measure.ts";
import type { Series } from "./report.ts";

/** One row of a table: what is done before each run, unmeasured, and what is measured. */
export interface Contender {
  readonly name: string;
  readonly prepare?: (run: number) => Promise<unknown>;
  /** Where each run needs another: made anew for it. */
  readonly command: Command["command"] | ((run: number) => Command["command"]);
  readonly environment?: Command["environment"];
  /** For a command that lets a daemon work: begins to measure that, and ends. */
  readonly meter?: () => () => DaemonCost;
}

/** All contenders once, then all again: what slows the machine down for a while then hits each of them. */
export async function interleaved(
  contenders: readonly Contender[],
  runs: number,
  directory: string,
): Promise<readonly Series[]> {
  const costs = new Map<Contender, Cost[]>(contenders.map((each) => [each, []]));
  for (let run = 0; run < runs; run++) {
    for (const contender of contenders) {
      await contender.prepare?.(run);
      const { environment } = contender;
      const daemon = contender.meter?.();
      const command = typeof contender.command === "function" ? contender.command(run) : contender.command;
      const cost = await measure({ command, directory, ...(environment && { environment }) });
      costs.get(contender)?.push(daemon === undefined ? cost : together(cost, daemon()));
      console.error(`${run + 1}/${runs} ${contender.name}: ${costs.get(contender)?.at(-1)?.wall.toFixed(2)} s`);
    }
  }
  return Array.from(costs, ([{ name }, series]) => ({ name, costs: series }));
}

function together(client: Cost, daemon: DaemonCost): Cost {
  return { wall: client.wall, cpu: client.cpu + daemon.cpu, peak: Math.max(client.peak, daemon.peak) };
}
