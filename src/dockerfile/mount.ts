import type { MountFlag } from "./instruction.ts";
import type { Source } from "./source.ts";

/** What `RUN --mount` asks for, with variables replaced. Fields that were not given are undefined. */
export type Mount = BindMount | CacheMount | TmpfsMount | SecretMount | SshMount;

interface Placed {
  readonly flag: MountFlag;
  /** As it was written: absolute or relative to the working directory. */
  readonly target: string;
}

export interface BindMount extends Placed {
  readonly type: "bind";
  readonly from: string | undefined;
  readonly source: string | undefined;
  readonly readOnly: boolean;
}

export interface CacheMount extends Placed {
  readonly type: "cache";
  /** Target where it is not given. */
  readonly id: string | undefined;
  readonly from: string | undefined;
  readonly source: string | undefined;
  readonly readOnly: boolean;
  readonly sharing: "shared" | "private" | "locked";
  readonly mode: number | undefined;
  readonly uid: number | undefined;
  readonly gid: number | undefined;
}

export interface TmpfsMount extends Placed {
  readonly type: "tmpfs";
  /** Bytes. */
  readonly size: number | undefined;
}

export interface SecretMount {
  readonly type: "secret";
  readonly flag: MountFlag;
  /** The name of the secret; of id, source and the last part of target the first that is given. */
  readonly id: string;
  /** Undefined where only `env` is asked for. */
  readonly target: string | undefined;
  readonly env: string | undefined;
  readonly required: boolean;
  readonly mode: number | undefined;
  readonly uid: number | undefined;
  readonly gid: number | undefined;
}

export interface SshMount {
  readonly type: "ssh";
  readonly flag: MountFlag;
  readonly id: string | undefined;
  readonly target: string | undefined;
  readonly required: boolean;
  readonly mode: number | undefined;
  readonly uid: number | undefined;
  readonly gid: number | undefined;
}

/**
 * The mount that a flag asks for; `expand` replaces the variables of each value (not of `from`). CONFIG_INVALID with the
 * place of the flag for unknown keys and types, and values that do not fit.
 */
export function readMount(flag: MountFlag, source: Source, expand: (text: string) => string): Mount {
  throw source.error(flag.flag, `--mount is not read yet ${expand("")}`);
}
