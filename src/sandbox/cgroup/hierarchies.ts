import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** A tree of control groups (cgroups(7)): the one of version 2, or one of version 1. */
export interface Hierarchy {
  readonly version: 1 | 2;
  readonly mountPoint: string;
  /** What version 1 is mounted for; of version 2, what the kernel has there. */
  readonly controllers: ReadonlySet<string>;
  /** The directory of the group that this process is in. */
  readonly own: string;
}

/** Those that are mounted, and of which this process sees its own group. */
export function readHierarchies(process = "/proc/self"): readonly Hierarchy[] {
  const groups = groupsOf(textOf(join(process, "cgroup")));
  return mountsOf(textOf(join(process, "mountinfo"))).flatMap((mount): readonly Hierarchy[] => {
    const { mountPoint, version, options } = mount;
    const group = groups.find(({ names }) =>
      version === 2 ? names.length === 0 : names.some((each) => options.has(each)),
    );
    if (group === undefined) return [];
    const controllers = version === 1 ? new Set(group.names) : wordsOf(join(mountPoint, "cgroup.controllers"));
    return [{ version, mountPoint, controllers, own: placeOf(group.path, mount) }];
  });
}

/** A group and those around it, outermost last. */
export function upwards({ mountPoint, own }: Hierarchy): readonly string[] {
  const places = [own];
  for (let at = own; at !== mountPoint && at.startsWith(`${mountPoint}/`); places.push(at)) at = dirname(at);
  return places;
}

/** The words of a file; none where it cannot be read. */
export function wordsOf(file: string): ReadonlySet<string> {
  return new Set(
    textOf(file)
      .split(/\s+/)
      .filter((word) => word !== ""),
  );
}

interface Mount {
  readonly version: 1 | 2;
  readonly mountPoint: string;
  /** The group that is at the mount point. */
  readonly root: string;
  readonly options: ReadonlySet<string>;
}

/** proc_pid_mountinfo(5): fields, optional ones, a dash, type, source, options. The first mount of each tree counts. */
function mountsOf(mountinfo: string): readonly Mount[] {
  const mounts = new Map<string, Mount>();
  for (const line of mountinfo.split("\n")) {
    const [before = "", after = ""] = line.split(" - ");
    const [, , , root = "", mountPoint = ""] = before.split(" ").map(unescaped);
    const [type, , options = ""] = after.split(" ");
    if (type !== "cgroup" && type !== "cgroup2") continue;
    const version = type === "cgroup" ? 1 : 2;
    const key = `${version} ${version === 1 ? options : ""}`;
    if (!mounts.has(key)) mounts.set(key, { version, mountPoint, root, options: new Set(options.split(",")) });
  }
  return [...mounts.values()];
}

/** "4:memory:/some/group" of version 1, "0::/some/group" of version 2. */
function groupsOf(text: string): readonly { readonly names: readonly string[]; readonly path: string }[] {
  return [...text.matchAll(/^\d+:([^:\n]*):(.*)$/gm)].map(([, names = "", path = ""]) => ({
    names: names.split(",").filter((name) => name !== ""),
    path,
  }));
}

/** In a container the mount may show less than all, and the path may lead out of what is shown. */
function placeOf(path: string, { root, mountPoint }: Mount): string {
  const prefix = root === "/" ? "" : root;
  const below = path === prefix || path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : "";
  const place = below === "" || below === "/" || below.includes("/..") ? mountPoint : join(mountPoint, below);
  return existsSync(place) ? place : mountPoint;
}

function unescaped(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
