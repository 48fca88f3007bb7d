import type { MountField, MountFlag } from "./instruction.ts";
import { quoted } from "./quoted.ts";
import type { Source, Word } from "./source.ts";

/** The fields of `--mount` as they were written. CONFIG_INVALID where they cannot be told apart, or `from` has a variable. */
export function readMountFlag(source: Source, flag: Word): MountFlag {
  const fields = splitFields(source, flag).map((text): MountField => {
    const equals = text.indexOf("=");
    const key = (equals < 0 ? text : text.slice(0, equals)).toLowerCase();
    return { key, value: equals < 0 ? undefined : text.slice(equals + 1), text };
  });
  const froms = fields.filter(({ key, value }) => key === "from" && value !== undefined);
  if (froms.some(({ value }) => /\$./s.test(value ?? ""))) {
    throw source.error(flag, "variables are not replaced in the from of a mount", {
      hint: "name a stage: FROM $IMAGE AS NAME, then from=NAME",
    });
  }
  const from = froms.at(-1)?.value;
  return { flag, from: from === undefined ? undefined : { text: from, span: flag.span }, fields };
}

/** The fields of a value that are parted by commas (RFC 4180): one in double quotes may hold commas. */
export function splitFields(source: Source, flag: Word): readonly string[] {
  const { text } = flag;
  const fields: string[] = [];
  if (text === "") throw source.error(flag, "there is nothing behind =");
  for (let at = 0; at <= text.length; at++) {
    if (text[at] !== '"') {
      const comma = text.indexOf(",", at);
      const end = comma < 0 ? text.length : comma;
      const field = text.slice(at, end);
      if (field.includes('"')) throw source.error(flag, `a quote stands inside of the field ${quoted(field)}`);
      fields.push(field);
      at = end;
    } else {
      const match = /"((?:[^"]|"")*)"(?=,|$)/y;
      match.lastIndex = at;
      const [whole, content = ""] = match.exec(text) ?? [];
      if (whole === undefined) throw source.error(flag, "a quote of a field is not closed before the next comma");
      fields.push(content.replaceAll('""', '"'));
      at += whole.length;
    }
  }
  return fields;
}
