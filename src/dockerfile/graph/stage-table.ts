import { formatPlatform, type Platform, parsePlatform } from "../../image/platform.ts";
import { familiarName, formatCanonical, parseReference } from "../../image/reference.ts";
import { DistillError, isDistillError } from "../../lib/errors.ts";
import { nearest } from "../../lib/nearest.ts";
import type { NamedContextOrigin, Origin } from "../../plan/origin.ts";
import type { Dockerfile, DockerfileStage } from "../instruction.ts";
import { quoted } from "../quoted.ts";
import { expandIn } from "../scope.ts";
import type { Source, Word } from "../source.ts";
import type { PlanRequest } from "./request.ts";

/** A stage with what its FROM means. */
export interface StageNode {
  readonly stage: DockerfileStage;
  readonly platform: Platform;
  /** FROM with variables replaced. */
  readonly base: string;
  /** The stage that it begins with; undefined where that is no stage. */
  readonly parent: StageNode | undefined;
  /** What the user put in its place as a whole, with all its instructions. */
  readonly replacement: NamedContextOrigin | undefined;
}

/** The stages of a Dockerfile by name and number, and what a name stands for at some place. */
export class StageTable {
  readonly nodes: readonly StageNode[];
  readonly #dockerfile: Dockerfile;
  readonly #request: PlanRequest;
  /** In the order of the file. */
  readonly #named = new Map<string, StageNode[]>();

  constructor(dockerfile: Dockerfile, request: PlanRequest, globals: ReadonlyMap<string, string>) {
    const nodes: StageNode[] = [];
    this.nodes = nodes;
    this.#dockerfile = dockerfile;
    this.#request = request;
    for (const stage of dockerfile.stages) {
      const node = this.#node(stage, globals);
      nodes.push(node);
      if (stage.name === undefined) continue;
      const same = this.#named.get(stage.name);
      if (same === undefined) this.#named.set(stage.name, [node]);
      else same.push(node);
    }
  }

  /** The stage that is to be built. USAGE where there is none of that name. */
  target(): StageNode {
    const { target } = this.#request;
    const last = this.nodes.at(-1);
    const { source } = this.#dockerfile;
    if (last === undefined) {
      throw source.error({ start: 0, end: 0 }, "there is no stage: the file has no FROM", {
        hint: "begin a stage: FROM IMAGE",
      });
    }
    if (target === undefined || target === "") return last;
    const name = target.toLowerCase();
    const found = this.#named.get(name)?.at(-1) ?? (/^\d+$/.test(target) ? this.nodes[Number(target)] : undefined);
    if (found !== undefined) return found;
    throw this.#noStage(target);
  }

  /** What the base of a stage is. */
  origin(node: StageNode): Origin {
    if (node.replacement !== undefined) return node.replacement;
    if (node.parent !== undefined) return { kind: "stage", index: node.parent.stage.index };
    return this.#outside(node.base, node.platform, this.#dockerfile.source, node.stage.from.image);
  }

  /**
   * What a `from` in the instructions of a stage means: one of the stages above, by number or name, a named context, or an
   * image. `source` is where the word was written. CONFIG_INVALID for the stage itself and those below it.
   */
  from(word: Word, node: StageNode, source: Source): Origin {
    const found = this.#stageNamed(word, node, source);
    if (found === undefined) {
      if (word.text.includes("$")) {
        throw source.error(word, "variables are not replaced in --from", {
          hint: "name a stage: FROM $IMAGE AS NAME above, then --from=NAME",
        });
      }
      return this.#outside(word.text, this.#request.platform, source, word);
    }
    if (found === node) {
      throw source.error(word, `stage ${shownStage(node)} takes files from itself`, {
        hint: "what the stage has already is there: cp in a RUN, or a stage above",
      });
    }
    if (found.stage.index > node.stage.index) {
      throw source.error(word, `stage ${shownStage(found)} stands below, and is not built yet here`, {
        hint: `move it above stage ${shownStage(node)}`,
      });
    }
    return { kind: "stage", index: found.stage.index };
  }

  /** Refuses what can never be built, in a stage that is not needed too. */
  check(word: Word, node: StageNode, source: Source): void {
    const found = this.#stageNamed(word, node, source);
    if (found === undefined || found === node) this.from(word, node, source);
  }

