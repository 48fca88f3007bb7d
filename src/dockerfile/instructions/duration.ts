/** Nanoseconds, as image configs write times. */
export type Duration = number;

const UNITS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};

const FORM = /^(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h)/;
/** Go's longest duration, some 292 years. */
const MAX = 2n ** 63n - 1n;

/** A time as Go writes it ("1h30m", "1.5s", "-2ms", "0"), exact up to fractions of a nanosecond; undefined for other texts. */
export function parseDuration(text: string): Duration | undefined {
  const negative = text.startsWith("-");
  let rest = /^[+-]/.test(text) ? text.slice(1) : text;
  if (rest === "0") return 0;
  if (rest === "" || rest.length > 200) return undefined;
  let total = 0n;
  while (rest !== "") {
    const [part] = FORM.exec(rest) ?? [];
    if (part === undefined) return undefined;
    rest = rest.slice(part.length);
    const [, whole = "", fraction = "", unit = ""] = /^(\d*)\.?(\d*)(\D+)$/.exec(part) ?? [];
    const scale = UNITS[unit] ?? 0n;
    total += BigInt(whole || "0") * scale + (BigInt(fraction || "0") * scale) / 10n ** BigInt(fraction.length);
    if (total > MAX) return undefined;
  }
  return Number(negative ? -total : total);
}
