import { join } from "node:path";
import type { TestContext } from "node:test";
import { temporaryDirectory } from "./directories.ts";

/** A directory of the test's own, whose `home` is distill's until the test has ended. */
export function ownHome(t: TestContext): { readonly at: (name: string) => string; readonly store: string } {
  const directory = temporaryDirectory(t);
  const before = process.env.DISTILL_HOME;
  process.env.DISTILL_HOME = join(directory, "home");
  t.after(() => {
    if (before === undefined) delete process.env.DISTILL_HOME;
    else process.env.DISTILL_HOME = before;
  });
  return { at: (name) => join(directory, name), store: join(directory, "home", "store") };
}
