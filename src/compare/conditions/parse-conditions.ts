import { DistillError } from "../../lib/errors.ts";
import { excerpt, type Position } from "../../lib/excerpt.ts";
import { nearest } from "../../lib/nearest.ts";
import { type Condition, type Limit, OPERATORS, type Operator } from "./condition.ts";
import { QUANTITIES } from "./quantity.ts";

/** Characters of conditions that are read. */
const MAX_LENGTH = 10_000;

/** Sizes are bytes; MB and the like are powers of 1000, as in everything that is printed. */
const UNITS: ReadonlyMap<string, bigint> = new Map([
  ["B", 1n],
  ...["kB", "MB", "GB", "TB"].map((unit, index): [string, bigint] => [unit, 1000n ** BigInt(index + 1)]),
  ...["KiB", "MiB", "GiB", "TiB"].map((unit, index): [string, bigint] => [unit, 1024n ** BigInt(index + 1)]),
]);

/**
 * Reads conditions: `size.compressed > +5%, cves.high > 0`. Each is the name of a quantity, an operator, and a number; with a
 * sign in front of it that is the change from A to B, with `%` in parts of what A has, with a unit a size. Commas stand between
 * conditions, spaces and line ends anywhere between words. Anything else is USAGE, with the place; `source` is what the text is called there.
 */
export function parseConditions(text: string, source: string): readonly Condition[] {
  if (text.length > MAX_LENGTH) {
    throw new DistillError("USAGE", `${source} has ${text.length} characters, more than ${MAX_LENGTH}`, {
      hint: "give the option several times",
    });
  }
  const reader = new Reader(text, source);
  const conditions = [readCondition(reader)];
  while (!reader.isAtEnd()) {
    if (reader.take(/,/y) === undefined)
      reader.fail("expected a comma, or the end", "a comma stands between conditions");
    conditions.push(readCondition(reader));
  }
  return conditions;
}

function readCondition(reader: Reader): Condition {
  const quantity = readQuantity(reader);
  const operator = readOperator(reader, quantity);
  const { limit, spelling } = readLimit(reader, quantity);
  return { text: `${quantity} ${operator} ${spelling}`, quantity, operator, limit };
}

function readQuantity(reader: Reader): string {
  const start = reader.position();
  const word = reader.take(/[A-Za-z][A-Za-z.-]*/y);
  if (word === undefined) reader.fail("expected the name of a quantity", listOfNames());
  const found = QUANTITIES.keys().find((name) => name.toLowerCase() === word.toLowerCase());
  if (found !== undefined) return found;
  const meant = nearest(word, QUANTITIES.keys());
  const suggestion = meant === undefined ? "" : `did you mean ${meant}? `;
  return reader.fail(`there is no quantity "${shortened(word)}"`, `${suggestion}${listOfNames()}`, start);
}

function readOperator(reader: Reader, quantity: string): Operator {
  const start = reader.position();
  const sign = reader.take(/[<>=!]+/y);
  const found = OPERATORS.find((operator) => operator === sign);
  return found ?? reader.fail(`expected an operator after ${quantity}`, `one of ${OPERATORS.join(" ")}`, start);
}

function readLimit(reader: Reader, quantity: string): { readonly limit: Limit; readonly spelling: string } {
  const start = reader.position();
  const sign = reader.take(/[+-]/y) ?? "";
  const digits = reader.take(/\d{1,15}(?:\.\d{1,3})?(?![\d.])/y);
  if (digits === undefined) {
    reader.fail("expected a number", "digits, with at most three behind a dot: 0, +5%, -2MB, 10.5MB");
  }
  const unitAt = reader.position();
  const unit = reader.take(/%|[A-Za-z]+/y) ?? "";
  const isSize = QUANTITIES.get(quantity)?.unit === "bytes";
  const factor = unit === "" || unit === "%" ? 1n : unitFactor(unit);
  if (factor === undefined) {
    reader.fail(
      `there is no unit "${shortened(unit)}"`,
      `% or one of ${[...UNITS.keys()].join(" ")}; a comma stands between conditions`,
      unitAt,
    );
  }
  if (unit === "%" && sign === "") {
    reader.fail("a percentage is a change from A to B", `write +${digits}% or -${digits}%`, start);
  }
  if (unit !== "" && unit !== "%" && !isSize) {
    reader.fail(`${quantity} is a number of things and no size`, "leave the unit out", unitAt);
  }
  const [whole = "", decimals = ""] = digits.split(".");
  const size = BigInt(whole) * 1000n + BigInt(decimals.padEnd(3, "0"));
  const thousandths = (sign === "-" ? -size : size) * factor;
  const kind = unit === "%" ? "percent" : sign === "" ? "number" : "change";
  return { limit: { kind, thousandths }, spelling: `${sign}${digits}${spellingOf(unit)}` };
}

/** Whatever their case, as nobody means megabits. */
function unitFactor(unit: string): bigint | undefined {
  return UNITS.get(spellingOf(unit));
}

function spellingOf(unit: string): string {
  return UNITS.keys().find((name) => name.toLowerCase() === unit.toLowerCase()) ?? unit;
}

function listOfNames(): string {
  return `the quantities are ${[...QUANTITIES.keys()].join(", ")}`;
}

function shortened(word: string): string {
  return word.length > 40 ? `${word.slice(0, 40)}…` : word;
}

/** A text that is read word by word; between two of them there may be space. */
class Reader {
  readonly #text: string;
  readonly #source: string;
  #at = 0;

  constructor(text: string, source: string) {
    this.#text = text;
    this.#source = source;
    this.#skipSpace();
  }

  isAtEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  /** The place where the next word begins. */
  position(): Position {
    const before = this.#text.slice(0, this.#at);
    return { line: before.split("\n").length, column: this.#at - before.lastIndexOf("\n") };
  }

  /** The next word if it is of that form, which must be sticky. */
  take(form: RegExp): string | undefined {
    form.lastIndex = this.#at;
    const [word] = form.exec(this.#text) ?? [];
    if (word === undefined) return undefined;
    this.#at += word.length;
    this.#skipSpace();
    return word;
  }

  fail(message: string, hint: string, position = this.position()): never {
    const { line, column } = position;
    const shown = excerpt(this.#text, position);
    throw new DistillError("USAGE", `${this.#source}:${line}:${column}: ${message}\n${shown}`, { hint });
  }

  #skipSpace(): void {
    while (/\s/.test(this.#text[this.#at] ?? "")) this.#at++;
  }
}
