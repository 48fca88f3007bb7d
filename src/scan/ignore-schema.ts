import { z } from "zod";

const ENTRY_KEYS = "expected at least one of id, package and path";

function text(what: string) {
  return z.string(`expected ${what}`).min(1, `expected ${what}`).max(4096, "expected at most 4096 characters");
}

const BAD_DAY = "expected a day, such as 2027-01-31";
const DAY = z
  .string(BAD_DAY)
  .regex(/^\d{4}-\d{2}-\d{2}$/, { error: BAD_DAY, abort: true })
  .refine(isDay, "there is no such day");

const ENTRY = z
  .strictObject({
    id: text("the name of a flaw, such as CVE-2024-1234").optional(),
    package: text("the name of a package or a package URL, with or without @VERSION").optional(),
    path: text("a pattern for paths in the image, such as app/vendor or **/*.jar").optional(),
    reason: text("why this does not count"),
    expires: DAY.optional(),
  })
  .refine(({ id, package: of, path }) => (id ?? of ?? path) !== undefined, { error: ENTRY_KEYS });

/** The keys of an ignore file. docs/scan.md describes each. */
export const ignoreSchema = z.strictObject({
  ignore: z.array(ENTRY, "expected a list of what does not count, each with a reason"),
});

/**
 * The JSON Schema (2020-12) of an ignore file, for editors. It knows types, names and forms; whether there is a day of that name
 * is left to distill.
 */
export function ignoreJsonSchema(): object {
  const { $schema, ...schema } = z.toJSONSchema(ignoreSchema, { io: "input", unrepresentable: "any" });
  return {
    $schema,
    title: ".distill-ignore.yaml",
    description: "Findings that distill scan sets aside, with reasons. docs/scan.md describes each key.",
    ...schema,
  };
}

function isDay(text: string): boolean {
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}
