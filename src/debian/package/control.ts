import { DistillError } from "../../lib/errors.ts";

/** One paragraph of deb822 text. Field names are found in any case; continuation lines stand after a line feed each. */
export class Paragraph {
  readonly #values: ReadonlyMap<string, string>;

  /** `values` by lower-case field name. */
  constructor(values: ReadonlyMap<string, string>) {
    this.#values = values;
  }

  /** The value of a field without surrounding blanks, or undefined where the paragraph has no such field. */
  get(field: string): string | undefined {
    return this.#values.get(field.toLowerCase());
  }

  /** Lower-case names in the order of the text. */
  fields(): Iterable<string> {
    return this.#values.keys();
  }
}

/** What a reader accepts, in characters of the whole text. */
export interface ControlLimits {
  readonly maxLength: number;
}

const DEFAULT_LIMITS: ControlLimits = { maxLength: 16 * 1024 * 1024 };

/**
 * The paragraphs of a control file (deb822(5)): fields, continuation lines (without their first blank), comment lines.
 * `name` says in errors what was read. FORMAT_INVALID with the line for text of another form or a field that stands
 * twice, LIMIT_EXCEEDED for a text that is too long.
 */
export function parseControl(text: string, name: string, limits = DEFAULT_LIMITS): Paragraph[] {
  if (text.length > limits.maxLength) {
    throw new DistillError("LIMIT_EXCEEDED", `${name} is longer than ${limits.maxLength} characters`);
  }
  const paragraphs: Paragraph[] = [];
  let values = new Map<string, string>();
  let current: string | undefined;
  const finish = (): void => {
    if (values.size > 0) paragraphs.push(new Paragraph(values));
    values = new Map();
    current = undefined;
  };
  for (const [index, raw] of text.split("\n").entries()) {
    const line = raw.trimEnd();
    const where = `${name}, line ${index + 1}`;
    if (line === "") finish();
    else if (line.startsWith("#")) continue;
    else if (line.startsWith(" ") || line.startsWith("\t")) {
      if (current === undefined) throw malformed(where, "a continuation line without a field", line);
      values.set(current, `${values.get(current)}\n${line.slice(1)}`);
    } else {
      const colon = line.indexOf(":");
      if (!FIELD_NAME.test(line.slice(0, Math.max(colon, 0)))) throw malformed(where, "not a field", line);
      current = line.slice(0, colon).toLowerCase();
      if (values.has(current)) throw malformed(where, "the field stands twice", line);
      values.set(current, line.slice(colon + 1).trim());
    }
  }
  finish();
  return paragraphs;
}

const FIELD_NAME = /^[!"$-,./0-9;-~][!-9;-~]*$/;

function malformed(where: string, what: string, line: string): DistillError {
  return new DistillError("FORMAT_INVALID", `${where}: ${what}: ${JSON.stringify(line.slice(0, 80))}`);
}
