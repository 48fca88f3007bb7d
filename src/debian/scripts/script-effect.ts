/** A change to the file system or to the accounts that a script's command asks for, with nothing left open. */
export type Effect =
  | {
      readonly kind: "alternative";
      readonly link: string;
      readonly name: string;
      readonly path: string;
      readonly priority: number;
      readonly followers: readonly { readonly link: string; readonly name: string; readonly path: string }[];
    }
  | {
      readonly kind: "user";
      readonly name: string;
      /** Undefined: the next that is free. */
      readonly id: number | undefined;
      /** Name or id of its group; undefined: one of the user's own name. */
      readonly group: string | undefined;
      readonly home: string;
      readonly shell: string;
      readonly comment: string;
      readonly makeHome: boolean;
    }
  | { readonly kind: "group"; readonly name: string; readonly id: number | undefined }
  | { readonly kind: "member"; readonly user: string; readonly group: string }
  | { readonly kind: "directory"; readonly path: string; readonly mode: string | undefined }
  | { readonly kind: "link"; readonly path: string; readonly target: string; readonly force: boolean }
  | { readonly kind: "mode"; readonly path: string; readonly mode: string; readonly recursive: boolean }
  | {
      readonly kind: "owner";
      readonly path: string;
      readonly user: string | undefined;
      readonly group: string | undefined;
      readonly recursive: boolean;
    }
  /** An empty file, where there is none. */
  | { readonly kind: "empty"; readonly path: string }
  /** A copy of a file of the image; one that is there stays unless `force`. */
  | { readonly kind: "copy"; readonly from: string; readonly to: string; readonly force: boolean };

/** What becomes of a command: nothing is needed in an image, distill does it, or distill does not. */
export type Verdict =
  | { readonly kind: "nothing" }
  | { readonly kind: "done"; readonly effects: readonly Effect[] }
  | { readonly kind: "more" };

export const NOTHING: Verdict = { kind: "nothing" };
export const MORE: Verdict = { kind: "more" };

export function done(...effects: readonly Effect[]): Verdict {
  return { kind: "done", effects };
}

/** Path that an effect makes, where it makes one. */
export function pathMadeBy(effect: Effect): string | undefined {
  switch (effect.kind) {
    case "directory":
    case "link":
    case "empty":
      return effect.path;
    case "copy":
      return effect.to;
    case "alternative":
      return effect.link;
    default:
      return undefined;
  }
}

/** True for what may be done although it is not certain that the script would have: it adds, and never changes what is there. */
export function onlyAdds(effect: Effect): boolean {
  return ["alternative", "user", "group", "member", "directory"].includes(effect.kind);
}

/** Longest path, and longest component of one, in bytes (PATH_MAX, NAME_MAX). */
const MAX_PATH = 4096;
const MAX_NAME = 255;

/** True for an absolute path without ".." that a file system can have. */
export function isAbsolute(path: string | undefined): path is string {
  if (path === undefined || !path.startsWith("/") || path.includes("\0") || Buffer.byteLength(path) > MAX_PATH)
    return false;
  return path.split("/").every((name) => name !== ".." && Buffer.byteLength(name) <= MAX_NAME);
}
