import { join } from "node:path";
import { componentsOf, displayPath, type RootPath, textOfBytes } from "../../rootfs/path.ts";
import type { Staged } from "../executors/executor.ts";
import type { Job, JobMount } from "../job.ts";
import { oneUserOnly } from "../machine/one-user.ts";
import type { IdMapping } from "../namespace/mapping.ts";
import { command, quoted } from "../shell.ts";

/** What a native overlay is mounted with: whatever the kernel's defaults are, its upper directory says all that has changed. */
const OVERLAY_OPTIONS = "nodev,metacopy=off,index=off";

/**
 * Goes from a directory to one below it, making what is missing. A cache may hold links, and somebody else may change it
 * right now: so no path is followed, and where it went is looked at after each step.
 */
const DESCEND = `descend() {
  cd -P "$1"; at=\${PWD%/}; shift
  for name; do
    [ -d "./$name" ] || mkdir "./$name" 2>/dev/null || :
    cd -P "./$name"; at=$at/$name
    [ "$PWD" = "$at" ] || { echo "$at is a symbolic link, and something is to be mounted below it" >&2; exit 1; }
  done
}
place() {
  if [ "$1" = directory ]; then mkdir "./$2" 2>/dev/null || :; else (set -C; : > "./$2") 2>/dev/null || :; fi
  [ ! -L "./$2" ] || { echo "$PWD/$2 is a symbolic link, and something is to be mounted there" >&2; exit 1; }
  mount -n --no-canonicalize --bind -o "$3" "$4" "./$2"
}`;

/** What is to be mounted into a root file system, and how it comes to lie ready. */
export interface StagedMount {
  /** Lines of sh(1). */
  readonly script: readonly string[];
  /** Contents by name, which lie in `files` of the private directory. */
  readonly files: readonly (readonly [string, Uint8Array])[];
  readonly staged: Staged;
}

/** Lays ready what a job mounts, below its private directory. */
export function stageMounts(job: Job, mapping: IdMapping, directory: string): readonly StagedMount[] {
  return job.mounts.map((mount, index) => stage(mount, index, mapping, directory));
}

export function rootOf(directory: string): string {
  return join(directory, "root");
}

/**
 * Lines of sh(1) that mount the root file system of a job below its private directory (a path of this machine that is there,
 * and stays empty). They are to be run as root of new mount and process namespaces, in the directory of snapshots, and read
 * `files` from descriptor 3, one behind the other. All of it is gone with the mount namespace.
 */
export function prologue(
  job: Job,
  mapping: IdMapping,
  directory: string,
  mounts: readonly StagedMount[],
  files: readonly (readonly [string, Uint8Array])[],
): readonly string[] {
  const root = rootOf(directory);
  const at = (path: RootPath): string => `${root}${displayPath(path)}`;
  return [
    command("mount", "-n", "-t", "tmpfs", "-o", "mode=700", "distill", directory),
    command("mkdir", root, join(directory, "files"), join(directory, "mounts")),
    ...files.map(([name, content]) => `head -c ${content.length} <&3 > ${quoted(join(directory, "files", name))}`),
    "exec 3<&-",
    ...mountOverlay(job.lowers, { upper: job.upper.directory, work: workOf(job.upper.directory) }, mapping, root),
    ...job.stubs.map(({ path, type }) =>
      type === "directory" ? command("mkdir", at(path)) : `: > ${quoted(at(path))}`,
    ),
    command("mkdir", "-p", at(job.directory)),
    ...mounts.flatMap((each) => each.script),
    DESCEND,
    ...mounts.filter(({ staged }) => !isBelowKernelFiles(staged)).flatMap(({ staged }) => placeAt(root, staged)),
    "cd /",
    command("mount", "-n", "-t", "proc", "proc", "/proc"),
  ];
}

/** Whether it can be mounted only when the executor has mounted what the kernel provides. */
export function isBelowKernelFiles({ target }: Staged): boolean {
  return /^(?:dev|sys)\//.test(target);
}

