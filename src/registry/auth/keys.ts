/** What docker files Docker Hub under. */
export const DOCKER_HUB_KEY = "https://index.docker.io/v1/";

/** Other names that Docker Hub's credentials are found under. */
const DOCKER_HUB: ReadonlySet<string> = new Set(["docker.io", "index.docker.io", "registry-1.docker.io"]);

/** `docker.io` for every name of Docker Hub; any other registry as it is. */
export function registryName(registry: string): string {
  const lower = registry.toLowerCase();
  return DOCKER_HUB.has(lower) ? "docker.io" : lower;
}

/**
 * Where a credential may be filed, the best place first: `host/a/b` for the repository, then what it lies in, then the
 * registry. `credentialKey` is a registry with or without a repository.
 */
export function lookupKeys(credentialKey: string): readonly string[] {
  const slash = credentialKey.indexOf("/");
  const registry = registryName(slash < 0 ? credentialKey : credentialKey.slice(0, slash));
  const parts = slash < 0 ? [] : credentialKey.slice(slash + 1).split("/");
  return [...parts.map((_, index) => [registry, ...parts.slice(0, parts.length - index)].join("/")), registry];
}

/**
 * A key of a file as `lookupKeys` spells it. Keys that are written as an address (`https://host/v1/`, docker's old way)
 * stand for the whole registry.
 */
export function normalKey(key: string): string {
  const scheme = /^https?:\/\//i.exec(key)?.[0];
  const rest = key.slice(scheme?.length ?? 0).replace(/\/+$/, "");
  const [host = "", ...path] = rest.split("/");
  const registry = registryName(host);
  const api = scheme !== undefined || (path.length === 1 && /^v[12]$/.test(path[0] ?? ""));
  return api || path.length === 0 ? registry : [registry, ...path].join("/");
}

/** What a helper program files a registry under. */
export function helperKey(registry: string): string {
  const name = registryName(registry);
  return name === "docker.io" ? DOCKER_HUB_KEY : name;
}
