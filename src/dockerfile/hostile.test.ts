import assert from "node:assert/strict";
import { test } from "node:test";
import { cpuTime } from "../../test/support/cpu-time.ts";
import { isDistillError } from "../lib/errors.ts";
import { parseDockerfile } from "./dockerfile.ts";
import { ExpansionProblem, expandWord } from "./expansion.ts";

const options = { escape: "\\", lookup: (name: string) => (name === "a" ? "aaaa" : undefined) } as const;

/** Milliseconds of the fastest of three tries: other processes take part of the time. */
function fastest(work: () => void): number {
  const times = [0, 1, 2].map(() => {
    const began = cpuTime();
    work();
    return cpuTime() - began;
  });
  return Math.min(...times);
}

/** Reads a text; a refusal must be a DistillError. */
function read(text: string): number | undefined {
  try {
    return parseDockerfile(text).instructions.length;
  } catch (error) {
    if (isDistillError(error)) return undefined;
    throw error;
  }
}

const MIB = 1024 * 1024;
const LONG = 10_000_000;

test("a line of 10 MB is one instruction", () => {
  assert.equal(read(`FROM a\nRUN echo ${"x".repeat(LONG)}`), 2);
});

test("a million continuations are one instruction", () => {
  const dockerfile = parseDockerfile(`FROM a\nRUN echo \\\n${"a \\\n".repeat(1_000_000)}b\n`);
  assert.equal(dockerfile.instructions[1]?.statement.lines.last, 1_000_003);
});

test("10,000 words, pairs, flags, quotes and brackets each end in an answer", () => {
  for (const part of [
    "a ",
    "a=b ",
    "--a=b ",
    '"',
    "'",
    "[",
    '["a",',
    '{"a":[',
    "\\ ",
    "$a",
    "${a",
    "${a:-",
    "<<a ",
    "<< ",
    "#",
    "`",
  ]) {
    const text = part.repeat(10_000);
    for (const keyword of ["RUN", "RUN --mount=a", "ENV a=", "ARG", "COPY", "VOLUME", "HEALTHCHECK CMD"])
      read(`FROM a\n${keyword} ${text}`);
  }
});

test("instructions behind ONBUILD are not nested without end", () => {
  assert.equal(read(`FROM a\n${"ONBUILD ".repeat(1_000_000)}`), undefined);
});

test("nested substitutions end in an answer up to 500, and in a reason above", () => {
  const nested = (depth: number): string => `${"${b:-".repeat(depth)}x${"}".repeat(depth)}`;
  assert.equal(expandWord(nested(500), options).text, "x");
  assert.throws(() => expandWord(nested(501), options), ExpansionProblem);
  assert.throws(() => expandWord(nested(1_000_000), options), ExpansionProblem);
  assert.throws(() => expandWord("${b:-".repeat(1_000_000), options), ExpansionProblem);
});

test("variables that grow and grow are refused above 1 MiB", () => {
  const lookup = (): string => "x".repeat(MIB / 2);
  assert.equal(expandWord("$a$a", { ...options, lookup }).text.length, MIB);
  assert.throws(() => expandWord("$a$a$a", { ...options, lookup }), /more than/);
  assert.throws(() => expandWord(`\${a//x/${"y".repeat(100)}}`, { ...options, lookup }), /more than/);
});

test("patterns that would take for ever are refused", () => {
  const lookup = (): string => "a".repeat(50_000);
  const half = "a?".repeat(5_000);
  for (const modifier of ["#", "##", "%", "%%", "/"]) {
    const pattern = `*${half}b${half}*${modifier === "/" ? "/x" : ""}`;
    const expand = (): unknown => expandWord(`\${a${modifier}${pattern}}`, { ...options, lookup });
    assert.throws(expand, /too long for this text/);
  }
});

test("what is larger than 16 Mi characters, two million lines or half a million words is no Dockerfile", () => {
  const large = ["#".repeat(16 * MIB + 1), "\n".repeat(2_000_001), "#a\n".repeat(500_002)];
  for (const [keyword, part, end] of [
    ["COPY", "a ", ""],
    ["ARG", "a ", ""],
    ["ENV", "a=b ", ""],
    ["RUN", "--mount=a ", ""],
    ["COPY [", '"",', '""]'],
  ] as const) {
    large.push(`FROM a\n${keyword} ${part.repeat(500_001)}${end}`);
  }
  for (const text of large) {
    const shown = JSON.stringify(text.slice(0, 30));
    assert.throws(
      () => parseDockerfile(text),
      (error) => isDistillError(error, "LIMIT_EXCEEDED"),
      shown,
    );
  }
});

test("an instruction of 20,000 heredocs and one of 100,000 lines take a fraction of a second", () => {
  const many = Array.from({ length: 20_000 }, (_, index) => `a${index}`);
  const heredocs = `FROM a\nRUN ${many.map((name) => `<<${name}`).join(" ")}\n${many.join("\n")}\n`;
  assert.ok(fastest(() => assert.equal(read(heredocs), 2)) < 1000);
  const copied = `FROM a\nCOPY ${many.map((name) => `<<${name}`).join(" ")} /\n${many.join("\n")}\n`;
  assert.ok(fastest(() => assert.equal(read(copied), 2)) < 1000);
  const lines = `FROM a\nRUN <<EOF\n${"x\n".repeat(100_000)}EOF\n`;
  assert.ok(fastest(() => assert.equal(read(lines), 2)) < 1000);
});