/** Lines of sh(1) that mount, below a root file system, what lies ready; after those of `prologue`. */
export function placeAt(root: string, { source, target, type, writable }: Staged): readonly string[] {
  const names = componentsOf(target).map(textOfBytes);
  const options = `${writable ? "" : "ro,"}nosuid,nodev`;
  return [command("descend", root, ...names.slice(0, -1)), command("place", type, names.at(-1) ?? "", options, source)];
}

/** Mounts lowers, relative to the directory of snapshots, at `target`; with one that nothing is written to, it is a bind. */
function mountOverlay(
  lowers: readonly string[],
  writes: { readonly upper: string; readonly work: string } | undefined,
  mapping: IdMapping,
  target: string,
): readonly string[] {
  const [first = ""] = lowers;
  if (writes === undefined && lowers.length === 1) return [command("mount", "-n", "--bind", first, target)];
  // "off" follows those of others where the kernel is configured so, which Linux refuses together with userxattr.
  const user = mapping.kind === "root" ? ",redirect_dir=off" : ",redirect_dir=nofollow,userxattr";
  const upper = writes === undefined ? "" : `,upperdir=${writes.upper},workdir=${writes.work}`;
  const options = `lowerdir=${lowers.join(":")}${upper},${OVERLAY_OPTIONS}${user}`;
  const mount = (more: string): string =>
    command("mount", "-n", "-t", "overlay", "-o", `${options}${more}`, "overlay", target);
  if (writes === undefined) return [mount("")];
  // Nothing that is written is of any use after a power cut, so nothing waits for the disk. Linux knows this since 5.10.
  return [`${mount(",volatile")} 2>/dev/null || ${mount("")}`];
}

function workOf(files: string): string {
  return files.replace(/files$/, "work");
}

function stage(mount: JobMount, index: number, mapping: IdMapping, directory: string): StagedMount {
  const own = join(directory, "mounts", String(index));
  const { target } = mount;
  switch (mount.kind) {
    case "files": {
      const { lowers, path, type, discard } = mount;
      const writes = discard && { upper: discard.directory, work: workOf(discard.directory) };
      const source = path === "" ? own : join(own, displayPath(path));
      return {
        script: [command("mkdir", own), ...mountOverlay(lowers, writes, mapping, own)],
        files: [],
        staged: { source, target, type, writable: discard !== undefined },
      };
    }
    case "cache": {
      const { first, directory: source, writable } = mount;
      const script = first === undefined ? [] : owned(source, first, mapping);
      return { script, files: [], staged: { source, target, type: "directory", writable } };
    }
    case "tmpfs": {
      const options = ["mode=1777", ...(mount.size === undefined ? [] : [`size=${mount.size}`])].join(",");
      return {
        script: [command("mkdir", own), command("mount", "-n", "-t", "tmpfs", "-o", options, "tmpfs", own)],
        files: [],
        staged: { source: own, target, type: "directory", writable: true },
      };
    }
    case "memory": {
      const name = `mount-${index}`;
      const source = join(directory, "files", name);
      return {
        script: owned(source, mount, mapping),
        files: [[name, mount.content]],
        staged: { source, target, type: "file", writable: mount.writable },
      };
    }
    case "socket":
      return {
        script: owned(mount.path, mount, mapping),
        files: [],
        staged: { source: mount.path, target, type: "file", writable: true },
      };
  }
}

function owned(
  path: string,
  { mode, uid, gid }: { readonly mode: number; readonly uid: number; readonly gid: number },
  mapping: IdMapping,
): readonly string[] {
  if (mapping.kind === "single" && (uid !== 0 || gid !== 0)) {
    throw oneUserOnly(`what is mounted cannot be given to ${uid}:${gid}`);
  }
  const owner = uid === 0 && gid === 0 ? [] : [command("chown", `${uid}:${gid}`, path)];
  return [...owner, command("chmod", mode.toString(8), path)];
}
