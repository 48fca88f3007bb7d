import type { Origin } from "./origin.ts";
import type { Place } from "./place.ts";

/** Runs a program in the stage's root file system; what it changes there is a layer. */
export interface RunStep {
  readonly kind: "run";
  readonly text: string;
  readonly place: Place;
  /** The program and its arguments. */
  readonly arguments: readonly string[];
  /** `NAME=VALUE`: the environment of the stage, and its arguments that have a value. */
  readonly environment: readonly string[];
  /** Arguments that are usable without having been declared; they are no part of what a cached step is found by. */
  readonly proxies: readonly string[];
  readonly directory: string;
  /** `USER[:GROUP]`, names or numbers; root where it is not given. */
  readonly user: string | undefined;
  readonly mounts: readonly RunMount[];
  readonly network: "default" | "none" | "host";
  readonly security: "sandbox" | "insecure";
  readonly devices: readonly { readonly name: string; readonly required: boolean }[];
}

/** Something that is there while the program runs, and no part of the layer. Targets are absolute. */
export type RunMount =
  | {
      readonly kind: "bind";
      readonly target: string;
      readonly from: Origin;
      /** Path in the origin, from its root. */
      readonly source: string;
      /** What is written is thrown away. */
      readonly writable: boolean;
    }
  | {
      readonly kind: "cache";
      readonly target: string;
      readonly id: string;
      readonly sharing: "shared" | "private" | "locked";
      readonly writable: boolean;
      /** What an empty cache begins with; an empty directory where it is not given. */
      readonly from: Origin | undefined;
      readonly source: string;
      readonly mode: number;
      readonly uid: number;
      readonly gid: number;
    }
  | { readonly kind: "tmpfs"; readonly target: string; readonly size: number | undefined }
  | {
      readonly kind: "secret";
      readonly id: string;
      /** Undefined where it is a variable only. */
      readonly target: string | undefined;
      readonly variable: string | undefined;
      readonly required: boolean;
      readonly mode: number;
      readonly uid: number;
      readonly gid: number;
    }
  | {
      readonly kind: "ssh";
      readonly id: string;
      readonly target: string;
      readonly required: boolean;
      readonly mode: number;
      readonly uid: number;
      readonly gid: number;
    }
  /** A document of the Dockerfile as a file that can be run. */
  | { readonly kind: "document"; readonly target: string; readonly content: string };
