import type { TlsSettings } from "./agent.ts";
import { transferErrorCode } from "./retry.ts";

/** OpenSSL's reasons for not knowing who signed a certificate (verification errors, X509_V_ERR_*). */
const UNKNOWN_AUTHORITY: ReadonlySet<string> = new Set([
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "CERT_UNTRUSTED",
]);

/** Origins whose certificates only the machine's own authorities vouch for. */
const vouchedBySystem = new Set<string>();

/** True for the failure to reach a server whose certificate is signed by nobody that is known. */
export function isUnknownAuthority(error: unknown): boolean {
  return UNKNOWN_AUTHORITY.has(transferErrorCode(error) ?? "");
}

/**
 * Runs a request with the authorities that come with Node, and again with those of the machine too where nobody of them
 * signed the server's certificate. They take a fifth of a second to load and few servers need them; a server that does is
 * remembered. Nothing of a request goes out before the certificate is accepted, so that it can be sent again.
 */
export async function withSystemTrust<T>(
  origin: string,
  tls: TlsSettings | undefined,
  run: (tls: TlsSettings | undefined) => Promise<T>,
): Promise<T> {
  const wider: TlsSettings = { verify: true, ...tls, system: true };
  if (vouchedBySystem.has(origin)) return run(wider);
  try {
    return await run(tls);
  } catch (error) {
    if (!wider.verify || tls?.system === true || !isUnknownAuthority(error)) throw error;
    const result = await run(wider);
    vouchedBySystem.add(origin);
    return result;
  }
}
