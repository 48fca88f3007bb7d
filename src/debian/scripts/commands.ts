import { ACCOUNT_COMMANDS } from "./account-commands.ts";
import { FILE_COMMANDS } from "./file-commands.ts";
import { done, type Effect, isAbsolute, MORE, NOTHING, type Verdict } from "./script-effect.ts";
import type { ScriptWorld } from "./script-world.ts";
import type { Field } from "./shell-expand.ts";

/** Commands that only look, or print, or steer the script itself. */
const LOOKING = `[ test true false : exit return break continue shift set unset export local readonly declare typeset
  trap umask cd pwd wait kill read getopts echo printf cat command type which hash tput clear sleep date uname
  hostname id whoami getent grep egrep fgrep zgrep cut tr sort uniq head tail wc tac rev paste awk gawk mawk expr seq basename dirname
  readlink realpath stat ls file cmp diff md5sum sha1sum sha256sum mountpoint findmnt df du ps pidof pgrep
  mktemp tempfile sync logger logname tty stty fold fmt nl dpkg dpkg-query dpkg-architecture dpkg-vendor
  apt-config apt-cache ischroot systemd-detect-virt lsb_release locale getconf ldd lsmod lspci dmesg
  alias hash ulimit times bc base64 ucfq xxd od numfmt nproc
  free uptime cal arch`;

/** Commands that belong to a running machine, to dpkg's own bookkeeping, or only make things faster. */
const NOT_IN_IMAGES = `deb-systemd-helper deb-systemd-invoke systemctl systemd-analyze update-rc.d invoke-rc.d service
  initctl telinit start-stop-daemon rcconf insserv chkconfig log_daemon_msg log_end_msg log_action_msg log_progress_msg
  dpkg-maintscript-helper debconf-communicate debconf-set-selections
  py3compile py3clean pypy3compile pypy3clean pycompile pyclean pyversions py3versions
  ucfr update-inetd install-docs install-info update-info-dir update-menus mandb catman update-binfmts
  apparmor_parser aa-status aa-enabled aa-remove-unknown restorecon semodule selinuxenabled fixfiles chcon
  udevadm modprobe rmmod depmod sysctl update-initramfs update-grub update-grub2 kernel-install dkms
  killall pkill reboot halt shutdown wall dbus-send busctl gdbus loginctl
  update-desktop-database gtk-update-icon-cache update-icon-caches update-mime update-notifier
  fc-cache gio-querymodules emacs-package-install emacs-package-remove lintian bash-completion`;

/** Commands whose work pieces do from the files of packages, whatever the script says. */
const DONE_FROM_FILES = `ldconfig update-ca-certificates systemd-sysusers systemd-tmpfiles`;

const NEEDS_NOTHING = wordsOf(`${LOOKING} ${NOT_IN_IMAGES}`);
const DONE = wordsOf(DONE_FROM_FILES);

/** Commands whose status says something of the system, and not that they worked. */
const ASKING =
  wordsOf(`test [ [[ grep egrep fgrep zgrep cmp diff id getent which type command hash pidof pgrep ps stat ls
  readlink dpkg dpkg-query dpkg-divert ischroot systemd-detect-virt selinuxenabled aa-enabled deb-systemd-helper systemctl
  invoke-rc.d service find read db_get db_input db_go db_fget db_settitle ucfq lsmod findmnt file tty expr kill aa-status`);

/** Triggers that other packages' scripts wait for, and that an image needs nothing of. */
const HARMLESS_TRIGGERS =
  wordsOf(`ldconfig update-ca-certificates update-ca-certificates-fresh update-ca-certificates-java
  update-ca-certificates-java-fresh man-db /usr/share/man update-initramfs update-icon-caches menu install-info
  update-sysv-rc systemd-journal`);

/** Programs that every Debian has and an image does not, beside those that the tables here name. */
const ESSENTIAL =
  wordsOf(`sh bash dash perl tar gzip xz sed find xargs cp mv dd tee install mknod mkfifo chroot runuser su
  setpriv login debconf update-alternatives dpkg-divert dpkg-trigger dpkg-statoverride env nice`);

const RUNS_ANOTHER = wordsOf("command exec env nice ionice nohup time builtin");

/** True where whether a command succeeds depends on the system it runs on. */
export function isQuestion(name: string): boolean {
  return ASKING.has(name);
}

/** True for programs that scripts may count on though they are not in an image. */
export function isAlwaysThere(name: string): boolean {
  return (
    ESSENTIAL.has(name) ||
    NEEDS_NOTHING.has(name) ||
    DONE.has(name) ||
    Object.hasOwn(ACCOUNT_COMMANDS, name) ||
    Object.hasOwn(FILE_COMMANDS, name)
  );
}

/** A command as its arguments are when it runs. `writes` are the files that its output goes to. */
export interface RunCommand {
  readonly words: readonly Field[];
  readonly writes: readonly Field[];
}

