import { createHash, X509Certificate } from "node:crypto";
import { DistillError } from "../../lib/errors.ts";
import { bytesContent, type Content, readContent } from "../../rootfs/content.ts";
import { nameOf, pathFromText, type RootPath, textOfBytes } from "../../rootfs/path.ts";
import { BUNDLE, BUNDLE_LIMIT } from "./certificates.ts";
import { isInstalled } from "./installed.ts";
import { encodeJavaKeyStore, type TrustedCertificate } from "./java-key-store.ts";
import { type PieceContext, PieceWriter } from "./piece.ts";

const STORE = "/etc/ssl/certs/java/cacerts";
/** The password that every Java has for its trust store. */
const PASSWORD = "changeit";
const CERTIFICATE_LIMIT = 1024 * 1024;
const PEM = /-----BEGIN CERTIFICATE-----([\sA-Za-z0-9+/=]*)-----END CERTIFICATE-----/g;

/**
 * /etc/ssl/certs/java/cacerts, Java's trust store, as ca-certificates-java's postinst makes it from the CA bundle: the
 * certificates of the bundle, each as "debian:" with the name that update-ca-certificates gives its file, those that no
 * package has as "distill:" with their fingerprint. Debian's JDKs ship lib/security/cacerts as a link to it.
 */
export async function javaCacerts(context: PieceContext): Promise<void> {
  if (!isInstalled(context, "ca-certificates-java")) return;
  const bundle = context.editor.follow(pathFromText(BUNDLE)).node;
  if (bundle?.type !== "file") return;
  const names = await namesByFingerprint(context.certificates);
  const text = Buffer.from(await readContent(bundle.content, BUNDLE_LIMIT)).toString("latin1");
  const store = encodeJavaKeyStore(uniqueAliases(certificatesOf(text), names), PASSWORD);
  const present = context.editor.follow(pathFromText(STORE)).node;
  if (present?.type === "file" && present.content.size === store.length) {
    if (Buffer.compare(await readContent(present.content, store.length), store) === 0) return;
  }
  new PieceWriter(context, "java-cacerts").file(STORE, bytesContent(store));
}

/** The certificates of a PEM text, each once. */
function certificatesOf(text: string): ReadonlyMap<string, Uint8Array> {
  const found = new Map<string, Uint8Array>();
  for (const [, base64] of text.matchAll(PEM)) {
    const der = Buffer.from(base64 as string, "base64");
    found.set(fingerprintOf(der), der);
  }
  return found;
}

async function namesByFingerprint(certificates: ReadonlyMap<RootPath, Content>): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>();
  for (const [path, content] of certificates) {
    const text = Buffer.from(await readContent(content, CERTIFICATE_LIMIT)).toString("latin1");
    const [fingerprint] = certificatesOf(text).keys();
    if (fingerprint !== undefined) names.set(fingerprint, aliasOf(path));
  }
  return names;
}

/** The name of the file that update-ca-certificates makes of a certificate, in small letters as Java's aliases are. */
function aliasOf(path: RootPath): string {
  const name = textOfBytes(nameOf(path))
    .replace(/\.crt$/, "")
    .replace(/[ ,]/g, "_")
    .replace(/[()]/g, "=");
  return `debian:${name}.pem`.toLowerCase();
}

function uniqueAliases(
  certificates: ReadonlyMap<string, Uint8Array>,
  names: ReadonlyMap<string, string>,
): readonly TrustedCertificate[] {
  const taken = new Set<string>();
  return Array.from(certificates, ([fingerprint, der]) => {
    const own = `distill:${fingerprint.slice(0, 32)}`;
    const name = names.get(fingerprint) ?? own;
    const alias = taken.has(name) ? own : name;
    taken.add(alias);
    assertCertificate(der, alias);
    return { alias, der };
  });
}

/** One certificate that cannot be read makes Java refuse the whole store. */
function assertCertificate(der: Uint8Array, alias: string): void {
  try {
    new X509Certificate(der);
  } catch (error) {
    throw new DistillError("FORMAT_INVALID", `${BUNDLE} holds a certificate that cannot be read (${alias})`, {
      cause: error,
    });
  }
}

function fingerprintOf(der: Uint8Array): string {
  return createHash("sha256").update(der).digest("hex");
}
