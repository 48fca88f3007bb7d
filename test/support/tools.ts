import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** True where a program of that name can be run from PATH or the administrator's directories. */
export function hasTool(name: string): boolean {
  const directories = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  return directories.some((directory) => {
    try {
      accessSync(join(directory, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** For a test's `skip` option: false, or the reason why it cannot run on this machine. */
export function unlessTools(...names: readonly string[]): false | string {
  const missing = names.filter((name) => !hasTool(name));
  return missing.length === 0 ? false : `needs ${missing.join(", ")}`;
}
