import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { conventionsOf, knownCalls, type Machine } from "./syscalls.ts";

/** The last number of the calls that are listed here: Linux 6.13. */
const LAST = 466;

/** It stands among the old numbers and is younger than the list. */
const YOUNGER = new Set(["uprobe"]);

const HEADERS: readonly (readonly [Machine, number, string])[] = [
  ["x86-64", 0, "/usr/include/x86_64-linux-gnu/asm/unistd_64.h"],
  ["x86-64", 1, "/usr/include/x86_64-linux-gnu/asm/unistd_32.h"],
  ["aarch64", 0, "/usr/include/aarch64-linux-gnu/asm/unistd_64.h"],
  ["aarch64", 0, "/usr/aarch64-linux-gnu/include/asm/unistd_64.h"],
  ["aarch64", 1, "/usr/include/arm-linux-gnueabihf/asm/unistd-eabi.h"],
  ["aarch64", 1, "/usr/arm-linux-gnueabihf/include/asm/unistd-eabi.h"],
];

describe("numbers of system calls", () => {
  for (const [machine, index, header] of HEADERS) {
    test(`are those of ${header}`, { skip: !existsSync(header) && `needs ${header}` }, () => {
      const { numbers } = conventionsOf(machine)[index]!;
      const real = numbersIn(readFileSync(header, "utf8"));
      const last = Math.max(...real.values());
      for (const [name, number] of real) {
        if (number <= LAST && !YOUNGER.has(name)) assert.equal(numbers.get(name), number, name);
      }
      for (const [name, number] of numbers) {
        if (number <= last && !real.has(name)) assert.ok(number > 300, `${name} is an old call that the header lacks`);
      }
    });
  }

  test("each is given once", () => {
    for (const machine of ["x86-64", "aarch64"] as const) {
      for (const { numbers } of conventionsOf(machine)) {
        assert.equal(new Set(numbers.values()).size, numbers.size);
        assert.ok(numbers.size > 300);
      }
    }
  });

  test("those that everybody knows by heart", () => {
    const [long, short] = conventionsOf("x86-64");
    assert.deepEqual([long?.numbers.get("execve"), short?.numbers.get("execve")], [59, 11]);
    assert.deepEqual([long?.numbers.get("openat2"), short?.numbers.get("openat2")], [437, 437]);
    const [own, compatible] = conventionsOf("aarch64");
    assert.deepEqual([own?.numbers.get("execve"), compatible?.numbers.get("execve")], [221, 11]);
    assert.equal(compatible?.numbers.get("set_tls"), 0xf_0005);
    assert.ok(knownCalls().has("arm_fadvise64_64") && knownCalls().has("socketcall"));
  });
});

function numbersIn(header: string): ReadonlyMap<string, number> {
  const pattern = /^#define __NR_(\w+)\s+\(?(?:__NR_SYSCALL_BASE\s*\+\s*)?(\d+)\)?\s*$/gm;
  return new Map([...header.matchAll(pattern)].map(([, name, number]) => [name ?? "", Number(number)]));
}
