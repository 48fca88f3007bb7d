import { type Condition, ENOSYS, type Profile } from "./profile.ts";
import type { Machine } from "./syscalls.ts";

const ARCHITECTURES: Readonly<Record<Machine, readonly string[]>> = {
  "x86-64": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
  aarch64: ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"],
};

/** A profile as `linux.seccomp` of a runtime's config.json (OCI runtime-spec, config-linux.md, Seccomp). */
export function ociSeccomp(profile: Profile, machine: Machine): object {
  return {
    defaultAction: "SCMP_ACT_ERRNO",
    defaultErrnoRet: ENOSYS,
    architectures: ARCHITECTURES[machine],
    // A rule that says what happens anyway is refused by some versions of the library that runtimes use.
    syscalls: profile.rules.filter(({ action }) => action === "allow" || action.errno !== ENOSYS).map(rule),
  };
}

function rule({ names, when, action }: Profile["rules"][number]): object {
  return {
    names,
    ...(action === "allow" ? { action: "SCMP_ACT_ALLOW" } : { action: "SCMP_ACT_ERRNO", errnoRet: action.errno }),
    ...(when.length > 0 && { args: when.map(argument) }),
  };
}

function argument({ argument, mask, value }: Condition): object {
  return { index: argument, value: Number(mask), valueTwo: Number(value), op: "SCMP_CMP_MASKED_EQ" };
}
