import { DistillError } from "../lib/errors.ts";

/**
 * `--build-arg NAME=VALUE` by name, the last of several; `NAME` alone has the value of the environment, and is left out
 * where that has none. USAGE for what has no name.
 */
export function parseBuildArguments(
  given: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const text of given) {
    const equals = text.indexOf("=");
    const name = equals < 0 ? text : text.slice(0, equals);
    if (name === "") {
      throw new DistillError("USAGE", `--build-arg is NAME=VALUE or NAME, not ${JSON.stringify(text)}`);
    }
    const value = equals < 0 ? environment[name] : text.slice(equals + 1);
    if (value !== undefined) values.set(name, value);
  }
  return values;
}
