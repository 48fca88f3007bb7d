/** A piece of a word. `quoted`: inside quotes, so that it is neither split nor a pattern. */
export type Part =
  | { readonly kind: "text"; readonly text: string; readonly quoted: boolean }
  | {
      readonly kind: "parameter";
      readonly name: string;
      /** `${name OPERATOR word}`, such as ":-" or "%%"; "#" before the name is "length". Empty for `$name`. */
      readonly operator: string;
      readonly operand: Word | undefined;
      readonly quoted: boolean;
    }
  | { readonly kind: "command"; readonly body: readonly Command[]; readonly quoted: boolean }
  | { readonly kind: "arithmetic"; readonly quoted: boolean };

/** A word before anything of it is expanded. */
export interface Word {
  readonly parts: readonly Part[];
  /** As it stands in the script. */
  readonly source: string;
}

/** `2> file` and its like. For a here-document `target` is its delimiter. */
export interface Redirect {
  readonly operator: string;
  readonly target: Word;
}

export interface SimpleCommand {
  readonly kind: "simple";
  readonly assignments: readonly { readonly name: string; readonly value: Word }[];
  readonly words: readonly Word[];
  readonly redirects: readonly Redirect[];
  readonly line: number;
}

/** The commands of POSIX sh (Shell Command Language, 2.9). Lists are in order of execution. */
export type Command =
  | SimpleCommand
  | { readonly kind: "pipeline"; readonly commands: readonly Command[]; readonly negated: boolean }
  | {
      readonly kind: "and-or";
      readonly first: Command;
      readonly rest: readonly { readonly operator: "&&" | "||"; readonly command: Command }[];
    }
  | {
      readonly kind: "if";
      readonly branches: readonly { readonly condition: readonly Command[]; readonly body: readonly Command[] }[];
      readonly otherwise: readonly Command[];
    }
  | {
      readonly kind: "while";
      readonly until: boolean;
      readonly condition: readonly Command[];
      readonly body: readonly Command[];
    }
  | {
      readonly kind: "for";
      readonly variable: string;
      /** Undefined: the positional parameters. */
      readonly words: readonly Word[] | undefined;
      readonly body: readonly Command[];
    }
  | {
      readonly kind: "case";
      readonly subject: Word;
      readonly items: readonly { readonly patterns: readonly Word[]; readonly body: readonly Command[] }[];
    }
  | { readonly kind: "function"; readonly name: string; readonly body: Command }
  | {
      readonly kind: "group";
      readonly subshell: boolean;
      readonly body: readonly Command[];
      readonly redirects: readonly Redirect[];
      readonly line: number;
    };
