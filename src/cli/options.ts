import { type Command, InvalidArgumentError, Option } from "commander";
import { PROGRESS_MODES, type ProgressMode } from "../ui/progress.ts";

/** Options of every verb that makes an image. */
export interface MakeFlags {
  readonly tag: readonly string[];
  readonly output: readonly string[];
  readonly load: boolean;
  readonly platform: string;
  /** Undefined where it is not said: outputs may say it. */
  readonly compression: string | undefined;
  readonly offline: boolean;
  readonly refresh: boolean;
  readonly lock: string | undefined;
  readonly locked: boolean;
  readonly update: boolean;
  readonly progress: ProgressMode;
  readonly quiet: boolean;
  readonly show: boolean;
  readonly format: "text" | "json";
  readonly iidfile: string | undefined;
  readonly metadataFile: string | undefined;
  readonly label: readonly string[];
  readonly annotation: readonly string[];
  readonly push: boolean;
  readonly sbom: readonly ("cyclonedx" | "spdx")[] | undefined;
  readonly tlsVerify: boolean | undefined;
}

/** For options that may be given several times. */
export function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

/** Adds the options of MakeFlags; `format` where a verb has more forms than those. */
export function addMakeOptions(command: Command, format = formatOption()): Command {
  return command
    .option("-t, --tag <name>", "name in the local store (may be repeated)", collect, [])
    .option(
      "-o, --output <dest>",
      "also write to a directory (DIR), a tar (-), type=local|tar|oci|docker|image|registry,KEY=VALUE..., docker://NAME, oci:DIR, oci-archive:FILE, docker-archive:FILE or docker-daemon:NAME (may be repeated)",
      collect,
      [],
    )
    .option("--label <key=value>", "label of the image, over those that it has (may be repeated)", collect, [])
    .option(
      "--annotation <key=value>",
      "annotation of the manifest, or with index:KEY=VALUE of the index (may be repeated)",
      collect,
      [],
    )
    .option("--load", "also load it into the Docker engine, under the names of -t (as -o docker-daemon:NAME)", false)
    .option("--push", "push it to its registry, under each name of -t", false)
    .addOption(sbomOption())
    .addOption(tlsVerifyOption())
    .option(
      "--platform <platforms>",
      "what the image is to run on; several, with commas, become an index",
      "linux/amd64",
    )
    .option("--compression <algorithm>", "how layers are packed: gzip[:1-9], zstd[:1-22] or none (default: gzip)")
    .option("--offline", "use what is in the cache and nothing else", false)
    .option("--refresh", "ask the mirrors for newer package lists now, not once an hour", false)
    .option("--lock <file>", "the lock file (default: beside the file that describes the build)")
    .option("--locked", "fail where the lock is missing or does not fit what is asked for", false)
    .addOption(updateOption())
    .addOption(progressOption())
    .option("-q, --quiet", "print the digest only", false)
    .option("--show", "print each package with the reason why it is there, and what was left out", false)
    .addOption(format)
    .option("--iidfile <file>", "write the image ID (digest of the config; of an index, its digest) to a file")
    .option("--metadata-file <file>", "write digests and names as JSON, as docker buildx does, to a file");
}

function sbomOption(): Option {
  const description =
    "attach an SBOM and the build's provenance to what is pushed or written to an OCI layout: cyclonedx, spdx or both with a comma";
  return new Option("--sbom [formats]", description).argParser(sbomFormats);
}

function sbomFormats(text: string): readonly ("cyclonedx" | "spdx")[] {
  return [...new Set((text || "cyclonedx").split(","))].map((each) => {
    if (each === "cyclonedx" || each === "spdx") return each;
    throw new InvalidArgumentError("expected cyclonedx, spdx, or both with a comma between them");
  });
}

/** `--format text|json`. */
export function formatOption(): Option {
  return new Option("--format <format>", "form of the result").choices(["text", "json"]).default("text");
}

function updateOption(): Option {
  const description = "choose packages anew, write the lock, and say what changed";
  return new Option("--update", description).default(false).conflicts("locked");
}

/** `--tls-verify`, for verbs that may ask a registry. */
export function tlsVerifyOption(): Option {
  const description =
    "false: do not check a registry's certificate, and try plain http; true: check it whatever registries.conf says";
  return new Option("--tls-verify <boolean>", description).choices(["true", "false"]).argParser(isTrue);
}

function isTrue(value: string): boolean {
  if (value !== "true" && value !== "false") throw new InvalidArgumentError("Allowed: true, false.");
  return value === "true";
}

/** `--progress`. */
export function progressOption(): Option {
  return new Option("--progress <mode>", "how progress is shown on stderr").choices(PROGRESS_MODES).default("auto");
}

/** For an argument that must be one of a list; commander then prints usage. */
export function oneOf<T extends string>(allowed: readonly T[]): (value: string) => T {
  return (value) => {
    const found = allowed.find((each) => each === value);
    if (found === undefined) throw new InvalidArgumentError(`Allowed: ${allowed.join(", ")}.`);
    return found;
  };
}
