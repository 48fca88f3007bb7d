import { DistillError } from "../lib/errors.ts";

/** How the layers of an image are packed for others. */
export type Packing = { readonly algorithm: "gzip" | "zstd"; readonly level: number } | { readonly algorithm: "none" };

/** What every registry and engine reads; level 6 as everywhere. */
export const DEFAULT_PACKING: Packing = { algorithm: "gzip", level: 6 };

const LEVELS = {
  gzip: { least: 1, most: 9, usual: 6 },
  zstd: { least: 1, most: 22, usual: 3 },
} as const;

/** As parsePacking reads it. */
export function formatPacking(packing: Packing): string {
  return packing.algorithm === "none" ? "none" : `${packing.algorithm}:${packing.level}`;
}

/** Parses `gzip[:1-9]`, `zstd[:1-22]` or `none`; throws USAGE. */
export function parsePacking(text: string): Packing {
  if (text === "none") return { algorithm: "none" };
  const [, name, digits] = /^(gzip|zstd)(?::(\d{1,2}))?$/.exec(text) ?? [];
  if (name !== "gzip" && name !== "zstd") {
    throw new DistillError("USAGE", `not a compression: ${JSON.stringify(text.slice(0, 100))}`, {
      hint: "expected gzip, gzip:1 to gzip:9, zstd, zstd:1 to zstd:22, or none",
    });
  }
  const { least, most, usual } = LEVELS[name];
  const level = digits === undefined ? usual : Number(digits);
  if (level >= least && level <= most) return { algorithm: name, level };
  throw new DistillError("USAGE", `${name} has no level ${level}`, { hint: `its levels are ${least} to ${most}` });
}
