import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { RemoteSources } from "../build/collaborators.ts";
import { emptyTree } from "../build/layer-files.ts";
import type { ComposeInstead } from "../config/build-settings.ts";
import { ignoreFileNames, parseIgnoreFile } from "../dockerfile/ignore/ignore-file.ts";
import { DistillError } from "../lib/errors.ts";
import { readContent } from "../rootfs/content.ts";
import { pathFromText } from "../rootfs/path.ts";
import type { Tree } from "../rootfs/tree.ts";
import type { Store } from "../store/store.ts";
import type { ArchiveSources } from "./archive-source.ts";
import { chooseBuildFile, readText, shownPath } from "./build-plan.ts";
import { readComposeWish } from "./build-settings.ts";
import type { ContextPlace } from "./context-place.ts";
import { type IgnoreRules, readIgnoreRules } from "./ignore-rules.ts";

/** Bytes of a Dockerfile; its parser has a limit of its own, in characters. */
const MAX_SIZE = 64 * 1024 * 1024;
const MAX_RULES = 1024 * 1024;
const SETTINGS = "distill.yaml";

/** The text of a Dockerfile, and the files that it is built from. */
export interface BuildInput {
  readonly text: string;
  /** The Dockerfile's name for messages. */
  readonly shown: string;
  /** What its lock lies beside; undefined for what does not lie on this machine. */
  readonly path: string | undefined;
  readonly context: InputContext;
  readonly rules: IgnoreRules | undefined;
  /** What the distill.yaml of the context says is to be composed. */
  readonly compose: ComposeInstead;
}

export type InputContext =
  | { readonly kind: "directory"; readonly path: string }
  | {
      readonly kind: "files";
      readonly what: string;
      readonly tree: Tree;
      /** Of a commit, in seconds since the epoch. */
      readonly time: number | undefined;
    };

export interface BuildInputOptions {
  readonly archives: ArchiveSources;
  readonly network: RemoteSources;
  readonly store: Store;
  /** -f: a path, of what is no directory one inside the context; `-` is the standard input. */
  readonly file: string | undefined;
  readonly keepGitDirectory: boolean;
}

/**
 * Reads a Dockerfile and finds its context: from a directory, an archive, a repository, or the standard input, which may be
 * the archive or the Dockerfile. NO_SUCH_PATH where there is no Dockerfile; USAGE where the standard input is asked for twice.
 */
export async function readBuildInput(place: ContextPlace, options: BuildInputOptions): Promise<BuildInput> {
  if (place.kind === "stdin" && options.file === "-") {
    throw new DistillError("USAGE", "the standard input cannot be both the context and the Dockerfile");
  }
  if (place.kind === "directory") return inDirectory(place.path, options);
  const { archives, network, keepGitDirectory } = options;
  if (place.kind === "git") {
    const { tree, time } = await network.fetchRepository(place.address, { keepGitDirectory });
    return inTree(tree, "the repository", time, options);
  }
  const name = nameOf(place);
  const content = await contentOf(place, options);
  const found = await archives.read(content, name, MAX_SIZE);
  if (found.kind === "files") return inTree(found.tree, `the archive ${name}`, undefined, options);
  if (place.kind === "file") {
    throw new DistillError("FORMAT_INVALID", `${place.path} is a file and no tar archive`, {
      hint: `a Dockerfile is named with -f: distill build -f ${place.path} DIRECTORY`,
    });
  }
  const context = nothing();
  return { text: found.text, shown: "Dockerfile", path: undefined, context, rules: undefined, compose: false };
}

function nameOf(place: Exclude<ContextPlace, { readonly kind: "directory" | "git" }>): string {
  if (place.kind === "stdin") return "of the standard input";
  return place.kind === "file" ? place.path : place.url;
}

async function contentOf(
  place: Exclude<ContextPlace, { readonly kind: "directory" | "git" }>,
  { archives, network }: BuildInputOptions,
) {
  switch (place.kind) {
    case "stdin":
      return archives.spooled(process.stdin as AsyncIterable<Buffer>, "the standard input");
    case "file":
      return archives.file(place.path);
    case "web":
      return (await network.fetchFile(place.url)).content;
  }
}

async function inDirectory(directory: string, { file, archives, store }: BuildInputOptions): Promise<BuildInput> {
  const context = { kind: "directory", path: directory } as const;
  const settings = join(directory, SETTINGS);
  const wishes = existsSync(settings) ? await readText(settings, MAX_RULES) : undefined;
  const compose = wishes === undefined ? false : await readComposeWish(wishes, settings, store);
  if (file === "-") {
    const text = await standardInput(archives);
    const rules = await readIgnoreRules(undefined, directory);
    return { text, shown: "Dockerfile", path: undefined, context, rules, compose };
  }
  const found = chooseBuildFile(directory, file);
  const rules = await readIgnoreRules(found.path, directory);
  const text = await readText(found.path, MAX_SIZE);
  return { text, shown: shownPath(found), path: found.path, context, rules, compose };
}

/** The Dockerfile is one of the files, or comes from the standard input or this machine. */
async function inTree(
  tree: Tree,
  what: string,
  time: number | undefined,
  { file = "Dockerfile", archives, store }: BuildInputOptions,
): Promise<BuildInput> {
  const context = { kind: "files", what, tree, time } as const;
  const rules = await rulesIn(tree, file);
  const settings = await textIn(tree, SETTINGS, MAX_RULES);
  const compose = settings === undefined ? false : await readComposeWish(settings, SETTINGS, store);
  if (file === "-") {
    const text = await standardInput(archives);
    return { text, shown: "Dockerfile", path: undefined, context, rules, compose };
  }
  const text = await textIn(tree, file, MAX_SIZE);
  if (text === undefined) {
    throw new DistillError("NO_SUCH_PATH", `there is no ${file} in ${what}`, {
      hint: "-f names another one, by its path in the context",
    });
  }
  return { text, shown: file, path: undefined, context, rules, compose };
}

/** A Dockerfile that comes by itself. */
async function standardInput(archives: ArchiveSources): Promise<string> {
  const content = await archives.spooled(process.stdin as AsyncIterable<Buffer>, "the standard input");
  return Buffer.from(await readContent(content, MAX_SIZE)).toString("utf8");
}

async function rulesIn(tree: Tree, dockerfile: string): Promise<IgnoreRules | undefined> {
  const { beside, inContext } = ignoreFileNames(dockerfile);
  for (const path of [beside, inContext]) {
    const text = await textIn(tree, path, MAX_RULES);
    if (text !== undefined) return { path, matcher: parseIgnoreFile(text, path) };
  }
  return undefined;
}

async function textIn(tree: Tree, path: string, limit: number): Promise<string | undefined> {
  const { node } = tree.follow(pathFromText(path.replace(/^(?:\.?\/)+/, "")));
  if (node?.type !== "file") return undefined;
  return Buffer.from(await readContent(node.content, limit)).toString("utf8");
}

function nothing(): InputContext {
  return {
    kind: "files",
    what: "the build context, which is empty: only a Dockerfile was given",
    tree: emptyTree(),
    time: undefined,
  };
}

/** The lock beside a Dockerfile, where there is one. */
export function lockBesideDockerfile(path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  const lock = join(dirname(path), "distill.lock");
  return existsSync(lock) ? lock : undefined;
}
