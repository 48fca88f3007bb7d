/**
 * What a script can find out about the system that it is installed into. Answers are undefined where nobody can know
 * before it runs.
 */
export interface ScriptWorld {
  /** Name of the package that the script belongs to. */
  readonly package: string;
  /** Debian's name of the architecture, such as amd64. */
  readonly architecture: string;
  /** Its multiarch tuple, such as x86_64-linux-gnu. */
  readonly tuple: string;
  /** What lies at an absolute path, links followed but for "symlink": the path itself is a link. */
  file(path: string): FileAnswer | undefined;
  /** Whether there is a program of that name. */
  command(name: string): boolean | undefined;
  /** Whether there is an account, or a group, of that name. */
  account(kind: "passwd" | "group", name: string): boolean | undefined;
}

export interface FileAnswer {
  /** Of what the path leads to. */
  readonly type: "file" | "directory" | "absent";
  readonly symlink: boolean;
  /** True for a directory with nothing in it. */
  readonly empty?: boolean;
}
