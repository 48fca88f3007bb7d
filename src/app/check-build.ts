import { dirname, join } from "node:path";
import { type Checked, checkDockerfile } from "../dockerfile/checks/check-dockerfile.ts";
import { hostPlatform } from "../image/platform.ts";
import { DistillError } from "../lib/errors.ts";
import { parseBuildArguments } from "./build-arguments.ts";
import { chooseBuildFile, readText, shownPath } from "./build-plan.ts";
import { readIgnoreRules } from "./ignore-rules.ts";
import { KnownBases } from "./known-bases.ts";
import { parsePlatforms } from "./make-platforms.ts";
import { parseNamedContexts } from "./named-contexts.ts";
import type { PlanBuildRequest } from "./plan-build.ts";

/** Bytes of a Dockerfile; its parser has a limit of its own, in characters. */
const MAX_SIZE = 64 * 1024 * 1024;

/** The checks of one Dockerfile. */
export interface CheckedBuild extends Checked {
  /** As messages name it. */
  readonly file: string;
}

/** The text to check, and the names that it goes by. */
interface Input {
  readonly text: string;
  readonly path: string;
  readonly shown: string;
}

/**
 * Checks the Dockerfile of a build, `-` for the standard input: nothing is built, and nothing but the store is asked about
 * bases. USAGE for a distill.yaml, which is checked whenever it is read; what reading the file throws.
 */
export async function checkBuild(request: PlanBuildRequest): Promise<CheckedBuild> {
  const { text, path, shown } = request.file === "-" ? await standardInput(request.directory) : await fileOf(request);
  const [platform = hostPlatform()] = parsePlatforms(request.platform);
  const given = {
    ...{ directory: dirname(path), target: request.target, platform, buildPlatform: hostPlatform() },
    arguments: parseBuildArguments(request.buildArg, process.env),
    contexts: parseNamedContexts(request.buildContext),
  };
  await using bases = new KnownBases();
  const rules = await readIgnoreRules(path, request.directory);
  return { ...(await checkDockerfile(text, shown, given, bases, rules?.matcher)), file: shown };
}

async function fileOf(request: PlanBuildRequest): Promise<Input> {
  const file = chooseBuildFile(request.directory, request.file);
  if (file.language === "yaml") {
    throw new DistillError("USAGE", `--check is for Dockerfiles, and ${file.path} is none`, {
      hint: "a distill.yaml is checked whenever it is read: distill build --print-plan",
    });
  }
  return { text: await readText(file.path, MAX_SIZE), path: file.path, shown: shownPath(file) };
}

/** As if it lay in the context, under a name that no file has rules for. */
async function standardInput(directory: string): Promise<Input> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_SIZE) throw new DistillError("LIMIT_EXCEEDED", `the standard input has more than ${MAX_SIZE} bytes`);
    chunks.push(chunk);
  }
  return { text: Buffer.concat(chunks).toString("utf8"), path: join(directory, "-"), shown: "Dockerfile" };
}
