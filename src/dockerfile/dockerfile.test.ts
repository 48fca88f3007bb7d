import assert from "node:assert/strict";
import { test } from "node:test";
import { DistillError } from "../lib/errors.ts";
import { parseDockerfile, parseTrigger } from "./dockerfile.ts";
import type { Instruction } from "./instruction.ts";

/** The instruction behind FROM in a file that has one. */
function instruction<K extends Instruction["kind"]>(kind: K, text: string): Instruction & { readonly kind: K } {
  const found = parseDockerfile(`FROM scratch\n${text}\n`).instructions[1];
  assert.equal(found?.kind, kind);
  return found as Instruction & { readonly kind: K };
}

/** Message and hint of the refusal, in lines. */
function refusal(text: string): readonly string[] {
  try {
    parseDockerfile(text);
  } catch (error) {
    assert.ok(error instanceof DistillError, String(error));
    assert.equal(error.code, "CONFIG_INVALID");
    return [...error.message.split("\n"), ...(error.hint === undefined ? [] : [`hint: ${error.hint}`])];
  }
  throw new assert.AssertionError({ message: `this was read: ${text}` });
}

test("a mistake is shown with file, line, column, the line itself and what was meant", () => {
  assert.deepEqual(refusal("FROM a\n  COPPY a b\n"), [
    'Dockerfile:2:3: there is no instruction "COPPY"',
    "  2 |   COPPY a b",
    "    |   ^",
    "hint: did you mean COPY?",
  ]);
  assert.deepEqual(refusal("FROM a\nRUN true \\\n  && false\nCOPY --form=b \\\n  --chwon=1 x y"), [
    "Dockerfile:4:6: COPY has no flag --form",
    "  4 | COPY --form=b \\",
    "    |      ^",
    "hint: did you mean --from?",
  ]);
});

test("the place of a mistake survives continuations, comments and heredocs", () => {
  const places = [
    ["FROM a\nENV a=1 \\\n# comment\n\n    b=2 \\\n    c\n", "6:5"],
    ["FROM a\nRUN <<EOF\nEOF\nRUN --network=fake x", "4:5"],
    ["FROM a\r\nCOPY \\\r\n  --link=maybe a b", "3:3"],
    ["FROM a\nRUN cat <<EOF\nx", "2:9"],
    ["FROM a \\\n AS \\\n 1x", "3:2"],
    ['FROM a\nCMD ["a", \\\n 1]', "3:2"],
    ["FROM a\nONBUILD \\\n FROM b", "3:2"],
    ["FROM a\nHEALTHCHECK --interval=1 CMD x", "2:13"],
    ["# escape=x\nFROM a", "1:10"],
    ["# check=skip=all\n# CHECK=error=true\nFROM a", "2:3"],
    ["\ufeffRUN x", "1:1"],
  ] as const;
  for (const [text, place] of places) assert.match(refusal(text)[0] ?? "", new RegExp(`^Dockerfile:${place}: `), text);
});

