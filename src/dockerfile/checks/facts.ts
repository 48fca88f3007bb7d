import type { Origin } from "../../plan/origin.ts";
import type { Expansion } from "../expansion.ts";
import type { ResolvedBase } from "../graph/request.ts";
import type { StageNode } from "../graph/stage-table.ts";
import type { PathMatcher } from "../ignore/matcher.ts";
import type { Dockerfile, DockerfileStage, Instruction } from "../instruction.ts";
import type { Source, Word } from "../source.ts";
import type { Statement } from "../statement.ts";

/**
 * What is known of a Dockerfile when it is checked: all of it, or, where something is wrong with it, what stands before
 * that. Rules ask this and nothing else.
 */
export interface Facts {
  readonly source: Source;
  /** Those that could be read. */
  readonly instructions: readonly Instruction[];
  /** The one that could not be read as an instruction, and ends the others. */
  readonly refused: Statement | undefined;
  /** Undefined where one could not be read. */
  readonly dockerfile: Dockerfile | undefined;
  /** The image of each stage by the defaults of arguments, up to one that cannot be worked out. */
  readonly defaultImages: readonly { readonly stage: DockerfileStage; readonly image: string }[];
  /** FROM of each stage, up to one that has no image or platform. */
  readonly froms: readonly FromFacts[];
  /** Each stage with its instructions, in the order of the file: those that the target needs, or all without one. */
  readonly stages: readonly StageFacts[];
  /** The stage that becomes the image; undefined where the stages are not known as a whole. */
  readonly final: StageFacts | undefined;
  /** What the context leaves out; undefined where nothing says so. */
  readonly ignored: PathMatcher | undefined;
}

export interface FromFacts {
  readonly stage: DockerfileStage;
  /** The image with the values that the user gave. */
  readonly image: Expansion;
  readonly platform: Expansion | undefined;
  /** The platform that is built for, as FROM sees it. */
  readonly target: string;
  /** Names that FROM may use: those of arguments declared before it, and of the platforms. */
  readonly names: ReadonlySet<string>;
}

export interface StageFacts {
  readonly node: StageNode;
  readonly origin: Origin;
  /** What its base says of itself. */
  readonly base: ResolvedBase | undefined;
  /** The stage that it begins with. */
  readonly parent: StageFacts | undefined;
  /** Whether it is known what the base sets: not for an image that nobody has here. */
  readonly baseKnown: boolean;
  readonly steps: readonly StepFacts[];
  /** Words of COPY --from and of mounts that name an image. */
  readonly fromImages: readonly { readonly word: Word; readonly statement: Statement }[];
  /** Whether containers of it start something: true where nobody knows. */
  readonly starts: boolean;
  /** The user at the end; undefined where nothing sets one. */
  readonly user: string | undefined;
}

/** One instruction, as it is applied. */
export interface StepFacts {
  readonly instruction: Instruction;
  /** False for a trigger of the base: it stands in another text. */
  readonly own: boolean;
  /** Variables that nothing sets; once for each text that has them. */
  readonly unset: readonly UnsetVariable[];
  /** A word with variables replaced, as far as this instruction does so. */
  readonly expanded: (word: Word) => Expansion | undefined;
  /** SHELL in force, if the base or an instruction sets it. */
  readonly shell: readonly string[] | undefined;
  /** PIP_NO_CACHE_DIR, which pip reads as an option. */
  readonly pipNoCache: string | undefined;
  /** The working directory that it finds. */
  readonly directory: string;
}

export interface UnsetVariable {
  readonly name: string;
  /** The text that it stands in. */
  readonly word: Word | undefined;
  /** A name that is set and differs by a slip or two. */
  readonly meant: string | undefined;
}
