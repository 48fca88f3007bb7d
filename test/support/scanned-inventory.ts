import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { runProgram } from "./engine.ts";
import { SNYK, type SnykPlugin, TRIVY } from "./scanners.ts";

/** A package as every program tells it: "deb libc6 2.41-12". */
export type PackageLine = `${string} ${string} ${string}`;

/** What Trivy lists of any kind in a docker-archive, each once. `directory` is for its files. */
export async function trivyInventory(archive: string, directory: string): Promise<readonly PackageLine[]> {
  const output = join(directory, "inventory.json");
  const { status, stderr } = await runProgram(TRIVY, trivyArguments(archive, join(directory, "trivy"), output));
  if (status !== 0) throw new Error(`trivy ended with ${status}: ${stderr}`);
  const { components = [] } = JSON.parse(readFileSync(output, "utf8")) as { components?: readonly { purl?: string }[] };
  return unique(components.flatMap(({ purl }) => (purl === undefined ? [] : lineOfUrl(purl))));
}

/** The command line of Trivy, which needs no database for a CycloneDX document as long as there is no Java. */
export function trivyArguments(archive: string, cache: string, output: string): readonly string[] {
  const offline = ["--offline-scan", "--skip-db-update", "--skip-java-db-update", "--quiet"];
  const what = ["--input", archive, "--format", "cyclonedx", "--vuln-type", "os,library"];
  return ["image", "--cache-dir", cache, ...what, ...offline, "--output", output];
}

function lineOfUrl(purl: string): PackageLine {
  const [, type = "", path = "", version = "", qualifiers = ""] =
    /^pkg:([^/]+)\/(.+?)@([^@?]+)(?:\?(.*))?$/.exec(purl) ?? [];
  const epoch = new URLSearchParams(qualifiers).get("epoch");
  const isOfSystem = ["deb", "apk", "rpm"].includes(type);
  const name = decodeURIComponent(isOfSystem ? path.slice(path.indexOf("/") + 1) : path);
  return `${type} ${name} ${epoch === null ? "" : `${epoch}:`}${decodeURIComponent(version)}`;
}

/** Kinds of packages by Snyk's names for them. */
const KINDS: Readonly<Record<string, string>> = { gomodules: "golang", pip: "pypi" };

/** What Snyk's plugin lists of any kind in `docker-archive:FILE`, each once. Of programs in Go it names packages, not modules. */
export async function snykInventory(image: string): Promise<readonly PackageLine[]> {
  const { scan } = createRequire(import.meta.url)(SNYK) as SnykPlugin;
  const { scanResults } = await scan({ path: image });
  return unique(
    scanResults.flatMap(({ identity: { type }, facts }) => {
      const graph = facts.find((fact) => fact.type === "depGraph")?.data as Graph | undefined;
      const kind = KINDS[type] ?? type;
      return (graph?.getPkgs() ?? [])
        .filter(({ name }) => !name.startsWith("docker-image|"))
        .map(({ name, version = "" }): PackageLine => `${kind} ${ownName(kind, name)} ${version}`);
    }),
  );
}

interface Graph {
  getPkgs(): readonly { readonly name: string; readonly version?: string }[];
}

/** Of a system's packages it says "source/name". */
function ownName(kind: string, name: string): string {
  return kind === "deb" || kind === "apk" || kind === "rpm" ? name.slice(name.indexOf("/") + 1) : name;
}

function unique(lines: readonly PackageLine[]): readonly PackageLine[] {
  return [...new Set(lines)].sort();
}
