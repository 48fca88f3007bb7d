import { parseRequest } from "../debian/package/request.ts";
import { formatPlatform, type Platform } from "../image/platform.ts";
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

/** Checks what a user gave: CONFIG_INVALID or UNSUPPORTED says what there is, FORMAT_INVALID what a package may look like. */
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
  for (const text of values.packages) parseRequest(text);
  return { base, suite: values.suite, platform: values.platform, packages: [...new Set(values.packages)].sort() };
}

/** Debian's names for the platform; UNSUPPORTED where distill does not compose for it. */
export function debianArchitecture(platform: Platform): DebianArchitecture {
  const key = `${platform.os}/${platform.architecture}`;
  const found = platform.variant === undefined ? ARCHITECTURES.get(key) : undefined;
  if (found !== undefined) return found;
  throw new DistillError("UNSUPPORTED", `images for ${formatPlatform(platform)} cannot be composed yet`, {
    hint: `platforms: ${[...ARCHITECTURES.keys()].join(", ")}`,
  });
}
