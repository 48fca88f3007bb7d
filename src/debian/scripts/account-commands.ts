import { parseOptions } from "./options.ts";
import { done, type Effect, isAbsolute, MORE, NOTHING, type Verdict } from "./script-effect.ts";

/** Names that adduser and useradd accept; anything else would break /etc/passwd. */
const NAME = /^[a-zA-Z_][a-zA-Z0-9_.-]{0,31}\$?$/;
const NO_LOGIN = "/usr/sbin/nologin";
const NO_HOME = "/nonexistent";

/** Commands that make accounts, with literal arguments: what they ask for, or MORE where distill does not do it. */
export const ACCOUNT_COMMANDS: Readonly<Record<string, (args: readonly string[]) => Verdict>> = {
  adduser(args) {
    const options = parseOptions(
      args,
      [
        "--system",
        "--group",
        "--no-create-home",
        "--disabled-password",
        "--disabled-login",
        "--quiet -q",
        "--force-badname --allow-badname --allow-bad-names",
        "--allow-all-names",
        "--debug",
        "--stderrmsglevel",
      ],
      [
        "--home -h",
        "--shell -s",
        "--gecos --comment",
        "--ingroup",
        "--uid",
        "--gid",
        "--firstuid",
        "--lastuid",
        "--firstgid",
        "--lastgid",
        "--conf",
      ],
    );
    const [name, group, more] = options?.operands ?? [];
    if (options === undefined || more !== undefined || !isName(name)) return MORE;
    const { values } = options;
    if (group !== undefined) return isName(group) ? done({ kind: "member", user: name, group }) : MORE;
    if (values.has("--group") && !values.has("--system")) return groupOf(name, values.get("--gid"));
    if (!values.has("--system")) return MORE;
    const home = values.get("-h") ?? NO_HOME;
    const own = values.has("--group");
    return userOf({
      name,
      id: values.get("--uid"),
      group: own ? undefined : (values.get("--ingroup") ?? values.get("--gid") ?? "nogroup"),
      home,
      shell: values.get("-s") ?? NO_LOGIN,
      comment: values.get("--comment") ?? "",
      makeHome: !values.has("--no-create-home") && home !== NO_HOME && home !== "/",
    });
  },

  addgroup(args) {
    const flags = ["--system", "--group", "--quiet -q", "--force-badname --allow-badname --allow-bad-names"];
    const options = parseOptions(args, flags, ["--gid", "--firstgid", "--lastgid", "--conf"]);
    const [name, group] = options?.operands ?? [];
    if (!isName(name)) return MORE;
    if (group !== undefined) return isName(group) ? done({ kind: "member", user: name, group }) : MORE;
    return groupOf(name, options?.values.get("--gid"));
  },

  useradd(args) {
    const options = parseOptions(
      args,
      [
        "-r --system",
        "-m --create-home",
        "-M --no-create-home",
        "-N --no-user-group",
        "-U --user-group",
        "-l --no-log-init",
        "-o --non-unique",
      ],
      [
        "-d --home --home-dir",
        "-s --shell",
        "-g --gid",
        "-G --groups",
        "-u --uid",
        "-c --comment",
        "-b --base-dir",
        "-K --key",
        "-p --password",
      ],
    );
    const [name, more] = options?.operands ?? [];
    if (options === undefined || more !== undefined || !isName(name)) return MORE;
    const { values } = options;
    if (!values.has("--system")) return MORE;
    const home = values.get("--home-dir") ?? `/home/${name}`;
    const user = userOf({
      name,
      id: values.get("--uid"),
      group: values.get("--gid"),
      home,
      shell: values.get("--shell") ?? NO_LOGIN,
      comment: values.get("--comment") ?? "",
      makeHome: values.has("--create-home"),
    });
    const groups = (values.get("--groups") ?? "").split(",").filter((each) => each !== "");
    if (user.kind !== "done" || !groups.every(isName)) return MORE;
    return done(...user.effects, ...groups.map((group): Effect => ({ kind: "member", user: name, group })));
  },

  groupadd(args) {
    const options = parseOptions(args, ["-r --system", "-f --force", "-o --non-unique"], ["-g --gid", "-K --key"]);
    const [name, more] = options?.operands ?? [];
    return more === undefined && isName(name) ? groupOf(name, options?.values.get("--gid")) : MORE;
  },

  usermod(args) {
    const options = parseOptions(args, ["-a --append"], ["-G --groups"]);
    const [user, more] = options?.operands ?? [];
    const groups = (options?.values.get("--groups") ?? "").split(",");
    if (more !== undefined || !isName(user) || !options?.values.has("--append") || !groups.every(isName)) return MORE;
    return done(...groups.map((group): Effect => ({ kind: "member", user, group })));
  },

  gpasswd(args) {
    const options = parseOptions(args, [], ["-a --add"]);
    const [user, [group, more]] = [options?.values.get("--add"), options?.operands ?? []];
    return more === undefined && isName(user) && isName(group) ? done({ kind: "member", user, group }) : MORE;
  },

  deluser: () => NOTHING,
  delgroup: () => NOTHING,
  userdel: () => NOTHING,
  groupdel: () => NOTHING,
};

function userOf(user: Omit<Extract<Effect, { kind: "user" }>, "kind" | "id"> & { id: string | undefined }): Verdict {
  const id = readId(user.id);
  const fields = [user.home, user.shell, user.comment];
  if (id === null || fields.some((field) => /[:\n]/.test(field)) || !isAbsolute(user.home)) return MORE;
  if (user.group !== undefined && !isName(user.group) && readId(user.group) === null) return MORE;
  return done({ ...user, kind: "user", id });
}

function groupOf(name: string, id: string | undefined): Verdict {
  const number = readId(id);
  return number === null ? MORE : done({ kind: "group", name, id: number });
}

/** Null for what is no id. */
function readId(text: string | undefined): number | undefined | null {
  if (text === undefined) return undefined;
  return /^[0-9]{1,5}$/.test(text) && Number(text) < 65_536 ? Number(text) : null;
}

/** True for a name that may stand in /etc/passwd and /etc/group. */
export function isName(name: string | undefined): name is string {
  return name !== undefined && NAME.test(name);
}
