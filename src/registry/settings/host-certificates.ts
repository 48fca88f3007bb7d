import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { DistillError, fromSystemError, systemErrorCode } from "../../lib/errors.ts";
import type { TlsSettings } from "../../lib/http/agent.ts";
import type { SettingsPlaces } from "./places.ts";

/** Whom to trust, and what to show, beside the usual. */
export type HostCertificates = Pick<TlsSettings, "authorities" | "certificate" | "key">;

const MAX_FILE = 1 << 20;
const MAX_FILES = 100;
const CERTIFICATE =
  /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[\s\S]*?-----END (?:TRUSTED |X509 )?CERTIFICATE-----/g;

/**
 * The certificates for a registry, `host[:port]`, from the first directory of its name that there is below
 * `~/.config/containers/certs.d`, `/etc/containers/certs.d` and `/etc/docker/certs.d` (containers-certs.d(5)): all
 * `*.crt` are authorities; `NAME.cert` with `NAME.key` is shown to the registry, of several the first by name. Throws
 * CONFIG_INVALID for a file that is not what its name says, IO for one that cannot be read.
 */
export function readHostCertificates(
  registry: string,
  { user, system, docker }: Pick<SettingsPlaces, "user" | "system" | "docker">,
): HostCertificates | undefined {
  for (const base of [user, system, docker]) {
    const directory = join(base, "certs.d", registry);
    const names = namesIn(directory);
    if (names !== undefined) return readDirectory(directory, names);
  }
  return undefined;
}

function readDirectory(directory: string, names: readonly string[]): HostCertificates | undefined {
  const ending = (end: string): readonly string[] => names.filter((name) => name.endsWith(end));
  const authorities = ending(".crt").flatMap((name) => readAuthorities(join(directory, name)));
  const pairs = ending(".cert").map((name) => pairOf(directory, names, name));
  for (const name of ending(".key")) {
    const certificate = `${name.slice(0, -".key".length)}.cert`;
    if (!names.includes(certificate)) {
      throw invalid(join(directory, name), `is a key without a certificate: ${certificate} is missing`);
    }
  }
  const shown = pairs[0] === undefined ? undefined : readPair(...pairs[0]);
  if (authorities.length === 0 && shown === undefined) return undefined;
  return { ...(authorities.length === 0 ? {} : { authorities }), ...shown };
}

function readAuthorities(path: string): readonly string[] {
  const text = readText(path);
  const found = text === undefined ? [] : (text.match(CERTIFICATE) ?? []);
  if (text !== undefined && found.length === 0) throw invalid(path, "has no certificate in PEM form");
  for (const pem of found) parseCertificate(pem, path);
  return found;
}

function pairOf(directory: string, names: readonly string[], name: string): readonly [string, string] {
  const key = `${name.slice(0, -".cert".length)}.key`;
  if (names.includes(key)) return [join(directory, name), join(directory, key)];
  throw invalid(join(directory, name), `has no key: ${key} is missing; an authority's certificate ends in .crt`);
}

function readPair(certificatePath: string, keyPath: string): Pick<HostCertificates, "certificate" | "key"> {
  const [certificate = "", key = ""] = [readText(certificatePath), readText(keyPath)];
  const first = certificate.match(CERTIFICATE)?.[0];
  if (first === undefined) throw invalid(certificatePath, "has no certificate in PEM form");
  const parsed = parseCertificate(first, certificatePath);
  if (!parsed.checkPrivateKey(parseKey(key, keyPath))) throw invalid(keyPath, `is not the key of ${certificatePath}`);
  return { certificate, key };
}

function parseCertificate(pem: string, path: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (error) {
    throw invalid(path, "has a certificate that cannot be read", error);
  }
}

function parseKey(pem: string, path: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    // Without the cause: what it says may come from the key.
    throw invalid(path, "has no private key in PEM form, or one with a password");
  }
}

/**
 * The names in byte order; undefined where there is no such directory, or none that this user could know of: /etc/docker
 * is for root alone on some machines.
 */
function namesIn(directory: string): readonly string[] | undefined {
  try {
    const names = readdirSync(directory).sort();
    if (names.length <= MAX_FILES) return names;
    throw new DistillError("LIMIT_EXCEEDED", `${directory} has more than ${MAX_FILES} files`, {
      hint: "keep the certificates of one registry there and nothing else",
    });
  } catch (error) {
    const code = systemErrorCode(error) ?? "";
    if (["ENOENT", "ENOTDIR"].includes(code) || (code === "EACCES" && !canBeSeen(directory))) return undefined;
    throw fromSystemError(error, "reading", directory);
  }
}

function canBeSeen(path: string): boolean {
  try {
    statSync(path);
    return true;
  } catch {
    return false;
  }
}

/** Undefined for a link that leads nowhere: package managers leave them behind. */
function readText(path: string): string | undefined {
  try {
    const stats = statSync(path);
    if (!stats.isFile()) throw invalid(path, "is not a plain file");
    if (stats.size > MAX_FILE) throw invalid(path, `has more than the ${MAX_FILE} bytes that are read`);
    return readFileSync(path, "latin1");
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return undefined;
    throw fromSystemError(error, "reading", path);
  }
}

function invalid(path: string, problem: string, cause?: unknown): DistillError {
  return new DistillError("CONFIG_INVALID", `${path} ${problem}`, {
    hint: "the directory has *.crt of authorities and pairs of *.cert and *.key, all as PEM (containers-certs.d(5))",
    cause,
  });
}
