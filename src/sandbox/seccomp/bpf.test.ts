import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { actionOf } from "../../../test/support/profile-decision.ts";
import { DEFAULT_CAPABILITIES } from "../capabilities.ts";
import { assemble } from "./bpf.ts";
import { type Action, type Condition, ENOSYS, type Profile, profileFor } from "./profile.ts";
import { conventionsOf, type Machine } from "./syscalls.ts";

const MACHINES: readonly Machine[] = ["x86-64", "aarch64"];

/** Values that lie on the edges of what conditions ask for. */
const EDGES = [0n, 1n, 8n, 17n, 31n, 32n, 37n, 38n, 39n, 40n, 41n, 47n, 48n, 0x20000n, 0x20008n, 0x40000n].concat([
  0x1000_0000n,
  0x7e02_0000n,
  0x0200_0011n,
  0xffff_ffffn,
  0x1_0000_0000n,
  0x1_0000_0028n,
  (1n << 64n) - 1n,
]);

describe("a filter", () => {
  for (const machine of MACHINES) {
    test(`decides every number as the profile does, on ${machine}`, () => {
      for (const capabilities of [DEFAULT_CAPABILITIES, [], ["CAP_SYS_ADMIN", "CAP_SYS_NICE"]]) {
        const profile = profileFor(capabilities);
        const program = assemble(profile, machine);
        for (const { audit, numbers } of conventionsOf(machine)) {
          const names = new Map([...numbers].map(([name, number]) => [number, name]));
          for (const number of [...Array(1024).keys(), ...names.keys(), 0x3fff_ffff, 0x8000_0000, 0xffff_ffff]) {
            const name = names.get(number);
            for (const first of isConditional(profile, name) ? EDGES : [0n]) {
              const values = [first, 1n, 2n, 3n, 4n, 5n];
              const expected = name === undefined ? { errno: ENOSYS } : actionOf(profile, name, values);
              assert.deepEqual(run(program, { number, audit, values }), expected, `${name} ${number} ${first}`);
            }
          }
        }
      }
    });
  }

  test("decides as any other profile does, with conditions on several arguments of 64 bits", () => {
    const [{ numbers, audit }] = conventionsOf("aarch64") as [ReturnType<typeof conventionsOf>[number]];
    const bits = fc.oneof(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), fc.constantFrom(...EDGES));
    const value = fc.oneof(fc.bigInt({ min: 0n, max: 3n }), bits);
    const condition: fc.Arbitrary<Condition> = fc
      .record({
        argument: fc.nat(5),
        mask: fc.oneof(fc.constantFrom(1n, 3n, 1n << 33n, (1n << 64n) - 1n), bits),
        value,
      })
      .map((each) => ({ ...each, value: each.value & each.mask }));
    const names = [...numbers.keys()];
    const rule = fc.record({
      names: fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 100 }),
      when: fc.array(condition, { maxLength: 3 }),
      action: fc.oneof(
        fc.constant<Action>("allow"),
        fc.integer({ min: 1, max: 133 }).map((errno) => ({ errno })),
      ),
    });
    fc.assert(
      fc.property(
        fc.array(rule, { maxLength: 6 }),
        fc.array(fc.tuple(fc.constantFrom(...names), fc.array(value, { minLength: 6, maxLength: 6 })), {
          maxLength: 60,
        }),
        (rules, calls) => {
          const program = assemble({ rules }, "aarch64");
          const hits = rules.flatMap((each) => {
            const values = [...Array(6).keys()].map(
              (at) => each.when.find(({ argument }) => argument === at)?.value ?? 1n,
            );
            return each.names.slice(0, 3).map((name) => [name, values] as const);
          });
          for (const [name, values] of [...calls, ...hits]) {
            const number = numbers.get(name) ?? -1;
            assert.deepEqual(run(program, { number, audit, values }), actionOf({ rules }, name, values), name);
          }
        },
      ),
    );
  });

  test("ends what calls the kernel in the way of another machine, and knows no x32", () => {
    const x86 = assemble(profileFor(DEFAULT_CAPABILITIES), "x86-64");
    const call = { number: 0, audit: 0xc000_00b7, values: [0n, 0n, 0n, 0n, 0n, 0n] };
    assert.equal(run(x86, call), "kill");
    assert.deepEqual(run(x86, { ...call, audit: 0xc000_003e, number: 0x4000_0000 }), { errno: ENOSYS });
    assert.deepEqual(run(x86, { ...call, audit: 0xc000_003e, number: 0x4000_0000 + 520 }), { errno: ENOSYS });
  });

  test("is far below what the kernel takes, and the same each time", () => {
    for (const machine of MACHINES) {
      const program = assemble(profileFor(DEFAULT_CAPABILITIES), machine);
      assert.ok(program.length / 8 < 1024, `${program.length / 8} instructions`);
      assert.deepEqual(assemble(profileFor(DEFAULT_CAPABILITIES), machine), program);
    }
  });
});

function isConditional({ rules }: Profile, name: string | undefined): boolean {
  return name !== undefined && rules.some(({ names, when }) => when.length > 0 && names.includes(name));
}

interface Call {
  readonly number: number;
  readonly audit: number;
  readonly values: readonly bigint[];
}

/** Runs a program as the kernel does (networking/filter.txt), with the checks that it makes before (seccomp_check_filter). */
function run(program: Uint8Array, { number, audit, values }: Call): Action | "kill" {
  const data = Buffer.alloc(64);
  data.writeInt32LE(number | 0, 0);
  data.writeUInt32LE(audit, 4);
  for (const [index, value] of values.entries()) data.writeBigUInt64LE(value, 16 + 8 * index);
  const code = Buffer.from(program);
  assert.equal(code.length % 8, 0);
  let accumulator = 0;
  for (let at = 0; ; ) {
    assert.ok(at < code.length / 8, "the program is left");
    const [operation, operand] = [code.readUInt16LE(at * 8), code.readUInt32LE(at * 8 + 4)];
    const [jumpTrue, jumpFalse] = [code.readUInt8(at * 8 + 2), code.readUInt8(at * 8 + 3)];
    at++;
    const jump = (holds: boolean): void => {
      at += holds ? jumpTrue : jumpFalse;
    };
    switch (operation) {
      case 0x20:
        assert.equal(operand % 4, 0);
        accumulator = data.readUInt32LE(operand);
        break;
      case 0x54:
        accumulator = (accumulator & operand) >>> 0;
        break;
      case 0x05:
        at += operand;
        break;
      case 0x15:
        jump(accumulator === operand);
        break;
      case 0x35:
        jump(accumulator >= operand);
        break;
      case 0x45:
        jump((accumulator & operand) !== 0);
        break;
      case 0x06:
        if (operand === 0x7fff_0000) return "allow";
        if (operand === 0x8000_0000) return "kill";
        assert.equal(operand & 0xffff_0000, 0x0005_0000);
        return { errno: operand & 0xffff };
      default:
        assert.fail(`instruction ${operation}`);
    }
  }
}
