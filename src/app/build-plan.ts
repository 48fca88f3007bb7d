import { existsSync, statSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { planOfApp } from "../config/app-plan.ts";
import type { AppConfig } from "../config/app-schema.ts";
import type { Platform } from "../image/platform.ts";
import { digestOf } from "../lib/digest.ts";
import { DistillError, fromSystemError, systemErrorCode } from "../lib/errors.ts";
import { readSmallFile } from "../lib/read-small-file.ts";
import type { Plan } from "../plan/plan.ts";
import type { Store } from "../store/store.ts";

/** Changes whenever the same file would mean another plan. */
const SEMANTICS = 4;

const MAX_SIZE = 1024 * 1024;

/** The file that a build is described by, and why it is that one. */
export interface BuildFile {
  readonly path: string;
  readonly why: string;
  /** A file whose name does not end in .yaml is taken for a Dockerfile. */
  readonly language: "dockerfile" | "yaml";
}

/**
 * Chooses what describes the build of `directory`: the file given, else its Dockerfile, else its distill.yaml.
 * NO_SUCH_PATH where there is none.
 */
export function chooseBuildFile(directory: string, given: string | undefined): BuildFile {
  const chosen = given === undefined ? found(directory) : { path: given, why: "given with -f" };
  if (!existsSync(chosen.path)) throw missingFile(chosen.path);
  return { ...chosen, language: /\.ya?ml$/.test(chosen.path) ? "yaml" : "dockerfile" };
}

/** The plan of a distill.yaml. One that was found valid before is not validated again. */
export async function readBuildPlan(file: BuildFile, platform: Platform, store: Store): Promise<Plan> {
  const shown = shownPath(file);
  const text = await readText(file.path, MAX_SIZE);
  const key = digestOf(JSON.stringify(["distill.yaml", SEMANTICS, text]));
  const known = store.recallStep(key) as AppConfig | undefined;
  if (known !== undefined) return planOfApp(known, { path: file.path, shown }, platform);
  const { parseAppConfig } = await import("../config/app-config.ts");
  const config = parseAppConfig(text, shown);
  store.rememberStep(key, config, []);
  return planOfApp(config, { path: file.path, shown }, platform);
}

/** The plan of a distill.yaml, without a store. */
export async function readYamlPlan(file: BuildFile, platform: Platform): Promise<Plan> {
  const { parseAppConfig } = await import("../config/app-config.ts");
  const shown = shownPath(file);
  const config = parseAppConfig(await readText(file.path, MAX_SIZE), shown);
  return planOfApp(config, { path: file.path, shown }, platform);
}

/** The name of the file for messages: from the working directory where it lies below. */
export function shownPath({ path }: BuildFile): string {
  const near = relative(process.cwd(), resolve(path));
  return near === "" || near.startsWith("..") ? path : near;
}

function found(directory: string): Omit<BuildFile, "language"> {
  for (const name of ["Dockerfile", "distill.yaml"]) {
    const path = join(directory, name);
    if (existsSync(path)) return { path, why: `found in ${directory}` };
  }
  const there = statSync(directory, { throwIfNoEntry: false });
  if (!there?.isDirectory()) {
    const problem = there === undefined ? "does not exist" : "is a file, not a directory";
    const hint = "name the directory that holds the app; -f names another file than its distill.yaml";
    throw new DistillError("NO_SUCH_PATH", `${directory} ${problem}`, { hint });
  }
  const other = join(directory, "distill.yml");
  throw new DistillError("NO_SUCH_PATH", `${directory} has neither a Dockerfile nor a distill.yaml`, {
    hint: existsSync(other)
      ? `there is a distill.yml: rename it, or name it with -f ${other}`
      : "name the file with -f, or write a distill.yaml: docs/distill-yaml.md shows a small one",
  });
}

/** A file that describes a build. LIMIT_EXCEEDED above `limit` bytes, CONFIG_INVALID for a pipe or a device, which may never end. */
export async function readText(path: string, limit: number): Promise<string> {
  try {
    return (await readSmallFile(path, limit, path)).toString("utf8");
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") throw missingFile(path);
    throw fromSystemError(error, "reading", path);
  }
}

function missingFile(path: string): DistillError {
  return new DistillError("NO_SUCH_PATH", `${path} does not exist`, {
    hint: "name the file by its path from the directory that the command is run in",
  });
}
