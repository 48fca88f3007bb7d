import { isGitAddress, isWebAddress } from "../dockerfile/graph/remote-address.ts";
import { contextKey } from "../dockerfile/graph/stage-table.ts";
import { DistillError } from "../lib/errors.ts";
import type { ContextLocation } from "../plan/origin.ts";

/** What stands for something else in Dockerfiles. */
const RESERVED: ReadonlySet<string> = new Set(["scratch", "context"]);

const HINT = "such as --build-context base=docker://debian:trixie or --build-context assets=./assets";

/** `--build-context NAME=LOCATION` by the names under which they are looked up. USAGE for what is none. */
export function parseNamedContexts(given: readonly string[]): ReadonlyMap<string, ContextLocation> {
  const contexts = new Map<string, ContextLocation>();
  for (const text of given) {
    const equals = text.indexOf("=");
    const [name, location] = [text.slice(0, Math.max(equals, 0)), text.slice(equals + 1)];
    if (name === "" || location === "") {
      throw new DistillError("USAGE", `--build-context is NAME=LOCATION, not ${JSON.stringify(text)}`, { hint: HINT });
    }
    if (RESERVED.has(name.toLowerCase())) {
      throw new DistillError("USAGE", `--build-context cannot replace ${name}, which every Dockerfile has`);
    }
    contexts.set(contextKey(name), parseLocation(location));
  }
  return contexts;
}

function parseLocation(location: string): ContextLocation {
  const [, scheme = "", rest = ""] = /^([a-z-]+):\/\/(.+)$/s.exec(location) ?? [];
  if (scheme === "docker" || scheme === "docker-image") return { kind: "image", reference: rest };
  if (scheme === "oci-layout") return { kind: "transport", name: `oci:${rest}` };
  if (/^(?:oci|oci-archive|docker-archive|docker-daemon):/.test(location)) return { kind: "transport", name: location };
  if (isGitAddress(location)) return { kind: "git", url: location };
  if (isWebAddress(location)) return { kind: "http", url: location };
  return { kind: "directory", path: location };
}