/** What becomes of a command of a maintainer script. */
export function judge(command: RunCommand, world: ScriptWorld): Verdict {
  const { words, writes } = command;
  const [first, ...rest] = words;
  const kept = writes.filter((each) => !each.known || !/^\/(?:dev|proc|sys|tmp|run)\//.test(each.text));
  if (first === undefined || (first.text === ":" && rest.length === 0)) return emptied(kept);
  if (kept.length > 0) return MORE;
  if (!first.known) return MORE;
  const name = first.text.replace(/^.*\//, "");
  if (RUNS_ANOTHER.has(name)) return judgeAnother(name, rest, world);
  const special = ownOf(SPECIAL, name)?.(rest, world);
  if (special !== undefined) return special;
  if (NEEDS_NOTHING.has(name) || name.startsWith("db_")) return NOTHING;
  if (DONE.has(name)) return done();
  const read = ownOf(FILE_COMMANDS, name) ?? ownOf(ACCOUNT_COMMANDS, name);
  if (read === undefined || !rest.every((field) => field.known)) return MORE;
  return read(
    rest.map((field) => field.text),
    world,
  );
}

/** `> file` and `: > file`. */
function emptied(writes: readonly Field[]): Verdict {
  if (writes.length === 0) return NOTHING;
  if (!writes.every(({ text, known }) => known && isAbsolute(text))) return MORE;
  return done(...writes.map(({ text }): Effect => ({ kind: "empty", path: text })));
}

function judgeAnother(name: string, args: readonly Field[], world: ScriptWorld): Verdict {
  // "command -v NAME" only asks.
  if (name === "command" && /^-[vV]/.test(args[0]?.text ?? "")) return NOTHING;
  const at = args.findIndex(({ text }) => !text.startsWith("-") && !/^\w+=/.test(text));
  return at < 0 ? NOTHING : judge({ words: args.slice(at), writes: [] }, world);
}

/** Where the arguments decide whether anything is needed. */
const SPECIAL: Readonly<Record<string, (args: readonly Field[], world: ScriptWorld) => Verdict | undefined>> = {
  "update-alternatives": (args) => alternative(args),
  sed: (args) => (args.some(({ text }) => /^-[a-zA-Z]*i|^--in-place/.test(text)) ? MORE : NOTHING),
  find: (args) => (args.some(({ text }) => /^-(?:exec|execdir|ok|delete|fprint)/.test(text)) ? MORE : NOTHING),
  tee: () => MORE,
  dpkg: (args) =>
    args.some(({ text }) => /^(?:-i|--install|--configure|-r|--remove|--unpack)$/.test(text)) ? MORE : NOTHING,
  // Diversions to "...usr-is-merged" keep dpkg from following old paths into /usr, which images have merged.
  "dpkg-divert": (args) =>
    args.some(({ text }) => /^--(?:list|truename|remove|listpackage)$|\.usr-is-merged$/.test(text)) ? NOTHING : MORE,
  "dpkg-trigger": (args) => {
    const name = args.filter(({ text }) => !text.startsWith("-")).at(-1);
    return name?.known && HARMLESS_TRIGGERS.has(name.text) ? NOTHING : MORE;
  },
  rmdir: () => NOTHING,
  "glib-compile-schemas": ([directory], world) =>
    directory?.known && world.file(directory.text)?.empty === true ? NOTHING : MORE,
  "systemd-sysusers": (args) => (args.some(({ text }) => text === "-" || text === "--inline") ? MORE : undefined),
};

function alternative(args: readonly Field[]): Verdict {
  const at = args.findIndex(({ text }) => text === "--install");
  if (at < 0) {
    const asks = /^--(?:remove|remove-all|auto|list|query|display|get-selections|quiet|verbose|force)$/;
    return args.some(({ text }) => text.startsWith("--") && !asks.test(text)) ? MORE : NOTHING;
  }
  const [link, name, path, priority, ...rest] = args.slice(at + 1);
  const own = [link, name, path, priority];
  const known = own.every((field) => field?.known);
  if (!known || !isAbsolute(link?.text) || !isAbsolute(path?.text)) return MORE;
  if (!/^-?[0-9]{1,9}$/.test(priority?.text ?? "")) return MORE;
  const followers: { link: string; name: string; path: string }[] = [];
  for (let index = 0; index < rest.length; index += 4) {
    const [option, ...names] = rest.slice(index, index + 4);
    if (option?.text !== "--slave" && option?.text !== "--follower") return MORE;
    const [from, label, to] = names.map((field) => (field.known ? field.text : undefined));
    if (!isAbsolute(from) || !isAbsolute(to) || label === undefined || !isLabel(label)) return MORE;
    followers.push({ link: from, name: label, path: to });
  }
  const label = name?.text ?? "";
  if (!isLabel(label)) return MORE;
  return done({
    kind: "alternative",
    link: link?.text ?? "",
    name: label,
    path: path?.text ?? "",
    priority: Number(priority?.text),
    followers,
  });
}

function isLabel(name: string): boolean {
  return /^[^/\s]{1,200}$/.test(name) && name !== "." && name !== "..";
}

function ownOf<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

function wordsOf(text: string): ReadonlySet<string> {
  return new Set(text.split(/\s+/).filter((word) => word !== ""));
}
