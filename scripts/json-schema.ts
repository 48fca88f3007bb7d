/** `npm run schema`: writes the JSON Schemas of distill.yaml, of an ignore file and of what a scan says, into docs/. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { appJsonSchema } from "../src/config/json-schema.ts";
import { scanJsonSchema } from "../src/scan/documents/scan-json-schema.ts";
import { ignoreJsonSchema } from "../src/scan/ignore-schema.ts";

const schemas = {
  "distill.schema.json": appJsonSchema(),
  "distill-ignore.schema.json": ignoreJsonSchema(),
  "scan.schema.json": scanJsonSchema(),
};
for (const [name, schema] of Object.entries(schemas)) {
  writeFileSync(join(import.meta.dirname, "../docs", name), `${JSON.stringify(schema, null, 2)}\n`);
}
