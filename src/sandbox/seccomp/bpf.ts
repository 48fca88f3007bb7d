import { type Action, type Condition, ENOSYS, type Profile, type Rule } from "./profile.ts";
import { type Convention, conventionsOf, type Machine } from "./syscalls.ts";

/** One instruction: operation, jumps if a comparison holds and if not (in instructions), operand; `struct sock_filter`. */
type Instruction = readonly [code: number, jumpTrue: number, jumpFalse: number, operand: number];

/** linux/bpf_common.h: class, size and mode, or operation and source. */
const LOAD_WORD = 0x20;
const JUMP = 0x05;
const JUMP_IF_EQUAL = 0x15;
const JUMP_IF_AT_LEAST = 0x35;
const JUMP_IF_ANY_BIT = 0x45;
const AND = 0x54;
const RETURN = 0x06;

/** linux/seccomp.h: `struct seccomp_data`, and what a filter returns. */
const NUMBER = 0;
const CONVENTION = 4;
const ARGUMENTS = 16;
const ALLOW = 0x7fff_0000;
const ERRNO = 0x0005_0000;
const KILL_PROCESS = 0x8000_0000;

/** Instructions that a conditional jump can pass over. */
const FAR = 255;

/** BPF_MAXINSNS, linux/bpf_common.h */
const LIMIT = 4096;

const UNKNOWN: Action = { errno: ENOSYS };

/**
 * A profile as a program for the kernel, little endian (seccomp(2), SECCOMP_SET_MODE_FILTER). It ends processes that call
 * the kernel in a way that is none of the machine's.
 */
export function assemble(profile: Profile, machine: Machine): Uint8Array {
  let program: readonly Instruction[] = [[RETURN, 0, 0, KILL_PROCESS]];
  for (const convention of conventionsOf(machine).toReversed()) {
    program = choose(JUMP_IF_EQUAL, convention.audit, calls(profile, convention), program);
  }
  program = [[LOAD_WORD, 0, 0, CONVENTION], ...program];
  if (program.length > LIMIT) throw new RangeError(`a filter of ${program.length} instructions`);
  const bytes = new DataView(new ArrayBuffer(program.length * 8));
  for (const [index, [code, jumpTrue, jumpFalse, operand]] of program.entries()) {
    bytes.setUint16(index * 8, code, true);
    bytes.setUint8(index * 8 + 2, jumpTrue);
    bytes.setUint8(index * 8 + 3, jumpFalse);
    bytes.setUint32(index * 8 + 4, operand, true);
  }
  return new Uint8Array(bytes.buffer);
}

/** What is done with calls from a number up to the next one's. */
interface Range {
  readonly from: number;
  readonly rules: readonly Rule[];
}

function calls(profile: Profile, { numbers, foreignBit }: Convention): readonly Instruction[] {
  const search = searchAmong(rangesOf(profile, numbers));
  const known = foreignBit === 0 ? search : choose(JUMP_IF_ANY_BIT, foreignBit, [returnOf(UNKNOWN)], search);
  return [[LOAD_WORD, 0, 0, NUMBER], ...known];
}

/** Ranges in order, the first from 0; neighbours differ in what is done. */
function rangesOf(profile: Profile, numbers: ReadonlyMap<string, number>): readonly Range[] {
  const byNumber = new Map<number, Rule[]>();
  for (const rule of profile.rules) {
    for (const number of rule.names.map((name) => numbers.get(name))) {
      if (number !== undefined) byNumber.set(number, [...(byNumber.get(number) ?? []), rule]);
    }
  }
  const ranges: Range[] = [{ from: 0, rules: byNumber.get(0) ?? [] }];
  for (const number of [...byNumber.keys()].sort((a, b) => a - b)) {
    for (const from of [number, number + 1]) {
      const rules = byNumber.get(from) ?? [];
      if (!isSame(rules, ranges.at(-1)?.rules ?? [])) ranges.push({ from, rules });
    }
  }
  return ranges;
}

function isSame(some: readonly Rule[], others: readonly Rule[]): boolean {
  return some.length === others.length && some.every((rule, index) => rule === others[index]);
}

function searchAmong(ranges: readonly Range[]): readonly Instruction[] {
  const [first] = ranges;
  if (first === undefined) return [];
  if (ranges.length === 1) return decide(first.rules);
  const middle = ranges.length >> 1;
  const upper = ranges.slice(middle);
  return choose(JUMP_IF_AT_LEAST, upper[0]?.from ?? 0, searchAmong(upper), searchAmong(ranges.slice(0, middle)));
}

/** The first rule that holds. */
function decide(rules: readonly Rule[]): readonly Instruction[] {
  const [rule, ...others] = rules;
  if (rule === undefined) return [returnOf(UNKNOWN)];
  let then: readonly Instruction[] = [returnOf(rule.action)];
  for (const { offset, mask, value } of rule.when.flatMap(halves).toReversed()) {
    then = [[LOAD_WORD, 0, 0, offset], [AND, 0, 0, mask], [JUMP_IF_EQUAL, 0, then.length, value], ...then];
  }
  return rule.when.length === 0 ? then : [...then, ...decide(others)];
}

interface WordTest {
  readonly offset: number;
  readonly mask: number;
  readonly value: number;
}

/** An argument has 64 bits, and the machine of filters words of 32. */
function halves({ argument, mask, value }: Condition): readonly WordTest[] {
  return [0, 1]
    .map((half) => ({
      offset: ARGUMENTS + 8 * argument + 4 * half,
      mask: word(mask, half),
      value: word(value, half),
    }))
    .filter((test) => test.mask !== 0);
}

function word(bits: bigint, half: number): number {
  return Number(BigInt.asUintN(32, bits >> BigInt(32 * half)));
}

/** `then` if the comparison with the operand holds, else `otherwise`; both end by themselves. */
function choose(
  code: number,
  operand: number,
  then: readonly Instruction[],
  otherwise: readonly Instruction[],
): readonly Instruction[] {
  if (otherwise.length <= FAR) return [[code, otherwise.length, 0, operand], ...otherwise, ...then];
  return [[code, 0, 1, operand], [JUMP, 0, 0, otherwise.length], ...otherwise, ...then];
}

function returnOf(action: Action): Instruction {
  return [RETURN, 0, 0, action === "allow" ? ALLOW : ERRNO | action.errno];
}
