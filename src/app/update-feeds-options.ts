import type { HttpPolicy } from "../lib/http/retry.ts";
import type { Progress } from "../lib/progress.ts";

/** How feeds are renewed. */
export interface UpdateFeedsOptions {
  /** Milliseconds; with it a server that does not answer is not asked again. */
  readonly connectTimeout?: number | undefined;
  /** Beside that. */
  readonly policy?: Partial<HttpPolicy> | undefined;
  readonly progress?: Progress | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Base address or directory of a mirror of all feeds; DISTILL_ADVISORY_MIRROR by default. */
  readonly mirror?: string | undefined;
  /** Takes feeds that have not changed anew, and those that have lost most of their records. */
  readonly force?: boolean | undefined;
  /** Nothing is asked of the network: feeds in local directories are renewed, all others are failures (OFFLINE). */
  readonly offline?: boolean | undefined;
}
