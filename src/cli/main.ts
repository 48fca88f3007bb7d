import { enableCompileCache } from "node:module";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { makeDirectories } from "../lib/directories.ts";
import { distillHome } from "../lib/home.ts";

// Buffers are freed with the young objects that hold them: where the young generation stays small, soon. A compose peaks
// 20 MB lower, and takes no longer (measured in bench/README.md).
setFlagsFromString("--semi-space-growth-factor=1");

// Before anything else is loaded, so that it is loaded from the cache. Node would make the directory too, but not end
// where that cannot be done (see makeDirectories).
try {
  const { cache } = distillHome();
  makeDirectories(cache, 0o700);
  enableCompileCache(join(cache, "compile-cache"));
} catch {
  // The verb tells what is wrong with the directory, if it needs it.
}
const { run } = await import("./program.ts");
const status = await run(process.argv.slice(2));
// A result that could not be written counts, whatever the verb says.
process.exitCode ??= status;
