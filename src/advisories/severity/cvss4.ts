import { type CvssGrammar, type CvssMetrics, readMetrics } from "./cvss-vector.ts";
import { type MacroVector, macroScore } from "./cvss4-scores.ts";

/** The values of each metric, the worst first. */
const BASE = {
  ...{ AV: "N A L P", AC: "L H", AT: "N P", PR: "N L H", UI: "N P A" },
  ...{ VC: "H L N", VI: "H L N", VA: "H L N", SC: "H L N", SI: "H L N", SA: "H L N" },
};

const GRAMMAR: CvssGrammar = {
  base: BASE,
  optional: {
    ...{ E: "X A P U", CR: "X H M L", IR: "X H M L", AR: "X H M L" },
    ...Object.fromEntries(Object.entries(BASE).map(([name, values]) => [`M${name}`, `X ${values}`])),
    ...{ MSI: "X S H L N", MSA: "X S H L N" },
    ...{ S: "X N P", AU: "X N Y", R: "X A U I", V: "X D C", RE: "X L M H", U: "X Clear Green Amber Red" },
  },
};

/** How far each value is from the worst: its place in the list. What is not among them is nothing that a score depends on. */
const STEPS: Readonly<Record<string, string>> = {
  ...BASE,
  ...{ SC: "S H L N", SI: "S H L N", SA: "S H L N" },
  ...{ CR: "H M L", IR: "H M L", AR: "H M L" },
};

/** What a metric that is not defined counts as (specification, 2.1 and 4). */
const DEFAULTS: Readonly<Record<string, string>> = { E: "A", CR: "H", IR: "H", AR: "H" };

/** The worst vectors of each level of an equivalence set, and how many steps the level is deep (specification, tables 24-29). */
interface Level {
  readonly worst: readonly string[];
  readonly depth: number;
}

const EQ1: readonly Level[] = [
  { worst: ["AV:N/PR:N/UI:N"], depth: 1 },
  { worst: ["AV:A/PR:N/UI:N", "AV:N/PR:L/UI:N", "AV:N/PR:N/UI:P"], depth: 4 },
  { worst: ["AV:P/PR:N/UI:N", "AV:A/PR:L/UI:P"], depth: 5 },
];
const EQ2: readonly Level[] = [
  { worst: ["AC:L/AT:N"], depth: 1 },
  { worst: ["AC:H/AT:N", "AC:L/AT:P"], depth: 2 },
];
const EQ4: readonly Level[] = [
  { worst: ["SC:H/SI:S/SA:S"], depth: 6 },
  { worst: ["SC:H/SI:H/SA:H"], depth: 5 },
  { worst: ["SC:L/SI:L/SA:L"], depth: 4 },
];
/** EQ3 and EQ6 depend on one another: by the levels of both. */
const EQ36: Readonly<Record<string, Level>> = {
  "00": { worst: ["VC:H/VI:H/VA:H/CR:H/IR:H/AR:H"], depth: 7 },
  "01": { worst: ["VC:H/VI:H/VA:L/CR:M/IR:M/AR:H", "VC:H/VI:H/VA:H/CR:M/IR:M/AR:M"], depth: 6 },
  "10": { worst: ["VC:L/VI:H/VA:H/CR:H/IR:H/AR:H", "VC:H/VI:L/VA:H/CR:H/IR:H/AR:H"], depth: 8 },
  "11": {
    worst: [
      ...["VC:L/VI:H/VA:L/CR:H/IR:M/AR:H", "VC:L/VI:H/VA:H/CR:H/IR:M/AR:M", "VC:H/VI:L/VA:H/CR:M/IR:H/AR:M"],
      ...["VC:H/VI:L/VA:L/CR:M/IR:H/AR:H", "VC:L/VI:L/VA:H/CR:H/IR:H/AR:M"],
    ],
    depth: 8,
  },
  "21": { worst: ["VC:L/VI:L/VA:L/CR:H/IR:H/AR:H"], depth: 10 },
};

/**
 * Score of a CVSS v4.0 vector (specification, 8), from 0 to 10; undefined for what is none. Unlike in v3 there is one score for
 * all metrics that the vector has: those of threat and environment count.
 */
