import { DistillError } from "../../lib/errors.ts";
import { bytesContent, readContent } from "../../rootfs/content.ts";
import { comparePaths, displayPath, pathFromText, type RootPath } from "../../rootfs/path.ts";
import { type PieceContext, PieceWriter } from "./piece.ts";

/** Where ca-certificates keeps the certificates that update-ca-certificates makes the bundle from. */
const SOURCES = /^usr\/share\/ca-certificates\/.*\.crt$/;

/** The bundle of trusted certificates: where OpenSSL, Go and most others look. */
export const BUNDLE = "/etc/ssl/certs/ca-certificates.crt";
const LIMIT = 1024 * 1024;

/** Most bytes that are read of it. */
export const BUNDLE_LIMIT = 64 * 1024 * 1024;

/** True for a file that the bundle is made from; such files do not ship one by one. */
export function isCertificateSource(path: RootPath): boolean {
  return SOURCES.test(path);
}

/**
 * The CA bundle: every certificate of the packages in byte order of its path (update-ca-certificates(8)), behind the
 * bundle of the tiers below where there is one.
 */
export async function certificates(context: PieceContext): Promise<void> {
  const below = context.editor.follow(pathFromText(BUNDLE)).node;
  const parts: Uint8Array[] = [];
  const sources = [...context.sources].filter(([path]) => isCertificateSource(path));
  for (const [path, content] of sources.sort((a, b) => comparePaths(a[0], b[0]))) {
    const pem = Buffer.from(await readContent(content, LIMIT));
    if (!pem.includes("-----BEGIN CERTIFICATE-----")) {
      throw new DistillError("FORMAT_INVALID", `${displayPath(path)} holds no PEM certificate`);
    }
    parts.push(pem);
    if (pem.at(-1) !== 0x0a) parts.push(Buffer.from("\n"));
  }
  if (below?.type === "file") {
    if (parts.length === 0) return;
    parts.unshift(await readContent(below.content, BUNDLE_LIMIT));
  }
  if (parts.length === 0) throw new DistillError("FORMAT_INVALID", "ca-certificates holds no certificates");
  new PieceWriter(context, "certificates").file(BUNDLE, bytesContent(Buffer.concat(parts)));
}
