import type { Duration } from "./instructions/duration.ts";
import type { Source, Word } from "./source.ts";
import type { Heredoc, Pair, Statement } from "./statement.ts";

/**
 * An instruction as it was written: variables are not replaced yet, and quotes are still there. The values of flags have
 * the span of the whole flag.
 */
export type Instruction =
  | FromInstruction
  | ArgInstruction
  | RunInstruction
  | CopyInstruction
  | AddInstruction
  | EnvInstruction
  | LabelInstruction
  | CommandInstruction
  | ShellInstruction
  | ExposeInstruction
  | VolumeInstruction
  | TextInstruction
  | HealthcheckInstruction
  | OnbuildInstruction;

export type InstructionKind = Instruction["kind"];

export interface FromInstruction {
  readonly kind: "FROM";
  readonly statement: Statement;
  readonly image: Word;
  readonly platform: Word | undefined;
  /** The word AS as it was written; with `name` or not at all. */
  readonly as: Word | undefined;
  /** The name of the stage as it was written; names are compared in lower case. */
  readonly name: Word | undefined;
}

export interface ArgInstruction {
  readonly kind: "ARG";
  readonly statement: Statement;
  readonly arguments: readonly BuildArgument[];
}

export interface BuildArgument {
  /** Quotes and variables are still in it, as in the value. */
  readonly name: Word;
  /** The default. */
  readonly value: Word | undefined;
}

export interface RunInstruction {
  readonly kind: "RUN";
  readonly statement: Statement;
  readonly command: Command;
  readonly mounts: readonly MountFlag[];
  readonly network: "default" | "none" | "host";
  readonly security: "sandbox" | "insecure";
  readonly devices: readonly DeviceFlag[];
}

/** What is run: a program with its arguments, or a text for the shell. Heredocs of the text are in the statement. */
export type Command =
  | { readonly form: "exec"; readonly arguments: readonly Word[] }
  | { readonly form: "shell"; readonly text: Word };

/** `--mount=...` with its fields as they were written. `readMount` makes a Mount of it when variables are known. */
export interface MountFlag {
  readonly flag: Word;
  /** Image, stage or context that it is taken from; never holds a variable. */
  readonly from: Word | undefined;
  readonly fields: readonly MountField[];
}

/** `key=value`, or `key` alone. */
export interface MountField {
  /** In lower case. */
  readonly key: string;
  readonly value: string | undefined;
  /** The whole field as it was written. */
  readonly text: string;
}

export interface DeviceFlag {
  readonly flag: Word;
  readonly name: string;
  readonly required: boolean;
}

export interface CopyInstruction {
  readonly kind: "COPY";
  readonly statement: Statement;
  readonly sources: readonly CopySource[];
  readonly destination: Word;
  /** Stage by name or number, image or context; variables are not replaced in it. */
  readonly from: Word | undefined;
  readonly chown: Word | undefined;
  readonly chmod: Word | undefined;
  readonly link: boolean;
  readonly parents: boolean;
  readonly exclude: readonly Word[];
}

export interface AddInstruction {
  readonly kind: "ADD";
  readonly statement: Statement;
  readonly sources: readonly CopySource[];
  readonly destination: Word;
  readonly chown: Word | undefined;
  readonly chmod: Word | undefined;
  readonly checksum: Word | undefined;
  readonly link: boolean;
  readonly keepGitDir: boolean | undefined;
  readonly unpack: boolean | undefined;
  readonly exclude: readonly Word[];
}

export type CopySource =
  | { readonly kind: "path"; readonly path: Word }
  | { readonly kind: "heredoc"; readonly heredoc: Heredoc };

export interface EnvInstruction {
  readonly kind: "ENV";
  readonly statement: Statement;
  readonly pairs: readonly Pair[];
}

export interface LabelInstruction {
  readonly kind: "LABEL";
  readonly statement: Statement;
  readonly pairs: readonly Pair[];
}

export interface CommandInstruction {
  readonly kind: "CMD" | "ENTRYPOINT";
  readonly statement: Statement;
  readonly command: Command;
}

export interface ShellInstruction {
  readonly kind: "SHELL";
  readonly statement: Statement;
  readonly shell: readonly Word[];
}

export interface ExposeInstruction {
  readonly kind: "EXPOSE";
  readonly statement: Statement;
  /** In the order in which they were written. */
  readonly ports: readonly Word[];
}

export interface VolumeInstruction {
  readonly kind: "VOLUME";
  readonly statement: Statement;
  readonly paths: readonly Word[];
}

/** Instructions of one text. */
export interface TextInstruction {
  readonly kind: "WORKDIR" | "USER" | "STOPSIGNAL" | "MAINTAINER";
  readonly statement: Statement;
  readonly value: Word;
}

export interface HealthcheckInstruction {
  readonly kind: "HEALTHCHECK";
  readonly statement: Statement;
  /** Undefined for NONE, which takes the check of the base away. */
  readonly check: Healthcheck | undefined;
}

export interface Healthcheck {
  readonly command: Command;
  readonly interval: Duration | undefined;
  readonly timeout: Duration | undefined;
  readonly startPeriod: Duration | undefined;
  readonly startInterval: Duration | undefined;
  /** Undefined where it is not given, or 0. */
  readonly retries: number | undefined;
}

export interface OnbuildInstruction {
  readonly kind: "ONBUILD";
  readonly statement: Statement;
  /** What the image keeps: the text of the instruction, with its heredocs. `parseTrigger` reads it back. */
  readonly expression: string;
  readonly trigger: Instruction;
}

/** A Dockerfile that was read: directives, arguments before the first FROM, and stages. */
export interface Dockerfile {
  readonly source: Source;
  readonly directives: Directives;
  /** Every instruction in order. */
  readonly instructions: readonly Instruction[];
  /** ARG before the first FROM. */
  readonly globalArguments: readonly ArgInstruction[];
  readonly stages: readonly DockerfileStage[];
}

export interface DockerfileStage {
  readonly index: number;
  /** In lower case, as names are compared. */
  readonly name: string | undefined;
  readonly from: FromInstruction;
  /** What follows FROM. */
  readonly instructions: readonly Instruction[];
}

/** Comments at the top that tell the parser something. */
export interface Directives {
  /** The image of another front end: noted, never fetched. */
  readonly syntax: Word | undefined;
  readonly escape: EscapeCharacter;
  /** `skip=A,B;error=true` */
  readonly check: Word | undefined;
  /** All of them in order, as they were written. */
  readonly written: readonly { readonly name: Word; readonly value: Word }[];
}

export type EscapeCharacter = "\\" | "`";
