import { DistillError, isDistillError } from "../lib/errors.ts";
import { certificateHint, transferReason } from "../lib/http/errors.ts";
import type { HttpResponse } from "../lib/http/request.ts";
import { isUnknownAuthority } from "../lib/http/trust.ts";
import { shownUrl } from "../lib/http/url.ts";
import type { Remote } from "./remote.ts";

/** What a registry says is wrong (distribution-spec, "Error Codes"). */
interface Diagnostic {
  readonly code: string;
  readonly message: string;
}

const MAX_BODY = 64 * 1024;
/** Milliseconds that it may take. */
const MAX_TIME = 3000;
const MAX_SHOWN = 300;

/**
 * The failure that an answer amounts to; its body is read, up to 64 KiB and for some seconds. UNAUTHORIZED for 401 and 403, NO_SUCH_IMAGE
 * where `missing` names what a 404 is about, REGISTRY for the rest. `doing`: "read the tags of".
 */
export async function answerFailure(
  remote: Remote,
  response: HttpResponse,
  doing: string,
  missing?: string,
): Promise<DistillError> {
  const diagnostics = await readDiagnostics(response);
  const said = diagnostics.map(describe).join("; ");
  const name = `${remote.registry}/${remote.path}`;
  const { status } = response;
  if (status === 404 && missing !== undefined) {
    return new DistillError("NO_SUCH_IMAGE", `${remote.host} has no ${missing}${said === "" ? "" : ` (${said})`}`, {
      hint: missing.startsWith("repository") ? "check the name" : `distill ls-tags ${name} lists the tags`,
    });
  }
  if (status === 401 || status === 403) return refused(remote, doing, said);
  const answer = `${status}${said === "" ? "" : `: ${said}`}`;
  return new DistillError("REGISTRY", `cannot ${doing} ${name}: ${shownUrl(response.url)} answers ${answer}`, {
    hint: hintFor(status, remote),
  });
}

/** The error of a registry whose answer contradicts what was asked, or itself. */
export function protocolFailure({ host }: Remote, problem: string, cause?: unknown): DistillError {
  return new DistillError("REGISTRY", `${host} ${problem}`, {
    hint: "the registry, or a proxy before it, is broken or not what it seems: try again, or ask who runs it",
    cause,
  });
}

/** The NETWORK error for a certificate that does not hold; any other failure as it is. */
export function explainCertificate({ host, registry }: Remote, url: URL, error: unknown): unknown {
  const hint = certificateHint(error);
  if (hint === undefined || isDistillError(error)) return error;
  const own = `/etc/containers/certs.d/${registry}/ca.crt can hold it for this registry alone`;
  const way = isUnknownAuthority(error) && url.host === host ? `${hint}; ${own}` : hint;
  return new DistillError("NETWORK", `cannot reach ${url.origin}: ${transferReason(error)}`, {
    hint: `${way}; --tls-verify=false goes without any check`,
    cause: error,
  });
}

function refused({ registry, path, host }: Remote, doing: string, said: string): DistillError {
  const reason = said === "" ? "" : ` (${said})`;
  return new DistillError("UNAUTHORIZED", `${host} does not let you ${doing} ${registry}/${path}${reason}`, {
    hint: `distill login ${registry} signs in; an account that is signed in needs the right to do this, and the name must be right`,
  });
}

function hintFor(status: number, { registry }: Remote): string {
  if (status === 429) return `too many requests: wait, or sign in with distill login ${registry} for a higher limit`;
  if (status === 413) return "the registry takes no blob of this size: ask who runs it for a higher limit";
  if (status === 404 || status === 405)
    return "check the name; the registry may not have, or not allow, this operation";
  return "try again; if it stays, ask who runs the registry";
}

async function readDiagnostics(response: HttpResponse): Promise<readonly Diagnostic[]> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const start = performance.now();
  try {
    for await (const chunk of response.body) {
      size += chunk.length;
      if (size > MAX_BODY || performance.now() - start > MAX_TIME) break;
      chunks.push(chunk);
    }
    return parseDiagnostics(Buffer.concat(chunks).toString("utf8"));
  } catch {
    // An answer that says nothing more than its status.
    return [];
  }
}

function parseDiagnostics(text: string): readonly Diagnostic[] {
  const document: unknown = JSON.parse(text);
  if (typeof document !== "object" || document === null || !("errors" in document)) return [];
  if (!Array.isArray(document.errors)) return [];
  return document.errors.slice(0, 3).flatMap((each: unknown) => {
    if (typeof each !== "object" || each === null) return [];
    const code = "code" in each && typeof each.code === "string" ? each.code : "";
    const message = "message" in each && typeof each.message === "string" ? each.message : "";
    return code === "" && message === "" ? [] : [{ code, message }];
  });
}

/** Without control characters: what a server says ends up on a terminal. */
function describe({ code, message }: Diagnostic): string {
  const text = [code, message].filter((each) => each !== "").join(": ");
  const shown = text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, " ");
  return shown.length > MAX_SHOWN ? `${shown.slice(0, MAX_SHOWN)}...` : shown;
}
