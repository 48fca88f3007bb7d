/** The lines of /etc/passwd or /etc/group (passwd(5), group(5)) in their order, found by name and by id without a search. */
export class AccountLines {
  readonly #lines: string[] = [];
  /** Of several lines of a name the first one counts, as for getpwnam(3). */
  readonly #positions = new Map<string, number>();
  readonly #ids = new Set<string>();

  constructor(lines: readonly string[]) {
    for (const line of lines) this.push(line);
  }

  /** Adds a line behind the others. */
  push(line: string): void {
    const [name = "", , id = ""] = line.split(":", 3);
    if (!this.#positions.has(name)) this.#positions.set(name, this.#lines.length);
    this.#ids.add(id);
    this.#lines.push(line);
  }

  /** Fields of an account's line. */
  fields(name: string): readonly string[] | undefined {
    const position = this.#positions.get(name);
    return position === undefined ? undefined : this.#lines[position]?.split(":");
  }

  /** Puts fields, with the same name and id, in place of those of an account that is there. */
  replace(name: string, fields: readonly string[]): void {
    const position = this.#positions.get(name);
    if (position !== undefined) this.#lines[position] = fields.join(":");
  }

  /** A field that is a number. */
  number(name: string, index: number): number | undefined {
    const field = this.fields(name)?.[index];
    return field !== undefined && /^[0-9]+$/.test(field) ? Number(field) : undefined;
  }

  /** True where an account has this id. */
  hasId(id: number): boolean {
    return this.#ids.has(String(id));
  }

  text(): string {
    return this.#lines.map((line) => `${line}\n`).join("");
  }
}
