import type { Effect } from "../../debian/scripts/script-effect.ts";
import type { Content } from "../../rootfs/content.ts";
import type { RootPath } from "../../rootfs/path.ts";

/** A command that a maintainer script would have run. */
export type ScriptCommand = Readonly<{
  /** Name of the script, or of the file that declares it (sysusers.d, tmpfiles.d). */
  script: string;
  line: number;
  command: string;
}>;

/** One change that a command asks for, and that a piece makes. */
export interface ScriptStep {
  readonly package: string;
  readonly command: ScriptCommand;
  readonly effect: Effect;
}

/** A file in which a package declares accounts (sysusers.d) or directories (tmpfiles.d). */
export interface Declaration {
  readonly package: string;
  readonly path: RootPath;
  readonly content: Content;
}

/** An alternative of a package: one of several files that a name may stand for. */
export type Alternative = Extract<Effect, { kind: "alternative" }>;

/** What scripts leave to pieces, packages in byte order of their names. */
export interface ScriptWork {
  readonly steps: readonly ScriptStep[];
  readonly declarations: readonly Declaration[];
  /** Alternatives of the tiers below, in the order in which they were installed. */
  readonly alternatives: readonly Alternative[];
  /** True for a path that slices keep out of the image; that of a directory ends with a slash. */
  omits(path: string): boolean;
  /** To be called by a piece that cannot do what a package asks for, so that the user hears of it. */
  undone(name: string, command: ScriptCommand): void;
}

/** Nothing to be done. */
export const NO_SCRIPT_WORK: ScriptWork = {
  steps: [],
  declarations: [],
  alternatives: [],
  omits: () => false,
  undone: () => {},
};

const DECLARES = /^usr\/lib\/(?:sysusers|tmpfiles)\.d\/[^/]+\.conf$/;

/** True for a file that pieces read, whether it ships or not. */
export function isDeclaration(path: RootPath): boolean {
  return DECLARES.test(path);
}
