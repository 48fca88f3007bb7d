import type { Platform } from "../image/platform.ts";
import { DistillError } from "../lib/errors.ts";
import { type BaseName, tierNamed } from "./catalogue.ts";

/** What is to be composed. */
export interface ComposeRequest {
  readonly base: BaseName;
  readonly suite: string;
  readonly platform: Platform;
  /** `NAME` or `NAME=VERSION`, beside those of the base. */
  readonly packages: readonly string[];
}

/** Debian's names for a platform. */
export interface DebianArchitecture {
  /** As in Packages files. */
  readonly name: string;
  /** As in library directories. */
  readonly tuple: string;
}

const SUITES: readonly string[] = ["trixie"];
const ARCHITECTURES: ReadonlyMap<string, DebianArchitecture> = new Map([
  ["linux/amd64", { name: "amd64", tuple: "x86_64-linux-gnu" }],
]);

/** Checks names that a user gave; CONFIG_INVALID or UNSUPPORTED says what there is. */
export function composeRequest(values: {
  readonly base: string;
  readonly suite: string;
  readonly platform: Platform;
  readonly packages: readonly string[];
}): ComposeRequest {
  const { name: base } = tierNamed(values.base);
  if (!SUITES.includes(values.suite)) {
    throw new DistillError("UNSUPPORTED", `Debian ${values.suite} cannot be composed from yet`, {
      hint: `suites: ${SUITES.join(", ")}`,
    });
  }
  debianArchitecture(values.platform);
  return { base, suite: values.suite, platform: values.platform, packages: [...new Set(values.packages)].sort() };
}

/** Debian's names for the platform; UNSUPPORTED where distill does not compose for it. */
export function debianArchitecture(platform: Platform): DebianArchitecture {
  const key = `${platform.os}/${platform.architecture}`;
  const found = platform.variant === undefined ? ARCHITECTURES.get(key) : undefined;
  if (found !== undefined) return found;
  throw new DistillError("UNSUPPORTED", `images for ${key}${platform.variant ?? ""} cannot be composed yet`, {
    hint: `platforms: ${[...ARCHITECTURES.keys()].join(", ")}`,
  });
}
