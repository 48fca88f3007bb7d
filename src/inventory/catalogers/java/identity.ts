import { splitFileName } from "./file-name.ts";
import type { Manifest } from "./manifest.ts";
import { type MavenCoordinates, mavenName, mavenVersion } from "./pom.ts";

/**
 * What an archive without a record of Maven's is, by its manifest and its file name; undefined where they give no name or no
 * version. A file name with a version is believed first: repositories name their files so, while manifests round versions
 * (33.0.0.jre) and have titles for people.
 */
export function identityOf(manifest: Manifest, fileName: string): MavenCoordinates | undefined {
  const stated = statedVersion(manifest);
  const named = splitFileName(fileName, stated);
  const artifact =
    named.version !== "" && named.artifact !== "" ? named.artifact : statedArtifact(manifest, named.artifact);
  const version = named.version !== "" ? named.version : stated;
  if (artifact === "" || version === "") return undefined;
  return { group: groupOf(manifest, artifact), artifact, version };
}

/** Names that a manifest has for the archive, for people and for OSGi. */
export function statedNames(manifest: Manifest): readonly string[] {
  const symbolic = symbolicName(manifest);
  const names = [manifest.get("short-name"), manifest.get("implementation-title"), symbolic, lastPart(symbolic)];
  return names.map(mavenName).filter((name) => name !== "");
}

/** The version that a manifest has for the archive; "" where it has none. */
export function statedVersion(manifest: Manifest): string {
  const versions = ["implementation-version", "plugin-version", "bundle-version"].map((key) =>
    mavenVersion(manifest.get(key)),
  );
  return versions.find((version) => version !== "") ?? "";
}

/** For a file name without a version: the name in it where the manifest has it too, or has nothing but a symbolic name. */
function statedArtifact(manifest: Manifest, base: string): string {
  const names = statedNames(manifest);
  if (names.includes(base)) return base;
  const title = mavenName(manifest.get("short-name")) || mavenName(manifest.get("implementation-title"));
  const symbolic = symbolicName(manifest);
  return title !== "" ? title : base.startsWith(symbolic) ? symbolic : base;
}

/** Symbolic names of bundles have directives behind a semicolon (OSGi Core, 3.5.2). */
function symbolicName(manifest: Manifest): string {
  return mavenName(manifest.get("bundle-symbolicname")?.split(";")[0]?.trim());
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1);
}

/**
 * The group of a library, as far as its other names give it away: a vendor's identifier, or the name as a bundle or module,
 * which is mostly GROUP.ARTIFACT. Where the artifact begins with the last part of its group that is not said twice
 * (maven-bundle-plugin's rule): `org.slf4j.api` is slf4j-api of org.slf4j.
 */
function groupOf(manifest: Manifest, artifact: string): string {
  const vendor = mavenName(manifest.get("implementation-vendor-id") ?? manifest.get("group-id"));
  const names = [symbolicName(manifest), mavenName(manifest.get("automatic-module-name"))];
  const derived = names.map((name) => groupIn(name, artifact)).find((group) => group.includes(".")) ?? "";
  return vendor === "" || derived.startsWith(`${vendor}.`) ? derived : vendor;
}

/** `name` without what it has of `artifact` at its end; "" where it has nothing of it. */
function groupIn(name: string, artifact: string): string {
  const [first = "", ...rest] = artifact.split(/[-_.]/);
  const tail = rest.join(".");
  if (rest.length > 0 && name.replaceAll(/[-_]/g, ".").endsWith(`.${first}.${tail}`)) {
    const whole = name.slice(0, -artifact.length - 1);
    return lastPart(name).includes("-") ? whole : `${whole}.${first}`;
  }
  const above = name.endsWith(`.${artifact}`) ? name.slice(0, -artifact.length - 1) : "";
  if (lastPart(above) === artifact) return above;
  return lastPart(name) === first ? name : "";
}
