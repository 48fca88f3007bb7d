import type { Platform } from "../image/platform.ts";

/** Where a stage, a copy or a mount takes files from. */
export type Origin = ContextOrigin | ScratchOrigin | StageOrigin | ImageOrigin | NamedContextOrigin;

/** The build context. */
export interface ContextOrigin {
  readonly kind: "context";
}

/** No files at all. */
export interface ScratchOrigin {
  readonly kind: "scratch";
}

/** Another stage of the plan, by its `index`. */
export interface StageOrigin {
  readonly kind: "stage";
  readonly index: number;
}

/** An image by its whole name: `docker.io/library/debian:trixie`. */
export interface ImageOrigin {
  readonly kind: "image";
  readonly reference: string;
  readonly platform: Platform;
}

/** What the user put in the place of a stage or an image: `--build-context NAME=LOCATION`. */
export interface NamedContextOrigin {
  readonly kind: "named-context";
  readonly name: string;
  readonly location: ContextLocation;
  readonly platform: Platform;
}

export type ContextLocation =
  | { readonly kind: "directory"; readonly path: string }
  | { readonly kind: "image"; readonly reference: string }
  /** An image by its transport: `oci:DIR`, `docker-archive:FILE`. */
  | { readonly kind: "transport"; readonly name: string }
  | { readonly kind: "git"; readonly url: string }
  | { readonly kind: "http"; readonly url: string };

/** How people write an origin. */
export function shownOrigin(origin: Origin): string {
  switch (origin.kind) {
    case "context":
    case "scratch":
      return origin.kind;
    case "stage":
      return `stage ${origin.index}`;
    case "image":
      return origin.reference;
    case "named-context":
      return `${origin.name}=${shownLocation(origin.location)}`;
  }
}

export function shownLocation(location: ContextLocation): string {
  switch (location.kind) {
    case "directory":
      return location.path;
    case "image":
      return location.reference;
    case "transport":
      return location.name;
    case "git":
    case "http":
      return location.url;
  }
}
