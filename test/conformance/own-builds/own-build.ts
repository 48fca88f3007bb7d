/** A Dockerfile of our own, and what it has to come to by the rules of BuildKit. Its base is that of busybox-base.ts. */
export interface OwnBuild {
  readonly name: string;
  readonly dockerfile: string;
  /** Texts of the context's files by path; those that begin with `#!` can be run. */
  readonly files?: Readonly<Record<string, string>>;
  /** Texts of files of a context named `other`. */
  readonly other?: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly buildArgs?: readonly string[];
  readonly target?: string;
  /** Lends an agent, as `default`. */
  readonly agent?: boolean;
  /** Dockerfiles that are built before, by the name of their image. */
  readonly parents?: Readonly<Record<string, string>>;
  readonly network?: "none" | "host";
  /**
   * The layers above the base, each as its entries in order: `TYPE MODE UID:GID PATH`, for links ` -> TARGET`, for files
   * ` = CONTENT` as JSON has it, for extended attributes ` {NAME=VALUE}` with bytes as hexadecimal digits, for times before 2015
   * ` @SECONDS`; and `gone PATH` for what was removed.
   */
  readonly layers?: readonly (readonly string[])[];
  /** Code and message of the failure that it is, where it is one. */
  readonly fails?: readonly [code: string, message: RegExp];
  /** Why docker's BuildKit is not asked, where it is not: Docker 20.10 has an old one. */
  readonly notAsked?: string;
}
