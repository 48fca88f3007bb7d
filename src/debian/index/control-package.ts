import { Buffer } from "node:buffer";
import { hexOf } from "../../lib/digest.ts";
import { DistillError } from "../../lib/errors.ts";
import { parseControl } from "../package/control.ts";
import type { BinaryPackage } from "../package/package.ts";
import { parsePackage } from "./parse-package.ts";

/** Where the .deb of a control file is: what a package index says beside the fields of the control file. */
export type DebPlace = Pick<BinaryPackage, "filename" | "size" | "digest" | "archive">;

/**
 * The package that a .deb's control file describes, as the package index has it that lists the .deb. `name` says in errors
 * what was read; FORMAT_INVALID as parseControl and parsePackage.
 */
export function packageOfControl(control: Uint8Array, place: DebPlace, name: string): BinaryPackage {
  // latin1 as in the index: what is kept is ASCII.
  const [fields, ...more] = parseControl(Buffer.from(control).toString("latin1"), name);
  if (fields === undefined || more.length > 0) {
    throw new DistillError("FORMAT_INVALID", `${name}: its control file is not one paragraph of fields`);
  }
  const own: Readonly<Record<string, string>> = {
    Filename: place.filename,
    Size: String(place.size),
    SHA256: hexOf(place.digest),
  };
  const get = (field: string): string | undefined => own[field] ?? fields.get(field)?.replace(/\s*\n\s*/g, " ");
  return parsePackage({ get }, place.archive);
}
