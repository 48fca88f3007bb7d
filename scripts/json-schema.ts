/** `npm run schema`: writes docs/distill.schema.json, the JSON Schema of distill.yaml. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { appJsonSchema } from "../src/config/json-schema.ts";

const path = join(import.meta.dirname, "../docs/distill.schema.json");
writeFileSync(path, `${JSON.stringify(appJsonSchema(), null, 2)}\n`);