  #stageNamed(word: Word, node: StageNode, source: Source): StageNode | undefined {
    if (/^[+-]?\d+$/.test(word.text)) {
      const found = this.nodes[Number(word.text)];
      if (found !== undefined) return found;
      const count = this.nodes.length;
      throw source.error(word, `there is no stage ${word.text}: they are 0 to ${count - 1}`);
    }
    const same = this.#named.get(word.text.toLowerCase()) ?? [];
    return lastAbove(same, node.stage.index) ?? same[0];
  }

  /** What is no stage: nothing, a named context or an image. */
  #outside(name: string, platform: Platform, source: Source, word: Word): Origin {
    const context = this.#context(name, platform);
    if (context !== undefined) return context;
    if (name === "scratch") return { kind: "scratch" };
    try {
      return { kind: "image", reference: formatCanonical(parseReference(name)), platform };
    } catch (error) {
      if (!isDistillError(error, "USAGE")) throw error;
      const { hint } = error;
      throw source.error(word, error.message, { cause: error, ...(hint === undefined ? {} : { hint }) });
    }
  }

  /** A named context, whatever stage has its name. */
  namedContext(name: string): NamedContextOrigin | undefined {
    return this.#context(name, this.#request.platform);
  }

  #context(name: string, platform: Platform): NamedContextOrigin | undefined {
    const { contexts } = this.#request;
    if (contexts.size === 0) return undefined;
    const key = contextKey(name);
    const location = contexts.get(`${key}::${formatPlatform(platform)}`) ?? contexts.get(key);
    return location === undefined ? undefined : { kind: "named-context", name, location, platform };
  }

  #node(stage: DockerfileStage, globals: ReadonlyMap<string, string>): StageNode {
    const { from } = stage;
    const base = this.#expand(from.image, globals).trim();
    if (base === "") throw this.#blank(from.image);
    const parent = this.#named.get(base.toLowerCase())?.at(-1);
    const asked = from.platform === undefined ? undefined : this.#platform(from.platform, globals);
    const platform = parent?.platform ?? asked ?? this.#request.platform;
    const replacement = stage.name === undefined ? undefined : this.#context(stage.name, platform);
    return { stage, base, parent, platform, replacement };
  }

  #platform(word: Word, globals: ReadonlyMap<string, string>): Platform {
    const { source } = this.#dockerfile;
    const text = this.#expand(word, globals);
    if (text === "") {
      throw source.error(word, `--platform is empty: ${quoted(word.text)} has no value`, {
        hint: suggestion(word, globals.keys()) ?? "--platform=linux/amd64, or --platform=$BUILDPLATFORM",
      });
    }
    try {
      return parsePlatform(text);
    } catch (error) {
      if (!isDistillError(error, "USAGE")) throw error;
      throw source.error(word, error.message, {
        cause: error,
        ...(error.hint === undefined ? {} : { hint: error.hint }),
      });
    }
  }

  #expand(word: Word, globals: ReadonlyMap<string, string>): string {
    const { source, directives } = this.#dockerfile;
    return expandIn(source, word, { escape: directives.escape, lookup: (name) => globals.get(name) }).text;
  }

  #blank(word: Word): Error {
    const { source, globalArguments } = this.#dockerfile;
    const names = globalArguments.flatMap((each) => each.arguments.map(({ name }) => name.text));
    return source.error(word, `FROM has no image: ${quoted(word.text)} is empty here`, {
      hint:
        suggestion(word, names) ??
        "FROM sees arguments that are declared above the first FROM, by their default or --build-arg",
    });
  }

  #noStage(target: string): Error {
    const { file } = this.#dockerfile.source;
    const names = this.nodes.flatMap(({ stage }) => stage.name ?? []);
    const meant = nearest(target, names);
    const all = names.length === 0 ? "none of its stages has a name" : `there are ${names.slice(0, 20).join(", ")}`;
    return new DistillError("USAGE", `${file} has no stage ${quoted(target)}`, {
      hint: meant === undefined ? all : `did you mean ${meant}?`,
    });
  }
}

/** The last of the stages that stands above a number. */
function lastAbove(nodes: readonly StageNode[], index: number): StageNode | undefined {
  let [low, high] = [0, nodes.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((nodes[middle]?.stage.index ?? 0) < index) low = middle + 1;
    else high = middle;
  }
  return nodes[low - 1];
}

/** The name of a stage, or its number. */
export function shownStage({ stage }: StageNode): string {
  return stage.name ?? String(stage.index);
}

/** The form in which names of contexts are compared: as people write images, without `:latest`. */
export function contextKey(name: string): string {
  const [plain = "", platform] = name.split("::");
  const suffix = platform === undefined ? "" : `::${platform}`;
  try {
    const reference = parseReference(plain);
    const { tag, digest } = reference;
    const shownTag = tag === undefined || tag === "latest" ? "" : `:${tag}`;
    return familiarName(reference) + shownTag + (digest === undefined ? "" : `@${digest}`) + suffix;
  } catch {
    return plain.toLowerCase() + suffix;
  }
}

/** "did you mean" for a variable that is not set. */
function suggestion(word: Word, names: Iterable<string>): string | undefined {
  const [, name] = /\$\{?(\w+)/.exec(word.text) ?? [];
  const meant = name === undefined ? undefined : nearest(name, names);
  return meant === undefined || meant === name ? undefined : `did you mean $${meant}?`;
}
