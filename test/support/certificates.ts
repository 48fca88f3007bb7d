import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A key and a certificate as PEM. */
export interface Identity {
  readonly key: string;
  readonly certificate: string;
}

/** A certificate authority of the test's own, made by openssl in `directory`. */
export function makeRoot(directory: string, name: string): Identity {
  const [key, certificate] = [join(directory, `${name}.key`), join(directory, `${name}.crt`)];
  const extensions = ["-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign"];
  openssl("req", "-x509", ...NEW_KEY, "-keyout", key, "-out", certificate, "-subj", `/CN=${name}`, ...extensions);
  return { key: readFileSync(key, "utf8"), certificate: readFileSync(certificate, "utf8") };
}

/** A server's certificate for 127.0.0.1 that the root `issuer` in `directory` has signed. */
export function makeServer(directory: string, issuer: string): Identity {
  const [key, certificate] = [join(directory, "server.key"), join(directory, "server.crt")];
  const signed = ["-CA", join(directory, `${issuer}.crt`), "-CAkey", join(directory, `${issuer}.key`)];
  const extensions = ["-addext", "subjectAltName=IP:127.0.0.1", "-addext", "basicConstraints=critical,CA:FALSE"];
  openssl(
    "req",
    "-x509",
    ...NEW_KEY,
    ...signed,
    "-keyout",
    key,
    "-out",
    certificate,
    "-subj",
    "/CN=server",
    ...extensions,
  );
  return { key: readFileSync(key, "utf8"), certificate: readFileSync(certificate, "utf8") };
}

const NEW_KEY = ["-newkey", "rsa:2048", "-nodes", "-sha256", "-days", "3650"];

function openssl(...args: readonly string[]): void {
  const { status, stderr, error } = spawnSync("openssl", args, { encoding: "utf8" });
  if (status !== 0) throw error ?? new Error(`openssl ${args.join(" ")} ended with ${status}:\n${stderr}`);
}
