import { readFlags } from "../flag-values.ts";
import type { FromInstruction } from "../instruction.ts";
import { quoted } from "../quoted.ts";
import type { Source } from "../source.ts";
import type { Statement } from "../statement.ts";
import { wordsOf } from "./command.ts";

/** In lower case. */
const NAME = /^[a-z][a-z0-9\-_.]*$/;

/** `FROM [--platform=P] IMAGE [AS NAME]`. */
export function readFrom(source: Source, statement: Statement): FromInstruction {
  const [image, as, name, surplus] = wordsOf(statement);
  const platform = readFlags(source, statement, { platform: "text" }).text("platform");
  if (image === undefined) throw source.error(statement.keyword, "FROM needs an image: FROM IMAGE [AS NAME]");
  if (as === undefined) return { kind: "FROM", statement, image, platform, as: undefined, name: undefined };
  if (as.text.toUpperCase() !== "AS" || name === undefined || surplus !== undefined) {
    throw source.error(surplus ?? as, "FROM is FROM IMAGE or FROM IMAGE AS NAME; there is something else here");
  }
  if (!NAME.test(name.text.toLowerCase())) {
    throw source.error(name, `${quoted(name.text)} cannot be the name of a stage`, {
      hint: "a name begins with a letter and goes on with letters, digits, - _ and .; variables are not replaced in it",
    });
  }
  return { kind: "FROM", statement, image, platform, as, name };
}
