import { displayPath } from "../../rootfs/path.ts";
import type { Tree } from "../../rootfs/tree.ts";
import { CAPABILITY_ATTRIBUTE, capabilitiesOf } from "./file-capabilities.ts";

/** Files that give whoever runs them more rights, and what everybody may write to; paths absolute, in byte order. */
export interface Privileges {
  readonly setuid: readonly string[];
  readonly setgid: readonly string[];
  readonly capabilities: readonly { readonly path: string; readonly capabilities: string }[];
  /** Files, and directories without the sticky bit. */
  readonly worldWritable: readonly string[];
}

const SETUID = 0o4000;
const SETGID = 0o2000;
const STICKY = 0o1000;
const OTHERS_WRITE = 0o002;

/** Every name of a hard-linked file is listed; setgid directories are not, as they give nobody rights. */
export function findPrivileges(tree: Tree): Privileges {
  const setuid: string[] = [];
  const setgid: string[] = [];
  const capabilities: { readonly path: string; readonly capabilities: string }[] = [];
  const worldWritable: string[] = [];
  for (const [at, { type, attributes }] of tree.entries()) {
    if (type !== "file" && type !== "directory") continue;
    const { mode, xattrs } = attributes;
    const value = type === "file" ? xattrs.get(CAPABILITY_ATTRIBUTE) : undefined;
    const isOpen = (mode & OTHERS_WRITE) !== 0 && (type === "file" || (mode & STICKY) === 0);
    if (value === undefined && !isOpen && (type !== "file" || (mode & (SETUID | SETGID)) === 0)) continue;
    const path = displayPath(at);
    if (type === "file" && (mode & SETUID) !== 0) setuid.push(path);
    if (type === "file" && (mode & SETGID) !== 0) setgid.push(path);
    if (value !== undefined) capabilities.push({ path, capabilities: capabilitiesOf(value) });
    if (isOpen) worldWritable.push(path);
  }
  return { setuid, setgid, capabilities, worldWritable };
}
