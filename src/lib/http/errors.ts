import { DistillError } from "../errors.ts";
import { proxyHint } from "./agent.ts";
import { transferErrorCode } from "./retry.ts";
import { isUnknownAuthority } from "./trust.ts";
import { shownUrl } from "./url.ts";

const REASONS: Readonly<Record<string, string>> = {
  ENOTFOUND: "no such host",
  EAI_AGAIN: "the name server does not answer",
  ECONNREFUSED: "connection refused",
  ECONNRESET: "the connection was cut",
  EPIPE: "the connection was cut",
  UND_ERR_SOCKET: "the connection was cut",
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: "the connection was cut",
  ETIMEDOUT: "timed out",
  ENETUNREACH: "network unreachable",
  EHOSTUNREACH: "host unreachable",
  UND_ERR_CONNECT_TIMEOUT: "timed out while connecting",
  UND_ERR_HEADERS_TIMEOUT: "timed out while waiting for an answer",
  UND_ERR_BODY_TIMEOUT: "timed out in the middle of the answer",
  CERT_HAS_EXPIRED: "its certificate has expired",
  CERT_NOT_YET_VALID: "its certificate is not valid yet",
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for another name",
};

/** Why no connection came about; the system's words where there are no better ones. */
export function transferReason(error: unknown): string {
  if (isUnknownAuthority(error)) return "nobody who is trusted here has signed its certificate";
  return REASONS[transferErrorCode(error) ?? ""] ?? (error instanceof Error ? error.message : String(error));
}

/** What makes a certificate acceptable; undefined for a failure that is about something else. */
export function certificateHint(error: unknown): string | undefined {
  if (isUnknownAuthority(error)) return "SSL_CERT_FILE can name a file (PEM) with the authority that signed it";
  const code = transferErrorCode(error) ?? "";
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") return "check the address; ask who runs the server";
  return code.startsWith("CERT_") ? "check the clock of this machine; ask who runs the server" : undefined;
}

/** A transport failure as a NETWORK error that names address and reason; any DistillError comes back as it is. */
export function networkError(url: string, error: unknown, tries: number, hint: string | undefined): DistillError {
  if (error instanceof DistillError) return error;
  const message = `cannot get ${shownUrl(url)}: ${transferReason(error)}${afterTries(tries)}`;
  return new DistillError("NETWORK", message, { hint: certificateHint(error) ?? withProxies(hint), cause: error });
}

/** The cause of a `statusError`. */
class HttpStatus extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`HTTP status ${status}`);
    this.status = status;
  }
}

/** The status that a `statusError` is about; undefined for any other error. */
export function httpStatusOf(error: unknown): number | undefined {
  return error instanceof DistillError && error.cause instanceof HttpStatus ? error.cause.status : undefined;
}

/** The NETWORK error for an answer with a status that does not serve. */
export function statusError(url: string, status: number, tries: number, hint: string | undefined): DistillError {
  // Loaded here alone: importing node:http makes Node load a whole HTTP client, 33 ms of every start.
  const { STATUS_CODES } = process.getBuiltinModule("node:http");
  const answer = `${status} ${STATUS_CODES[status] ?? ""}`.trim();
  return new DistillError("NETWORK", `${shownUrl(url)} answers ${answer}${afterTries(tries)}`, {
    // A 404 is an answer: the connection is fine, and so is the proxy.
    hint: status === 404 ? `check the address; ${hint ?? "the server has no such file"}` : withProxies(hint),
    cause: new HttpStatus(status),
  });
}

function afterTries(tries: number): string {
  return tries > 1 ? ` (tried ${tries} times)` : "";
}

function withProxies(hint: string | undefined): string {
  return hint === undefined ? proxyHint() : `${proxyHint()}; ${hint}`;
}
