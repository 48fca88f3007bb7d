import { type Command, Option } from "commander";
import type { DockerfileOptions } from "../app/build-dockerfile.ts";
import type { ExecutorName } from "../sandbox/executors/executor.ts";
import { collect } from "./options.ts";

/** Options of every verb that builds Dockerfiles. */
export interface DockerfileFlags {
  readonly buildArg: readonly string[];
  readonly buildContext: readonly string[];
  /** An empty text stands for all. */
  readonly compose: readonly string[];
  readonly pull: boolean;
  /** Of --no-cache; an empty text stands for all. */
  readonly cache: readonly string[];
  readonly timestamps: "fixed" | "keep";
  readonly secret: readonly string[];
  readonly ssh: readonly string[];
  readonly network: "default" | "none" | "host";
  readonly executor: ExecutorName | "auto";
  readonly memory: string | undefined;
  readonly cpus: string | undefined;
}

/** Adds the options of DockerfileFlags. */
export function addDockerfileOptions(command: Command): Command {
  return command
    .option("--build-arg <name[=value]>", "value of an ARG of a Dockerfile (may be repeated)", collect, [])
    .option(
      "--build-context <name=location>",
      "what replaces an image or a stage of a Dockerfile: a directory, an address, docker://NAME, oci:DIR and the like (may be repeated)",
      collect,
      [],
    )
    .option(
      "--compose [pattern]",
      "compose images of gcr.io/distroless, debian, python and golang from Debian in place of pulling them: all, or with =PATTERN those that fit (may be repeated)",
      collect,
      [],
    )
    .option("--pull", "ask registries also for images that the store has", false)
    .addOption(
      new Option("--no-cache [stage]", "do again what was done before: all, or with =STAGE that one (may be repeated)")
        .argParser(collect)
        .default([]),
    )
    .addOption(
      new Option("--timestamps <times>", "times of files in layers: fixed (SOURCE_DATE_EPOCH, else 1970), or keep")
        .choices(["fixed", "keep"])
        .default("fixed"),
    )
    .option(
      "--secret <id=name,...>",
      "a secret for RUN: id=NAME,src=FILE or id=NAME,env=VARIABLE (may be repeated)",
      collect,
      [],
    )
    .option("--ssh <name[=socket]>", "lend RUN an agent: default, or NAME=SOCKET (may be repeated)", collect, [])
    .addOption(
      new Option("--network <network>", "network of RUN: that of this machine (default, host), or none")
        .choices(["default", "none", "host"])
        .default("default"),
    )
    .addOption(
      new Option("--executor <executor>", "what confines RUN; distill doctor says what this machine has")
        .choices(["auto", "crun", "runc", "bubblewrap", "util-linux"])
        .default("auto")
        .env("DISTILL_EXECUTOR"),
    )
    .option("--memory <size>", "memory that the programs of a RUN have together (512m, 2g)")
    .option("--cpus <number>", "processors that they have together (1.5)");
}

/** What the options say to a build. */
export function dockerfileOptions({
  compose,
  pull,
  cache,
  timestamps,
  ...programs
}: DockerfileFlags): DockerfileOptions {
  return {
    compose: compose.includes("") || (compose.length > 0 && compose),
    pull,
    noCache: cache.includes("") || (cache.length > 0 && cache),
    timestamps,
    programs,
  };
}
