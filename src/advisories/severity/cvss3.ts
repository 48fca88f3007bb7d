import { type CvssGrammar, readMetrics } from "./cvss-vector.ts";

const BASE = { AV: "N A L P", AC: "L H", PR: "N L H", UI: "N R", S: "U C", C: "H L N", I: "H L N", A: "H L N" };

const GRAMMAR: CvssGrammar = {
  base: BASE,
  optional: {
    ...{ E: "X H F P U", RL: "X U W T O", RC: "X C R U", CR: "X H M L", IR: "X H M L", AR: "X H M L" },
    ...Object.fromEntries(Object.entries(BASE).map(([name, values]) => [`M${name}`, `X ${values}`])),
  },
};

const WEIGHTS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  AV: { N: 0.85, A: 0.62, L: 0.55, P: 0.2 },
  AC: { L: 0.77, H: 0.44 },
  PR: { N: 0.85, L: 0.62, H: 0.27 },
  UI: { N: 0.85, R: 0.62 },
  C: { H: 0.56, L: 0.22, N: 0 },
  I: { H: 0.56, L: 0.22, N: 0 },
  A: { H: 0.56, L: 0.22, N: 0 },
};

/** Privileges weigh less where the scope changes. */
const PRIVILEGES_CHANGED: Readonly<Record<string, number>> = { N: 0.85, L: 0.68, H: 0.5 };

/**
 * Base score of a CVSS v3.0 or v3.1 vector (specification, 7.1), from 0 to 10; undefined for what is none. Temporal and
 * environmental metrics may be there and do not count.
 */
export function cvss3Score(vector: string): number | undefined {
  const [, text] = /^CVSS:3\.[01]\/(.*)$/s.exec(vector) ?? [];
  const metrics = text === undefined ? undefined : readMetrics(text, GRAMMAR);
  if (metrics === undefined) return undefined;
  const weight = (name: string): number => WEIGHTS[name]?.[metrics.get(name) ?? ""] ?? 0;
  const isChanged = metrics.get("S") === "C";
  const privileges = isChanged ? (PRIVILEGES_CHANGED[metrics.get("PR") ?? ""] ?? 0) : weight("PR");
  const base = 1 - (1 - weight("C")) * (1 - weight("I")) * (1 - weight("A"));
  const impact = isChanged ? 7.52 * (base - 0.029) - 3.25 * (base - 0.02) ** 15 : 6.42 * base;
  if (impact <= 0) return 0;
  const exploitability = 8.22 * weight("AV") * weight("AC") * privileges * weight("UI");
  return roundUp(Math.min((isChanged ? 1.08 : 1) * (impact + exploitability), 10));
}

/** To one decimal (v3.1, appendix A): what floating point adds in the sixth place is no reason to go up. */
function roundUp(score: number): number {
  const whole = Math.round(score * 100_000);
  return whole % 10_000 === 0 ? whole / 100_000 : (Math.floor(whole / 10_000) + 1) / 10;
}
