import { DistillError } from "../lib/errors.ts";

/** What an image runs on, in the names of Go (image-spec, config.md: `os`, `architecture`, `variant`). */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
}

const ARCHITECTURE_ALIASES: ReadonlyMap<string, string> = new Map([
  ["x86_64", "amd64"],
  ["x86-64", "amd64"],
  ["aarch64", "arm64"],
  ["i386", "386"],
  ["armhf", "arm"],
  ["armel", "arm"],
]);

const NODE_ARCHITECTURES: ReadonlyMap<string, string> = new Map([
  ["x64", "amd64"],
  ["ia32", "386"],
  ["ppc64", "ppc64le"],
]);

/**
 * Parses `os/architecture[/variant]`, with the usual aliases (x86_64, aarch64). A variant that says nothing (arm64/v8,
 * amd64/v1) is dropped and `arm` alone means v7, as containerd normalises. Throws USAGE.
 */
export function parsePlatform(text: string): Platform {
  const parts = text.toLowerCase().split("/");
  const [os, architecture, variant] = parts;
  if (!os || !architecture || parts.length > 3 || !parts.every((part) => /^[a-z0-9_.-]+$/.test(part))) {
    throw new DistillError("USAGE", `not a platform: ${JSON.stringify(text.slice(0, 100))}`, {
      hint: "expected OS/ARCHITECTURE[/VARIANT], such as linux/amd64 or linux/arm64",
    });
  }
  return normalize(os, architecture, variant);
}

/** The platform as `os/architecture[/variant]`. */
export function formatPlatform(platform: Platform): string {
  const { os, architecture, variant } = platform;
  return variant === undefined ? `${os}/${architecture}` : `${os}/${architecture}/${variant}`;
}

/** Images for this machine: always linux, with the processor's architecture. */
export function hostPlatform(): Platform {
  return normalize("linux", NODE_ARCHITECTURES.get(process.arch) ?? process.arch, undefined);
}

export function samePlatform(a: Platform, b: Platform): boolean {
  const [left, right] = [a, b].map(({ os, architecture, variant }) => normalize(os, architecture, variant));
  return formatPlatform(left as Platform) === formatPlatform(right as Platform);
}

function normalize(os: string, givenArchitecture: string, givenVariant: string | undefined): Platform {
  const architecture = ARCHITECTURE_ALIASES.get(givenArchitecture) ?? givenArchitecture;
  const variant = normalizeVariant(architecture, givenArchitecture === "armel" ? "v6" : givenVariant);
  return variant === undefined ? { os, architecture } : { os, architecture, variant };
}

function normalizeVariant(architecture: string, given: string | undefined): string | undefined {
  const variant = given === undefined ? undefined : /^\d/.test(given) ? `v${given}` : given;
  if (architecture === "arm") return variant ?? "v7";
  if (architecture === "arm64" && variant === "v8") return undefined;
  if (architecture === "amd64" && variant === "v1") return undefined;
  return variant;
}
