import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { actionOf } from "../../../test/support/profile-decision.ts";
import { DEFAULT_CAPABILITIES } from "../capabilities.ts";
import { type Action, ENOSYS, EPERM, profileFor, type Rule } from "./profile.ts";
import { knownCalls } from "./syscalls.ts";

const NONE = [0n, 0n, 0n, 0n, 0n, 0n];
const DEFAULT = profileFor(DEFAULT_CAPABILITIES);
const decide = (name: string, first = 0n): Action => actionOf(DEFAULT, name, [first, ...NONE.slice(1)]);

describe("what a container may call", () => {
  test("ordinary calls are allowed, those that change the machine are not", () => {
    const allowed = "read write execve openat2 chroot mknod ptrace fchmodat2 clone fork setuid32 socketcall";
    for (const name of allowed.split(" ")) assert.equal(decide(name), "allow", name);
    const refused = `mount umount2 pivot_root unshare setns bpf keyctl add_key perf_event_open kexec_load reboot swapon
      init_module open_by_handle_at io_uring_setup userfaultfd syslog iopl settimeofday mbind move_mount quotactl_fd`;
    for (const name of refused.split(/\s+/)) assert.deepEqual(decide(name), { errno: EPERM }, name);
  });

  test("later calls than are listed do not exist", () => {
    assert.deepEqual(decide("a_call_of_2030"), { errno: ENOSYS });
  });

  test("new processes, but no new namespaces; clone3 hides its flags and does not exist", () => {
    const SIGCHLD = 17n;
    assert.equal(decide("clone", SIGCHLD), "allow");
    assert.equal(decide("clone", 0x3d_0f00n), "allow", "a thread");
    for (const flag of [0x2_0000n, 0x200_0000n, 0x400_0000n, 0x800_0000n, 0x1000_0000n, 0x2000_0000n, 0x4000_0000n]) {
      assert.deepEqual(decide("clone", flag | SIGCHLD), { errno: EPERM }, String(flag));
    }
    assert.deepEqual(decide("clone", 0x7e02_0000n), { errno: EPERM });
    assert.deepEqual(decide("clone3"), { errno: ENOSYS });
  });

  test("sockets of all families but AF_ALG and AF_VSOCK, whatever stands above the 32 bits that count", () => {
    for (let family = 0n; family < 48n; family++) {
      const expected = family === 38n || family === 40n ? { errno: EPERM } : "allow";
      assert.deepEqual(decide("socket", family), expected, String(family));
      assert.deepEqual(decide("socket", family | (7n << 32n)), expected, String(family));
    }
  });

  test("personalities that change names only", () => {
    for (const value of [0n, 8n, 0x20000n, 0x20008n, 0xffff_ffffn]) assert.equal(decide("personality", value), "allow");
    const ADDR_NO_RANDOMIZE = 0x4_0000n;
    assert.notEqual(decide("personality", ADDR_NO_RANDOMIZE), "allow");
  });

  test("what comes with a capability needs it", () => {
    const without = profileFor([]);
    assert.deepEqual(actionOf(without, "chroot", NONE), { errno: EPERM });
    const admin = profileFor(["CAP_SYS_ADMIN"]);
    for (const name of ["mount", "unshare", "clone3", "setns"])
      assert.equal(actionOf(admin, name, NONE), "allow", name);
    assert.equal(actionOf(admin, "clone", [0x1000_0000n, ...NONE.slice(1)]), "allow");
    assert.deepEqual(actionOf(admin, "keyctl", NONE), { errno: EPERM });
  });

  test("every known call is decided, and no two rules disagree about one", () => {
    const byName = new Map<string, Rule[]>();
    for (const rule of DEFAULT.rules) {
      for (const name of rule.names) byName.set(name, [...(byName.get(name) ?? []), rule]);
    }
    assert.deepEqual(new Set(byName.keys()), new Set(knownCalls()));
    for (const [name, rules] of byName) {
      if (rules.some(({ when }) => when.length === 0)) assert.equal(rules.length, 1, name);
      for (const [index, rule] of rules.entries()) {
        for (const other of rules.slice(index + 1)) {
          if (JSON.stringify(rule.action) !== JSON.stringify(other.action)) assert.ok(exclude(rule, other), name);
        }
      }
    }
  });
});

/** True where the first conditions of two rules cannot hold for one argument. */
function exclude({ when: [one] }: Rule, { when: [other] }: Rule): boolean {
  if (one === undefined || other === undefined || one.argument !== other.argument) return false;
  const both = one.mask & other.mask;
  return (one.value & both) !== (other.value & both);
}
