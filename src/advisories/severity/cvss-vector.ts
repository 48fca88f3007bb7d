/** Metrics of a CVSS vector by their short names. */
export type CvssMetrics = ReadonlyMap<string, string>;

/** The values that each metric may have. */
export interface CvssGrammar {
  /** These have to be there. */
  readonly base: Readonly<Record<string, string>>;
  readonly optional: Readonly<Record<string, string>>;
}

/** Longer than any vector can be that names each metric once. */
const MAX_LENGTH = 400;

/**
 * Reads `AV:N/AC:L/...` behind the prefix. Metrics may stand in any order, each once; undefined for what is no such vector.
 * Values of a grammar are written in one text, separated by spaces.
 */
export function readMetrics(text: string, { base, optional }: CvssGrammar): CvssMetrics | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const metrics = new Map<string, string>();
  for (const pair of text.split("/")) {
    const [name = "", value = "", ...more] = pair.split(":");
    const values = Object.hasOwn(base, name) ? base[name] : Object.hasOwn(optional, name) ? optional[name] : undefined;
    if (more.length > 0 || metrics.has(name) || !values?.split(" ").includes(value)) return undefined;
    metrics.set(name, value);
  }
  return Object.keys(base).every((name) => metrics.has(name)) ? metrics : undefined;
}
