/** A value that is known, or null: it depends on what only a run would show. */
export type Value = string | null;

/** Longest value that is followed, and most variables. */
const MAX_VALUE = 16 * 1024;
const MAX_VARIABLES = 500;

/** Variables that a script may find set though it never sets them. */
const FROM_OUTSIDE =
  /^(?:PATH|HOME|USER|LOGNAME|SHELL|TERM|PWD|OLDPWD|LANG|LANGUAGE|LC_.*|TZ|TMPDIR|DISPLAY|EDITOR|PAGER|IFS|RET|REPLY|OPTARG|OPTIND|UID|EUID|RANDOM|SECONDS|HOSTNAME|DEBUG|DEBIAN_.*|DPKG_.*|APT_.*|BASH.*|SUDO_.*)$/;

/** Variables and arguments at one place in a script. Immutable: a change makes another one. */
export class ShellState {
  readonly #variables: ReadonlyMap<string, Value>;
  /** $1 and following; undefined where their number is not known. */
  readonly positional: readonly Value[] | undefined;
  /** True where a file was read that may have set any variable. */
  readonly #open: boolean;

  constructor(
    variables: ReadonlyMap<string, Value> = new Map(),
    positional: readonly Value[] | undefined = [],
    open = false,
  ) {
    this.#variables = variables;
    this.positional = positional;
    this.#open = open;
  }

  /** Undefined where the variable is not set. */
  get(name: string): Value | undefined {
    if (/^[0-9]+$/.test(name)) return this.#argument(Number(name));
    if (name === "#") return this.positional === undefined ? null : String(this.positional.length);
    if (name === "@" || name === "*") return this.#joined();
    if (/^[?$!-]$/.test(name)) return null;
    const value = this.#variables.get(name);
    if (value !== undefined) return value;
    return this.#open || FROM_OUTSIDE.test(name) ? null : undefined;
  }

  with(name: string, value: Value): ShellState {
    const known = value !== null && value.length > MAX_VALUE ? null : value;
    if (this.#variables.get(name) === known) return this;
    if (this.#variables.size >= MAX_VARIABLES && !this.#variables.has(name)) return this.opened();
    return new ShellState(new Map(this.#variables).set(name, known), this.positional, this.#open);
  }

  without(name: string): ShellState {
    const variables = new Map(this.#variables);
    variables.delete(name);
    return new ShellState(variables, this.positional, this.#open);
  }

  withArguments(positional: readonly Value[] | undefined): ShellState {
    return new ShellState(this.#variables, positional, this.#open);
  }

  /** As if a file had been read that may set anything. */
  opened(): ShellState {
    return new ShellState(new Map(), this.positional, true);
  }

  /** What is known wherever one of two ways led here. */
  merged(other: ShellState): ShellState {
    if (this === other) return this;
    const variables = new Map<string, Value>();
    for (const name of new Set([...this.#variables.keys(), ...other.#variables.keys()])) {
      const [a, b] = [this.get(name) ?? "", other.get(name) ?? ""];
      const both = this.get(name) === null || other.get(name) === null ? null : a === b ? a : null;
      variables.set(name, both);
    }
    const same =
      this.positional?.length === other.positional?.length &&
      this.positional?.every((value, index) => value === other.positional?.[index]);
    return new ShellState(variables, same ? this.positional : undefined, this.#open || other.#open);
  }

  #argument(number: number): Value | undefined {
    if (number === 0) return null;
    return this.positional === undefined ? null : this.positional[number - 1];
  }

  #joined(): Value {
    if (this.positional?.every((value) => value !== null)) return this.positional.join(" ");
    return null;
  }
}

/** The merge of all ways that can be taken; undefined where there is none. */
export function mergeAll(states: readonly (ShellState | undefined)[]): ShellState | undefined {
  return states.reduce((a, b) => (a === undefined ? b : b === undefined ? a : a.merged(b)), undefined);
}
