/** Linux's capabilities by number (linux/capability.h). */
const NAMES = [
  "chown",
  "dac_override",
  "dac_read_search",
  "fowner",
  "fsetid",
  "kill",
  "setgid",
  "setuid",
  "setpcap",
  "linux_immutable",
  "net_bind_service",
  "net_broadcast",
  "net_admin",
  "net_raw",
  "ipc_lock",
  "ipc_owner",
  "sys_module",
  "sys_rawio",
  "sys_chroot",
  "sys_ptrace",
  "sys_pacct",
  "sys_admin",
  "sys_boot",
  "sys_nice",
  "sys_resource",
  "sys_time",
  "sys_tty_config",
  "mknod",
  "lease",
  "audit_write",
  "audit_control",
  "setfcap",
  "mac_override",
  "mac_admin",
  "syslog",
  "wake_alarm",
  "block_suspend",
  "audit_read",
  "perfmon",
  "bpf",
  "checkpoint_restore",
] as const;

const REVISIONS: Readonly<Record<number, number>> = { 1: 12, 2: 20, 3: 24 };
const EFFECTIVE = 1;

/** The attribute that holds a file's capabilities (capabilities(7), "File capabilities"). */
export const CAPABILITY_ATTRIBUTE = "security.capability";

/**
 * The capabilities of a file in the words of cap_to_text(3), such as `cap_net_bind_service,cap_net_raw=ep`; of user
 * namespace roots other than 0 with `[rootid=N]` behind it, as `getcap -n` has it. "invalid" where the kernel would refuse the value.
 */
export function capabilitiesOf(value: Uint8Array): string {
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  const magic = value.length < 4 ? 0 : view.getUint32(0, true);
  const revision = magic >>> 24;
  if (REVISIONS[revision] !== value.length) return "invalid";
  const words = revision === 1 ? 1 : 2;
  const sets = new Map<string, string[]>();
  for (let bit = 0; bit < words * 32; bit++) {
    const at = 4 + (bit >> 5) * 8;
    const has = (offset: number): boolean => ((view.getUint32(offset, true) >>> (bit & 31)) & 1) === 1;
    const permitted = has(at);
    const inheritable = has(at + 4);
    if (!permitted && !inheritable) continue;
    const effective = (magic & EFFECTIVE) !== 0 ? "e" : "";
    const flags = `${effective}${inheritable ? "i" : ""}${permitted ? "p" : ""}`;
    sets.set(flags, [...(sets.get(flags) ?? []), `cap_${NAMES[bit] ?? bit}`]);
  }
  const text = [...sets].map(([flags, names]) => `${names.join(",")}=${flags}`).join(" ") || "=";
  const root = revision === 3 ? view.getUint32(20, true) : 0;
  return root === 0 ? text : `${text} [rootid=${root}]`;
}
