import { systemErrorCode } from "../errors.ts";

/** How patient a transfer is; times in milliseconds. */
export interface HttpPolicy {
  /** Tries in all, the first included, over requests and cut bodies together. */
  readonly attempts: number;
  /** The wait before the second try; it doubles with every further one, up to `maxDelay`. */
  readonly firstDelay: number;
  readonly maxDelay: number;
  /** A server that asks for a longer wait (Retry-After) is not waited for. */
  readonly maxRetryAfter: number;
  /** Until a connection stands, the look-up of the name included. */
  readonly connectTimeout: number;
  /** From the end of a request to the end of the answer's headers. */
  readonly headersTimeout: number;
  /** The same, where the server has work to do before it answers: large uploads are moved to their place then. */
  readonly workTimeout: number;
  /** Between two pieces of a body. */
  readonly idleTimeout: number;
  /** Bytes that `idleTimeout` of waiting must bring. */
  readonly slowest: number;
}

export const DEFAULT_HTTP_POLICY: HttpPolicy = {
  attempts: 5,
  firstDelay: 250,
  maxDelay: 8_000,
  maxRetryAfter: 30_000,
  connectTimeout: 15_000,
  headersTimeout: 30_000,
  workTimeout: 300_000,
  idleTimeout: 30_000,
  slowest: 1024,
};

const TRANSIENT_CODES: ReadonlySet<string> = new Set([
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "EAI_AGAIN",
  "ENETDOWN",
  "UND_ERR_SOCKET",
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_HEADERS_TIMEOUT",
  "UND_ERR_BODY_TIMEOUT",
  "UND_ERR_RES_CONTENT_LENGTH_MISMATCH",
]);

/** The code of a failed transfer, taken from the error or from what caused it. */
export function transferErrorCode(error: unknown): string | undefined {
  const own = systemErrorCode(error);
  if (own !== undefined) return own;
  return error instanceof Error && error.cause !== undefined ? transferErrorCode(error.cause) : undefined;
}

/** True for failures that another try may not meet again. */
export function isTransientError(error: unknown): boolean {
  return TRANSIENT_CODES.has(transferErrorCode(error) ?? "");
}

/** True for answers that another try may not get again (RFC 9110, section 15; 429 is RFC 6585's). */
export function isTransientStatus(status: number): boolean {
  return status === 408 || status === 429 || (status >= 500 && status !== 501 && status !== 505);
}

/**
 * Milliseconds to wait after `failures` failed tries, or undefined to give up. A Retry-After (RFC 9110, section 10.2.3)
 * within the policy's bound is obeyed; else an exponential back-off of which a random half is taken off, so that many
 * clients of a server that recovers do not come back in step.
 */
export function retryDelay(
  policy: HttpPolicy,
  failures: number,
  retryAfter: string | undefined,
  random: () => number = Math.random,
  now: number = Date.now(),
): number | undefined {
  if (failures >= policy.attempts) return undefined;
  const asked = retryAfter === undefined ? undefined : parseRetryAfter(retryAfter, now);
  if (asked !== undefined) return asked <= policy.maxRetryAfter ? asked : undefined;
  const full = Math.min(policy.maxDelay, policy.firstDelay * 2 ** (failures - 1));
  return full * (1 - random() / 2);
}

function parseRetryAfter(value: string, now: number): number | undefined {
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
