import { DistillError } from "../lib/errors.ts";
import type { PieceName } from "./pieces/piece.ts";

export type BaseName = "static" | "base" | "python3";

/**
 * One step of the catalogue: what it adds to the tier below it. Each tier is a layer of its own, the same bytes in
 * every image that stands on it.
 */
export interface Tier {
  readonly name: BaseName;
  readonly below: BaseName | undefined;
  readonly summary: string;
  /** Debian packages that always stay, whatever needs them. */
  readonly packages: readonly string[];
  /** What maintainer scripts would have made, written by distill after the packages are unpacked. */
  readonly pieces: readonly PieceName[];
  readonly env: Readonly<Record<string, string>>;
  readonly entrypoint: readonly string[] | undefined;
}

const TIERS: Readonly<Record<BaseName, Tier>> = {
  static: {
    name: "static",
    below: undefined,
    summary: "for static binaries: certificates, time zones, accounts",
    packages: ["base-files", "ca-certificates", "media-types", "netbase", "tzdata", "tzdata-legacy"],
    pieces: ["skeleton", "accounts", "os-release", "name-service", "certificates"],
    env: {
      PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      SSL_CERT_FILE: "/etc/ssl/certs/ca-certificates.crt",
    },
    entrypoint: undefined,
  },
  base: {
    name: "base",
    below: "static",
    summary: "static with glibc and OpenSSL, for dynamically linked programs",
    packages: ["libc6", "libssl3t64", "libzstd1", "zlib1g"],
    pieces: ["openssl-default", "ld-so-cache"],
    env: {},
    entrypoint: undefined,
  },
  python3: {
    name: "python3",
    below: "base",
    summary: "base with Python 3.13 and its standard library",
    packages: ["python3"],
    pieces: ["python", "ld-so-cache"],
    env: { LANG: "C.UTF-8" },
    entrypoint: ["/usr/bin/python3.13"],
  },
};

/** Names of all bases, smallest first. */
export const BASE_NAMES: readonly BaseName[] = ["static", "base", "python3"];

/** The tier of that name; CONFIG_INVALID lists the names that there are. */
export function tierNamed(name: string): Tier {
  const known = BASE_NAMES.find((each) => each === name);
  if (known !== undefined) return TIERS[known];
  throw new DistillError("CONFIG_INVALID", `there is no base called ${JSON.stringify(name)}`, {
    hint: `the bases are: ${BASE_NAMES.map((each) => `${each} (${TIERS[each].summary})`).join("; ")}`,
  });
}

/** The tiers that a base is made of, lowest first. */
export function tiersOf(base: BaseName): readonly Tier[] {
  const tier = TIERS[base];
  return tier.below === undefined ? [tier] : [...tiersOf(tier.below), tier];
}
