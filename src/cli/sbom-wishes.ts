import type { OwnerKind } from "../inventory/coverage.ts";
import { DistillError } from "../lib/errors.ts";

/** What is wanted of an inventory. */
export interface SbomWishes {
  readonly format: "table" | "json" | "cyclonedx" | "spdx";
  readonly list: OwnerKind | "dead" | undefined;
  readonly digests: boolean;
}

/** USAGE for wishes of which one would be left out: listed files are no document, and neither they nor tables have digests. */
export function refuseContrary({ format, list, digests }: SbomWishes): void {
  if (list !== undefined && format !== "table" && format !== "json") {
    throw new DistillError("USAGE", `--list gives a table or json, and no document in ${format}`, {
      hint: "leave --list out, or give --format json with it",
    });
  }
  if (digests && (list !== undefined || format === "table")) {
    throw new DistillError("USAGE", "--digests is for a whole inventory as json, cyclonedx or spdx", {
      hint: "give --format json with it, and leave --list out",
    });
  }
}
