/**
 * The variables of a stage at some place. Of arguments (ARG) and the environment (ENV, and that of the base) with one name
 * the one that was set last counts; an ARG without a value sets nothing. Changed by each instruction; a stage that begins
 * with another one has a copy of its variables.
 */
export class Variables {
  /** What the image's config says. */
  readonly environment: Map<string, string>;
  /** Names of arguments, in the order in which they were declared first. */
  readonly declared: Set<string>;
  /** The values that count, in the order in which their names were set first. */
  readonly #values: Map<string, string>;
  #list: readonly string[] | undefined;

  private constructor(environment: Map<string, string>, declared: Set<string>, values: Map<string, string>) {
    this.environment = environment;
    this.declared = declared;
    this.#values = values;
  }

  static of(environment: Iterable<readonly [string, string]>): Variables {
    const entries = new Map(environment);
    return new Variables(entries, new Set(), new Map(entries));
  }

  copy(): Variables {
    return new Variables(new Map(this.environment), new Set(this.declared), new Map(this.#values));
  }

  /** Undefined for one that is not set. */
  readonly lookup = (name: string): string | undefined => this.#values.get(name);

  /** Of all that have a value. */
  names(): Iterable<string> {
    return this.#values.keys();
  }

  setEnvironment(name: string, value: string): void {
    this.environment.set(name, value);
    this.#values.set(name, value);
    this.#list = undefined;
  }

  declare(name: string, value: string | undefined): void {
    this.declared.add(name);
    if (value === undefined) return;
    this.#values.set(name, value);
    this.#list = undefined;
  }

  /** `NAME=VALUE` of the environment, as an image config has it. */
  environmentList(): readonly string[] {
    return assignments(this.environment);
  }

  /** `NAME=VALUE` of all that have a value. */
  list(): readonly string[] {
    this.#list ??= assignments(this.#values);
    return this.#list;
  }
}

function assignments(values: ReadonlyMap<string, string>): readonly string[] {
  return Array.from(values, ([name, value]) => `${name}=${value}`);
}