test("what is not an instruction is refused, never guessed at", () => {
  const wrong = [
    "",
    "# only a comment\n",
    "RUN before any stage",
    "FROM",
    "FROM a b",
    "FROM a AS",
    "FROM a AS b c",
    "FROM a AS 1",
    "FROM a AS $b",
    "FROM --platform a",
    "FROM --platform= --platform= a",
    "FROM a\nCOPY a",
    "FROM a\nCOPY a <<EOF\nEOF",
    "FROM a\nCOPY --link=1 a b",
    "FROM a\nCOPY --from a b",
    "FROM a\nENV",
    "FROM a\nENV a",
    "FROM a\nENV =b",
    "FROM a\nENV a=b c",
    "FROM a\nLABEL a",
    "FROM a\nARG",
    "FROM a\nARG =a",
    "FROM a\nSHELL sh -c",
    "FROM a\nSHELL []",
    "FROM a\nSHELL",
    "FROM a\nCMD [[]]",
    "FROM a\nCMD --flag x",
    "FROM a\nEXPOSE",
    "FROM a\nVOLUME",
    'FROM a\nVOLUME [" "]',
    "FROM a\nUSER",
    "FROM a\nWORKDIR",
    "FROM a\nSTOPSIGNAL",
    "FROM a\nMAINTAINER",
    "FROM a\nHEALTHCHECK",
    "FROM a\nHEALTHCHECK x",
    "FROM a\nHEALTHCHECK NONE x",
    "FROM a\nHEALTHCHECK CMD",
    "FROM a\nHEALTHCHECK --interval=1us CMD x",
    "FROM a\nHEALTHCHECK --retries=-1 CMD x",
    "FROM a\nHEALTHCHECK --retries=1.5 CMD x",
    "FROM a\nONBUILD",
    "FROM a\nONBUILD ONBUILD RUN x",
    "FROM a\nONBUILD MAINTAINER x",
    "FROM a\nONBUILD NOTHING x",
    "FROM a\nRUN --mount= x",
    "FROM a\nRUN --mount=from=$a x",
    "FROM a\nRUN --mount='\"a' x",
    "FROM a\nRUN --security=none x",
    "FROM a\nRUN --device=a,b,c x",
    "FROM a\n\\\n",
    "# escape=\\\n# escape=`\nFROM a",
  ];
  for (const text of wrong) assert.ok(refusal(text).length >= 3, text);
});

test("stages know their instructions, and arguments before the first are global", () => {
  const { globalArguments, stages } = parseDockerfile("ARG A\nARG B=1 C\nFROM a AS Build\nARG D\nFROM build\n");
  assert.deepEqual(
    globalArguments.map(({ arguments: all }) => all.map(({ name }) => name.text)),
    [["A"], ["B", "C"]],
  );
  assert.deepEqual(
    stages.map(({ index, name, from, instructions }) => [index, name, from.image.text, instructions.length]),
    [
      [0, "build", "a", 1],
      [1, undefined, "build", 0],
    ],
  );
});

test("words have the span at which they are written, across continuations", () => {
  const { source, instructions } = parseDockerfile("FROM a\nCOPY a\\\nb --c \\\n d /e\n");
  const copy = instructions[1];
  assert.equal(copy?.kind, "COPY");
  if (copy?.kind !== "COPY") return;
  assert.deepEqual(
    copy.sources.map((each) => (each.kind === "path" ? [each.path.text, source.slice(each.path.span)] : [])),
    [
      ["ab", "a\\\nb"],
      ["--c", "--c"],
      ["d", "d"],
    ],
  );
  assert.deepEqual(source.range(copy.destination.span), {
    start: { line: 4, column: 4 },
    end: { line: 4, column: 6 },
  });
});

test("exec form is an array of texts, everything else is for the shell", () => {
  const forms = {
    '["a", "b\\n"]': ["a", "b\n"],
    "[]": [],
    "[ -f a ] && b": "[ -f a ] && b",
    "['a']": "['a']",
    '["a",]': '["a",]',
    '["a"] b': '["a"] b',
    "": "",
  };
  for (const [text, expected] of Object.entries(forms)) {
    const { command } = instruction("CMD", `CMD ${text}`);
    assert.deepEqual(
      command.form === "exec" ? command.arguments.map((word) => word.text) : command.text.text,
      expected,
    );
  }
});

test("facts for checks are kept: case, comments, empty continuation lines, the word AS", () => {
  const { directives, instructions } = parseDockerfile(
    "# check=skip=A\n# escape=\\\n# one\n#\n# two\nfrom a As b\nrun a \\\n\n  \\\n# c\n  b\n",
  );
  const [from, run] = instructions;
  assert.equal(directives.check?.text, "skip=A");
  assert.equal(from?.kind === "FROM" && from.as?.text, "As");
  assert.deepEqual([from?.statement.keyword.text, run?.statement.keyword.text], ["from", "run"]);
  assert.deepEqual(
    from?.statement.comments.map(({ text }) => text),
    ["two"],
  );
  assert.deepEqual(run?.statement.emptyContinuations, [8]);
  assert.deepEqual(run?.statement.lines, { first: 7, last: 11 });
  assert.equal(run?.statement.text, "run a     b");
});

