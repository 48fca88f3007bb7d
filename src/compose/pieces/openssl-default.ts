import { type PieceContext, PieceWriter } from "./piece.ts";

/** OpenSSL's default certificate file (OPENSSLDIR/cert.pem), so that TLS works where SSL_CERT_FILE is not set. */
export function opensslDefault(context: PieceContext): void {
  new PieceWriter(context, "openssl-default").link("/usr/lib/ssl/cert.pem", "/etc/ssl/certs/ca-certificates.crt");
}
