import { parseOptions } from "./options.ts";
import { done, type Effect, isAbsolute, MORE, NOTHING, type Verdict } from "./script-effect.ts";
import type { ScriptWorld } from "./script-world.ts";

/** Commands that change files, with literal arguments: what they ask for, or MORE where distill does not do it. */
export const FILE_COMMANDS: Readonly<Record<string, (args: readonly string[], world: ScriptWorld) => Verdict>> = {
  mkdir(args) {
    const options = parseOptions(args, ["-p --parents", "-v --verbose"], ["-m --mode"]);
    if (options === undefined) return MORE;
    const mode = options.values.get("--mode");
    return onAbsolute(options.operands, (path) => [{ kind: "directory", path, mode }]);
  },

  install(args) {
    const flags = ["-d --directory", "-p --preserve-timestamps", "-v --verbose", "-D", "-C --compare", "-c", "-T"];
    const options = parseOptions(args, flags, ["-m --mode", "-o --owner", "-g --group"]);
    if (options === undefined) return MORE;
    const { values, operands } = options;
    const [user, group] = [values.get("--owner"), values.get("--group")];
    const attributes = (path: string, mode: string): readonly Effect[] => [
      ...(user === undefined && group === undefined
        ? []
        : [{ kind: "owner" as const, path, user, group, recursive: false }]),
      { kind: "mode", path, mode, recursive: false },
    ];
    const mode = values.get("--mode") ?? "755";
    if (values.has("--directory")) {
      return onAbsolute(operands, (path) => [{ kind: "directory", path, mode: undefined }, ...attributes(path, mode)]);
    }
    const [from, to] = operands;
    if (!isAbsolute(from) || !isAbsolute(to) || operands.length !== 2 || to.endsWith("/")) return MORE;
    return done({ kind: "copy", from, to, force: true }, ...attributes(to, mode));
  },

  cp(args, world) {
    const flags = ["-p --preserve", "-a --archive", "-f --force", "-v --verbose", "-n --no-clobber", "-d", "-T"];
    const options = parseOptions(args, flags, []);
    const [from, to, more] = options?.operands ?? [];
    if (options === undefined || more !== undefined || !isAbsolute(from) || !isAbsolute(to)) return MORE;
    if (to.endsWith("/") || world.file(to)?.type === "directory" || world.file(from)?.type === "directory") return MORE;
    return done({ kind: "copy", from, to, force: !options.values.has("--no-clobber") });
  },

  ucf(args) {
    const flags = ["--three-way", "--debconf-ok", "-v --verbose"];
    const options = parseOptions(args, flags, ["--sum-file", "--debug -d", "--src-dir", "--state-dir"]);
    const [from, to] = options?.operands ?? [];
    if (options?.operands.length !== 2 || !isAbsolute(from) || !isAbsolute(to)) return MORE;
    return done({ kind: "copy", from, to, force: false });
  },

  ln(args, world) {
    const flags = ["-s --symbolic", "-f --force", "-n --no-dereference", "-v --verbose", "-T --no-target-directory"];
    const options = parseOptions(args, flags, []);
    const [target, link] = options?.operands ?? [];
    if (options?.operands.length !== 2 || !options.values.has("--symbolic")) return MORE;
    if (target === undefined || !isAbsolute(link)) return MORE;
    const inside = link.endsWith("/") || (!plain(options.values) && world.file(link)?.type === "directory");
    const name = target
      .split("/")
      .filter((part) => part !== "")
      .at(-1);
    const path = inside ? `${link.replace(/\/+$/, "")}/${name}` : link;
    return done({ kind: "link", path, target, force: options.values.has("--force") });
  },

  touch(args) {
    const options = parseOptions(args, ["-c --no-create", "-a", "-m"], ["-t", "-d --date", "-r --reference"]);
    if (options === undefined) return MORE;
    if (options.values.has("--no-create")) return NOTHING;
    return onAbsolute(options.operands, (path) => [{ kind: "empty", path }]);
  },

  chmod(args) {
    // A mode such as -w looks like an option.
    const flags = ["-R --recursive", "-f --silent", "-c --changes", "-v --verbose", "--quiet"];
    const options = parseOptions(args, flags, ["--reference"]);
    const [mode, ...paths] = options?.operands ?? [];
    if (options === undefined || mode === undefined || options.values.has("--reference")) return MORE;
    const recursive = options.values.has("--recursive");
    return onAbsolute(paths, (path) => [{ kind: "mode", path, mode, recursive }]);
  },

  chown: (args) => changeOwner(args, (text) => text.split(/[:.]/, 2) as [string, string | undefined]),
  chgrp: (args) => changeOwner(args, (text) => [undefined, text]),

  "dpkg-statoverride"(args) {
    const options = parseOptions(
      args,
      ["--update", "--add", "--list", "--remove", "--force", "--quiet", "--force-all"],
      ["--admindir"],
    );
    if (options?.values.has("--list") || options?.values.has("--remove")) return NOTHING;
    const [user, group, mode, path] = options?.operands ?? [];
    if (options?.operands.length !== 4 || !options.values.has("--add") || mode === undefined || !isAbsolute(path)) {
      return MORE;
    }
    return done({ kind: "owner", path, user, group, recursive: false }, { kind: "mode", path, mode, recursive: false });
  },

  /** On a fresh system there is nothing to remove but what packages have just brought. */
  rm: (args, world) => {
    const paths = args.filter((arg) => !arg.startsWith("-"));
    return paths.every((path) => world.file(path)?.type === "absent" || /^\/(?:run|tmp|proc)\//.test(path))
      ? NOTHING
      : MORE;
  },
};

function changeOwner(
  args: readonly string[],
  read: (text: string) => [string | undefined, string | undefined],
): Verdict {
  const flags = [
    "-R --recursive",
    "-f --silent",
    "-c --changes",
    "-v --verbose",
    "-h --no-dereference",
    "-P",
    "-L",
    "-H",
    "--quiet",
  ];
  const options = parseOptions(args, flags, ["--from", "--reference"]);
  const [owner, ...paths] = options?.operands ?? [];
  if (options === undefined || owner === undefined || options.values.has("--reference")) return MORE;
  if (options.values.has("--from")) return MORE;
  const [user, named] = read(owner);
  // "user:" stands for the user's own group, which is looked up when it is done.
  const group = named === "" ? user : named;
  const recursive = options.values.has("--recursive");
  return onAbsolute(paths, (path) => [{ kind: "owner", path, user: user || undefined, group, recursive }]);
}

function plain(values: ReadonlyMap<string, string>): boolean {
  return values.has("--no-dereference") || values.has("--no-target-directory");
}

function onAbsolute(paths: readonly string[], effects: (path: string) => readonly Effect[]): Verdict {
  return paths.length > 0 && paths.every(isAbsolute) ? done(...paths.flatMap(effects)) : MORE;
}