export function cvss4Score(vector: string): number | undefined {
  const [, text] = /^CVSS:4\.0\/(.*)$/s.exec(vector) ?? [];
  const metrics = text === undefined ? undefined : readMetrics(text, GRAMMAR);
  if (metrics === undefined) return undefined;
  const get = (name: string): string => effective(metrics, name);
  if (["VC", "VI", "VA", "SC", "SI", "SA"].every((name) => get(name) === "N")) return 0;
  const macro = macroVector(get);
  const score = macroScore(macro) ?? 0;

  const [eq1, eq2, eq3, eq4, eq5, eq6] = macro;
  const sets: readonly (readonly [level: Level | undefined, below: number | undefined])[] = [
    [EQ1[eq1], macroScore([eq1 + 1, eq2, eq3, eq4, eq5, eq6])],
    [EQ2[eq2], macroScore([eq1, eq2 + 1, eq3, eq4, eq5, eq6])],
    [EQ36[`${eq3}${eq6}`], scoreBelow36(macro)],
    [EQ4[eq4], macroScore([eq1, eq2, eq3, eq4 + 1, eq5, eq6])],
    // All of EQ5's metrics are told by its level: nothing is below the worst of it.
    [{ worst: [], depth: 1 }, macroScore([eq1, eq2, eq3, eq4, eq5 + 1, eq6])],
  ];
  const parts = sets.flatMap(([level, below]) =>
    level === undefined || below === undefined ? [] : [((score - below) * stepsBelow(level, get)) / level.depth],
  );
  const mean = parts.length === 0 ? 0 : parts.reduce((sum, part) => sum + part, 0) / parts.length;
  return Math.round(Math.min(Math.max(score - mean, 0), 100) + 1e-6) / 10;
}

/** The value that counts: the modified one, else the base's own; what is not defined has a default. */
function effective(metrics: CvssMetrics, name: string): string {
  const modified = metrics.get(`M${name}`);
  const value = modified === undefined || modified === "X" ? metrics.get(name) : modified;
  return value === undefined || value === "X" ? (DEFAULTS[name] ?? "X") : value;
}

function macroVector(get: (name: string) => string): MacroVector {
  const is = (pair: string): boolean => get(pair.slice(0, -2)) === pair.at(-1);
  const easy = ["AV:N", "PR:N", "UI:N"].filter(is).length;
  const eq1 = easy === 3 ? 0 : easy > 0 && !is("AV:P") ? 1 : 2;
  const eq2 = is("AC:L") && is("AT:N") ? 0 : 1;
  const eq3 = is("VC:H") && is("VI:H") ? 0 : ["VC:H", "VI:H", "VA:H"].some(is) ? 1 : 2;
  const eq4 = is("SI:S") || is("SA:S") ? 0 : ["SC:H", "SI:H", "SA:H"].some(is) ? 1 : 2;
  const eq5 = is("E:A") ? 0 : is("E:P") ? 1 : 2;
  const eq6 = ["C", "I", "A"].some((each) => is(`${each}R:H`) && is(`V${each}:H`)) ? 0 : 1;
  return [eq1, eq2, eq3, eq4, eq5, eq6];
}

/** From 00 there are two ways down, of which the one with the higher score counts. */
function scoreBelow36([eq1, eq2, eq3, eq4, eq5, eq6]: MacroVector): number | undefined {
  const at = (three: number, six: number) => macroScore([eq1, eq2, three, eq4, eq5, six]);
  if (eq3 === 0 && eq6 === 0) return Math.max(at(0, 1) ?? 0, at(1, 0) ?? 0);
  return eq6 === 0 ? at(eq3, 1) : at(eq3 + 1, 1);
}

/** Steps from the first of the level's worst vectors that is nowhere better than this one. */
function stepsBelow({ worst }: Level, get: (name: string) => string): number {
  for (const each of worst) {
    const steps = each.split("/").map((pair) => {
      const [name = "", value = ""] = pair.split(":");
      const values = STEPS[name]?.split(" ") ?? [];
      return values.indexOf(get(name)) - values.indexOf(value);
    });
    if (steps.every((step) => step >= 0)) return steps.reduce((sum, step) => sum + step, 0);
  }
  return 0;
}
