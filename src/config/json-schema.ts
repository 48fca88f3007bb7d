import { z } from "zod";
import { appSchema } from "./app-schema.ts";

/**
 * The JSON Schema (2020-12) of distill.yaml, for editors. It knows types, names and forms; what only a reader of the whole
 * file can tell is left to distill.
 */
export function appJsonSchema(): object {
  const { $schema, ...schema } = z.toJSONSchema(appSchema, { io: "input", unrepresentable: "any" });
  return {
    $schema,
    title: "distill.yaml",
    description: "An image that distill composes from Debian packages. docs/distill-yaml.md describes each key.",
    ...schema,
  };
}
