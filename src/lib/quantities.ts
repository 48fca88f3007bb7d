import { DistillError } from "./errors.ts";

const BYTES: Readonly<Record<string, number>> = { "": 1, k: 1e3, m: 1e6, g: 1e9, t: 1e12 };
const BINARY: Readonly<Record<string, number>> = { k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };
const MILLISECONDS: Readonly<Record<string, number>> = {
  ...{ s: 1000, m: 60_000, h: 3_600_000 },
  ...{ d: 86_400_000, w: 7 * 86_400_000 },
};

/**
 * Bytes of a size as people write it: `500MB`, `10GB` and `1.5T` in powers of 1000, `10GiB` in powers of 1024, a number alone.
 * Throws USAGE, with `what` as the name of the setting.
 */
export function parseBytes(text: string, what: string): number {
  const [, digits = "", unit = "", binary = ""] = /^(\d{1,15}(?:\.\d{1,9})?) ?([kmgt]?)(i?)b?$/i.exec(text) ?? [];
  const scale = (binary === "" ? BYTES : BINARY)[unit.toLowerCase()];
  const bytes = Math.round(Number(digits) * (scale ?? Number.NaN));
  if (digits !== "" && bytes <= Number.MAX_SAFE_INTEGER) return bytes;
  throw new DistillError("USAGE", `${what} is ${shown(text)}, which is no size`, {
    hint: "expected a size such as 500MB, 10GB or 10GiB",
  });
}

/** Milliseconds of a time as people write it: `30m`, `24h`, `7d`, `2w`, `1d12h`. Throws USAGE as parseBytes. */
export function parseAge(text: string, what: string): number {
  const parts = /^(?:\d{1,9}[smhdw]){1,5}$/i.test(text) ? text.toLowerCase().matchAll(/(\d+)([smhdw])/g) : [];
  let sum: number | undefined;
  for (const [, digits, unit = ""] of parts) sum = (sum ?? 0) + Number(digits) * (MILLISECONDS[unit] ?? Number.NaN);
  if (sum !== undefined && sum <= Number.MAX_SAFE_INTEGER) return sum;
  throw new DistillError("USAGE", `${what} is ${shown(text)}, which is no length of time`, {
    hint: "expected a time such as 30m, 24h or 7d",
  });
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, 100));
}
