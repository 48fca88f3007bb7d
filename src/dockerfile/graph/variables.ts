/**
 * The variables of a stage at some place: arguments (ARG) and the environment (ENV, and that of the base), which wins where
 * both have a name. Changed by each instruction; a stage that begins with another one has a copy of its variables.
 */
export class Variables {
  readonly environment: Map<string, string>;
  /** All that were declared in the stage, in order; undefined for one that has no value. */
  readonly declared: Map<string, string | undefined>;
  #list: readonly string[] | undefined;

  constructor(
    environment: Iterable<readonly [string, string]>,
    declared: Iterable<readonly [string, string | undefined]>,
  ) {
    this.environment = new Map(environment);
    this.declared = new Map(declared);
  }

  /** Undefined for one that is not set. */
  readonly lookup = (name: string): string | undefined => this.environment.get(name) ?? this.declared.get(name);

  setEnvironment(name: string, value: string): void {
    this.environment.set(name, value);
    this.#list = undefined;
  }

  declare(name: string, value: string | undefined): void {
    this.declared.set(name, value);
    this.#list = undefined;
  }

  /** `NAME=VALUE` of the environment, as an image config has it. */
  environmentList(): readonly string[] {
    return Array.from(this.environment, ([name, value]) => `${name}=${value}`);
  }

  /** `NAME=VALUE` of all that have a value. */
  list(): readonly string[] {
    if (this.#list === undefined) {
      const list = [...this.environmentList()];
      for (const [name, value] of this.declared) {
        if (value !== undefined && !this.environment.has(name)) list.push(`${name}=${value}`);
      }
      this.#list = list;
    }
    return this.#list;
  }

  copy(): Variables {
    return new Variables(this.environment, this.declared);
  }
}
