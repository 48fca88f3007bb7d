import { type Expansion, type ExpansionOptions, ExpansionProblem, expandWord } from "./expansion.ts";
import type { BuildArgument } from "./instruction.ts";
import type { Source, Word } from "./source.ts";

/**
 * The variables at one place of a Dockerfile: arguments (ARG), and the environment (ENV, and that of the base), which wins
 * where both have a name. Immutable: each instruction sees the scope that those above it left.
 */
export class Scope {
  /** In the order in which names were first set. */
  readonly arguments: ReadonlyMap<string, string>;
  readonly environment: ReadonlyMap<string, string>;

  private constructor(args: ReadonlyMap<string, string>, environment: ReadonlyMap<string, string>) {
    this.arguments = args;
    this.environment = environment;
  }

  static readonly EMPTY = new Scope(new Map(), new Map());

  /** The value of a variable, or undefined where nothing set it. */
  readonly lookup = (name: string): string | undefined => this.environment.get(name) ?? this.arguments.get(name);

  withArguments(values: Iterable<readonly [string, string]>): Scope {
    return new Scope(new Map([...this.arguments, ...values]), this.environment);
  }

  withEnvironment(values: Iterable<readonly [string, string]>): Scope {
    return new Scope(this.arguments, new Map([...this.environment, ...values]));
  }
}

/**
 * What an ARG sets its name to: the user's value, else its default expanded by `expand`, else the value that the name has
 * in the scope around it (of the arguments before the first FROM, and of the platform). Undefined where there is none.
 */
export function argumentValue(
  { name, value }: BuildArgument,
  given: {
    readonly user: ReadonlyMap<string, string>;
    readonly around: ReadonlyMap<string, string>;
    readonly expand: (value: Word) => string;
  },
): string | undefined {
  const chosen = given.user.get(name.text);
  if (chosen !== undefined) return chosen;
  return value === undefined ? given.around.get(name.text) : given.expand(value);
}

/** `expandWord` on a word of a file: what cannot be expanded is CONFIG_INVALID, at the place of the word. */
export function expandIn(source: Source, word: Word, options: ExpansionOptions): Expansion {
  try {
    return expandWord(word.text, options);
  } catch (error) {
    if (!(error instanceof ExpansionProblem)) throw error;
    // Within a word that is written as it is meant, the exact place is known.
    const exact = source.slice(word.span) === word.text ? error.offset : 0;
    throw source.error({ start: word.span.start + exact, end: word.span.end }, error.message, { cause: error });
  }
}
