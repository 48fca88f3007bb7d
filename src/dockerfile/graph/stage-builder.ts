import type { ContainerConfig, HistoryEntry } from "../../image/config.ts";
import { DistillError } from "../../lib/errors.ts";
import type { StageImage, Step } from "../../plan/plan.ts";
import type { ResolvedBase } from "./request.ts";
import { Variables } from "./variables.ts";

/** What containers search for programs where an image does not say it. */
const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const DEFAULT_SHELL = ["/bin/sh", "-c"];

/** Docker's tools tell by it how an entry is to be read: created_by is an instruction. */
const COMMENT = "buildkit.dockerfile.v0";

/** Characters of all texts of a stage; above, values were multiplied until they are of no use. */
const MAX_TEXT = 64 * 1024 * 1024;

/** A stage while its instructions are applied one after another. */
export class StageBuilder {
  readonly variables: Variables;
  readonly config: { -readonly [Key in keyof ContainerConfig]: ContainerConfig[Key] };
  author: string | undefined;
  /** Whether the stage has said CMD itself: an ENTRYPOINT takes only one of the base away. */
  hasOwnCommand = false;
  readonly #history: HistoryEntry[];
  readonly #steps: Step[] = [];
  #text = 0;

  private constructor({ author, config, history }: ResolvedBase, variables: Variables) {
    const { OnBuild: _, ...kept } = config;
    this.variables = variables;
    this.config = kept;
    this.author = author;
    this.#history = [...history];
  }

  /** A stage that begins with an image. */
  static onImage(base: ResolvedBase): StageBuilder {
    const environment = (base.config.Env ?? []).map(splitVariable);
    const variables = Variables.of(environment);
    if (!variables.environment.has("PATH")) variables.setEnvironment("PATH", DEFAULT_PATH);
    return new StageBuilder(base, variables);
  }

  /** A stage that begins with nothing. */
  static onScratch(): StageBuilder {
    return StageBuilder.onImage({ author: undefined, config: { WorkingDir: "/" }, history: [] });
  }

  /** A stage that begins with another one. */
  static onStage(base: StageBuilder): StageBuilder {
    return new StageBuilder(base.image(), base.variables.copy());
  }

  /** As it was written: with a slash at its end where it had one. */
  get directory(): string {
    return this.config.WorkingDir || "/";
  }

  get user(): string | undefined {
    return this.config.User || undefined;
  }

  get shell(): readonly string[] {
    return this.config.Shell ?? DEFAULT_SHELL;
  }

  /** Adds a step without an entry in the history. */
  addStep(step: Step): void {
    this.#count(step.text.length + contentOf(step));
    this.#steps.push(step);
  }

  /** Adds an entry to the history, for a step that makes a layer or for one that does not. */
  addHistory(createdBy: string, { layer }: { readonly layer: boolean }): void {
    this.#count(createdBy.length);
    this.#history.push({ created_by: createdBy, comment: COMMENT, ...(layer ? {} : { empty_layer: true }) });
  }

  get historyLength(): number {
    return this.#history.length;
  }

  steps(): readonly Step[] {
    return this.#steps;
  }

  image(): StageImage {
    const config = { ...this.config, Env: this.variables.environmentList() };
    return { author: this.author, config, history: [...this.#history] };
  }

  #count(characters: number): void {
    this.#text += characters;
    if (this.#text > MAX_TEXT) {
      throw new DistillError("LIMIT_EXCEEDED", `the steps of a stage have more than ${MAX_TEXT} characters`, {
        hint: "variables hold very long texts, and each RUN repeats them in the history",
      });
    }
  }
}

/** Characters of a step's documents. */
function contentOf(step: Step): number {
  const holders = step.kind === "transfer" ? step.sources : step.kind === "run" ? step.mounts : [];
  return holders.reduce((sum, each) => sum + (each.kind === "document" ? each.content.length : 0), 0);
}

function splitVariable(line: string): [string, string] {
  const at = line.indexOf("=");
  return at < 0 ? [line, ""] : [line.slice(0, at), line.slice(at + 1)];
}
