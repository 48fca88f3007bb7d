import { existsSync, readFileSync } from "node:fs";
import type { BuildkitFile } from "./buildkit-instructions.ts";
import type { GoldenOperation } from "./buildkit-operations.ts";
import type { ParseNode } from "./buildkit-parse.ts";
import { sharedPath } from "./shared.ts";

/** A Dockerfile as found in the wild, with what BuildKit's front end made of it. */
export interface Golden {
  readonly id: string;
  readonly source: string;
  readonly dockerfile: string;
  readonly parse: { readonly escape?: string; readonly nodes?: readonly ParseNode[]; readonly error?: string };
  readonly instructions: Partial<BuildkitFile> & { readonly error?: string };
  readonly convert: {
    readonly image?: GoldenImage;
    readonly ops?: readonly GoldenOperation[] | null;
    readonly error?: string;
  };
  /** What its checks found; nothing behind an error. */
  readonly lint: readonly { readonly rule: string; readonly detail: string; readonly line: number }[];
}

/** The image that BuildKit makes of it: config and history. */
export interface GoldenImage {
  readonly author?: string;
  readonly history?: readonly Readonly<Record<string, unknown>>[] | null;
  readonly config: Readonly<Record<string, unknown>>;
}

/** Where the goldens are among the shared cases. */
export const GOLDENS = ["cases", "dockerfile", "goldens.jsonl"] as const;

/** The goldens of the shared cases; none where those are not there. */
export function readGoldens(): readonly Golden[] {
  const path = sharedPath(...GOLDENS);
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, "utf8").trimEnd().split("\n");
  return lines.map((line): Golden => JSON.parse(line));
}
