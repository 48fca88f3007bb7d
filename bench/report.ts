import { availableParallelism, cpus, loadavg, release, totalmem } from "node:os";
import { type Cost, medianCost } from "./measure.ts";

/** What was measured in one way, in the order of the runs. */
export interface Series {
  readonly name: string;
  readonly costs: readonly Cost[];
}

/** A markdown table: medians, and the range of the wall times. */
export function table(series: readonly Series[]): string {
  const rows = series.map(({ name, costs }) => {
    const { wall, cpu, peak } = medianCost(costs);
    const walls = costs.map((cost) => cost.wall);
    const range = `${seconds(Math.min(...walls))}-${seconds(Math.max(...walls))}`;
    return `| ${name} | ${seconds(wall)} | ${range} | ${seconds(cpu)} | ${peak.toFixed(0)} | ${costs.length} |`;
  });
  return ["| | wall s | range | CPU s | peak MiB | n |", "|---|---:|---|---:|---:|---:|", ...rows].join("\n");
}

/** How `ours` compares with `theirs`: ratios of medians. */
export function ratio(ours: Series, theirs: Series): string {
  const [a, b] = [medianCost(ours.costs), medianCost(theirs.costs)];
  return `${ours.name} / ${theirs.name}: wall ${(a.wall / b.wall).toFixed(2)}, CPU ${(a.cpu / b.cpu).toFixed(2)}`;
}

/** The machine and how busy others keep it, without a name. */
export function machine(): string {
  const [one = 0, five = 0] = loadavg();
  const memory = Math.round(totalmem() / 2 ** 30);
  const processors = `${availableParallelism()} CPUs (${cpus()[0]?.model ?? "unknown"}), ${memory} GiB`;
  const load = `load average ${one.toFixed(1)} (1 min), ${five.toFixed(1)} (5 min)`;
  return `${processors}, ${process.platform} ${release().split("-")[0]}, Node ${process.versions.node}; ${load}`;
}

function seconds(value: number): string {
  return value.toFixed(value < 1 ? 3 : 2);
}
