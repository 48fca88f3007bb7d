import { enableCompileCache } from "node:module";
import { join } from "node:path";
import { distillHome } from "../lib/home.ts";

// Before anything else is loaded, so that it is loaded from the cache.
enableCompileCache(join(distillHome().cache, "compile-cache"));
const { run } = await import("./program.ts");
process.exitCode = await run(process.argv.slice(2));
