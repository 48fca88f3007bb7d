import { existsSync, readFileSync } from "node:fs";
import { release, userInfo } from "node:os";
import { join } from "node:path";
import { type IdMapping, mappingOfUser } from "../namespace/mapping.ts";
import { findProgram } from "../programs.ts";

/** Programs that RUN may use. */
export const PROGRAMS = [
  ...["crun", "runc", "bwrap", "unshare", "setpriv", "pivot_root", "mount", "umount", "tar", "newuidmap", "newgidmap"],
] as const;

/** What this machine gives to RUN, as far as reading files tells: nothing is started. */
export interface MachineFacts {
  readonly user: {
    readonly uid: number;
    /** The number, where it has no name. */
    readonly name: string;
    /** Whether it may mount and make namespaces as it is (CAP_SYS_ADMIN). */
    readonly administers: boolean;
  };
  readonly mapping: IdMapping;
  /** Absolute paths of those that are there. */
  readonly programs: ReadonlyMap<string, string>;
  readonly kernel: { readonly release: string; readonly major: number; readonly minor: number };
  /** Whether the kernel has overlayfs loaded; it may still load it when root asks for it. */
  readonly overlay: boolean;
  /** What keeps ordinary users from having user namespaces, and what would change it. */
  readonly forbidden: readonly Missing[];
  /** What made the container that this is ("docker"); undefined outside of one. */
  readonly container: string | undefined;
}

/** Something that is not there, and a command or a way that provides it. */
export interface Missing {
  readonly what: string;
  readonly remedy: string;
}

/** Number of CAP_SYS_ADMIN (linux/capability.h). */
const SYS_ADMIN = 21n;

/** Reads the facts; files below `root` in place of those of this machine. */
export function readFacts(root = "/"): MachineFacts {
  const text = (path: string): string => textOf(join(root, path));
  const programs = new Map(PROGRAMS.flatMap((name) => pairOf(name, findProgram(name))));
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]{1,32})$/m.exec(text("proc/self/status"))?.[1] ?? "0"}`);
  const [, major = "0", minor = "0"] = /^(\d+)\.(\d+)/.exec(release()) ?? [];
  return {
    user: { ...ownUser(), administers: ((effective >> SYS_ADMIN) & 1n) === 1n },
    mapping: mappingOfUser(programs.has("newuidmap") && programs.has("newgidmap")),
    programs,
    kernel: { release: release(), major: Number(major), minor: Number(minor) },
    overlay: /^nodev\toverlay$/m.test(text("proc/filesystems")),
    forbidden: obstacles(text, existsSync(join(root, "proc/self/ns/user"))),
    container: containerOf(root, text),
  };
}

function obstacles(text: (path: string) => string, hasNamespaces: boolean): readonly Missing[] {
  const setting = (name: string, value: string, remedy: string): readonly Missing[] => {
    const path = `proc/sys/${name.replaceAll(".", "/")}`;
    return text(path).trim() === value ? [{ what: `${name} is ${value}`, remedy: `sysctl -w ${name}=${remedy}` }] : [];
  };
  return [
    ...(hasNamespaces ? [] : [{ what: "the kernel has no user namespaces", remedy: "run as root" }]),
    ...setting("kernel.unprivileged_userns_clone", "0", "1"),
    ...setting("user.max_user_namespaces", "0", "15000"),
    ...setting("kernel.apparmor_restrict_unprivileged_userns", "1", "0"),
  ];
}

/** Docker and podman leave a file, systemd and others a variable of the first process (container-interface of systemd). */
function containerOf(root: string, text: (path: string) => string): string | undefined {
  if (existsSync(join(root, ".dockerenv"))) return "docker";
  if (existsSync(join(root, "run/.containerenv"))) return "podman";
  const variable = /(?:^|\0)container=([\w.-]{1,40})(?:\0|$)/.exec(text("proc/1/environ"))?.[1];
  return variable ?? /^[\w.-]{1,40}/.exec(text("run/systemd/container"))?.[0];
}

function ownUser(): { readonly uid: number; readonly name: string } {
  const uid = process.getuid?.() ?? 0;
  try {
    return { uid, name: userInfo().username };
  } catch {
    return { uid, name: String(uid) };
  }
}

function pairOf(name: string, path: string | undefined): readonly (readonly [string, string])[] {
  return path === undefined ? [] : [[name, path]];
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}