test("directives stand at the top only, each once, in any case", () => {
  const of = (text: string) => parseDockerfile(`${text}\nFROM a`).directives;
  assert.equal(of("#SYNTAX = a:1 ").syntax?.text, "a:1");
  assert.equal(of("# syntax=a\n#escape=`").escape, "`");
  assert.equal(of("# comment\n#escape=`").escape, "\\");
  assert.equal(of("\n#escape=`").escape, "\\");
  assert.equal(of("# other=1\n#escape=`").escape, "\\");
  assert.equal(of("#!/usr/bin/env build\n# check=skip=all").check?.text, "skip=all");
});

test("heredocs hold their lines as they are, and say whether variables are replaced", () => {
  const { statement } = instruction("RUN", "RUN <<A 5<<-'B C' cat << D\\E\n# x\\\nA\n\ty\n\tB C\nDE");
  assert.deepEqual(
    statement.heredocs.map(({ name, content, expand, stripTabs, descriptor }) => [
      name,
      content,
      expand,
      stripTabs,
      descriptor,
    ]),
    [
      ["A", "# x\\\n", true, false, 0],
      ["B C", "\ty\n", false, true, 5],
      ["DE", "", true, false, 0],
    ],
  );
});

test("a word that only looks like a heredoc is a word", () => {
  for (const text of ['RUN echo "<<EOF"', "RUN a<<EOF", "RUN cat <<<x", "RUN echo $((1<<2))", 'RUN ["<<EOF"]']) {
    assert.deepEqual(instruction("RUN", text).statement.heredocs, [], text);
  }
});

test("a document without end is told, and what else << could have meant", () => {
  assert.match(refusal("FROM a\nRUN <<EOF\n EOF\n").join(), /:2:5: no line below says EOF.*nothing but EOF/s);
  assert.match(refusal("FROM a\nRUN echo $((1 << 2))").join(), /:2:15: .*\$\(\(1<<2\)\)/s);
});

test("sources of COPY are paths and heredocs in the order in which they were written", () => {
  const { sources } = instruction("COPY", "COPY a <<B c << D /\n1\nB\n2\nD");
  assert.deepEqual(
    sources.map((each) => (each.kind === "path" ? each.path.text : each.heredoc.content)),
    ["a", "1\n", "c", "2\n"],
  );
});

test("times of a health check are nanoseconds; 0 leaves them to the engine", () => {
  const { check } = instruction(
    "HEALTHCHECK",
    "HEALTHCHECK --interval=1m30s --timeout=0 --start-period=1.5ms --start-interval=2h --retries=3 CMD a b",
  );
  assert.equal(check?.interval, 90_000_000_000);
  assert.equal(check?.timeout, undefined);
  assert.equal(check?.startPeriod, 1_500_000);
  assert.equal(check?.startInterval, 7_200_000_000_000);
  assert.equal(check?.retries, 3);
  assert.equal(instruction("HEALTHCHECK", "healthcheck none").check, undefined);
});

test("ONBUILD keeps the text of its instruction with its heredocs, and that reads back as the same", () => {
  const { expression, trigger } = instruction("ONBUILD", "ONBUILD   copy --link <<A  /x\n$y\nA");
  assert.equal(expression, "copy --link <<A  /x\n$y\nA");
  const read = parseTrigger(expression, "the base");
  assert.equal(read.kind, "COPY");
  if (read.kind !== "COPY" || trigger.kind !== "COPY") return;
  assert.deepEqual(
    [read, trigger].map(({ link, sources }) => [
      link,
      sources.map((each) => each.kind === "heredoc" && each.heredoc.content),
    ]),
    [
      [true, ["$y\n"]],
      [true, ["$y\n"]],
    ],
  );
});

test("a trigger is one instruction", () => {
  assert.throws(() => parseTrigger("RUN a\nRUN b", "the base"), /the base:2:1: /);
  assert.throws(() => parseTrigger("", "the base"), /the base:1:1: /);
});
