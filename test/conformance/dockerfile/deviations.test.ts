import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDockerfile } from "../../../src/dockerfile/dockerfile.ts";
import type { Instruction } from "../../../src/dockerfile/instruction.ts";
import { readMount } from "../../../src/dockerfile/mount.ts";
import { isDistillError } from "../../../src/lib/errors.ts";

/** A text that BuildKit's front end 1.26 reads in another way, on purpose. */
interface Deviation {
  readonly name: string;
  readonly reason: string;
  readonly text: string;
  /** What distill makes of the text's last instruction, as short as it can be said; undefined where it is refused. */
  readonly ours: unknown;
}

const DEVIATIONS: readonly Deviation[] = [
  {
    name: "an ONBUILD trigger that no build could run is refused where it is written",
    reason: "BuildKit takes it, and the builds of those who use the image fail",
    text: "FROM a\nONBUILD RNU x",
    ours: undefined,
  },
  {
    name: "lines may be longer than 64 KiB",
    reason: "BuildKit's limit is that of a buffer; the file as a whole is limited here",
    text: `FROM a\nUSER ${"x".repeat(70_000)}`,
    ours: 70_000,
  },
  {
    name: "two heredocs of one name are two files",
    reason: "BuildKit gives both the content of the second",
    text: "FROM a\nCOPY <<A <<A /\n1\nA\n2\nA",
    ours: ["1\n", "2\n"],
  },
  {
    name: "a heredoc of COPY may have a space before its name",
    reason: "BuildKit reads its lines, and then looks for files named << and A",
    text: "FROM a\nCOPY << A /\n1\nA",
    ours: ["1\n"],
  },
  {
    name: "in a JSON array <<A is the name of a file",
    reason: "BuildKit makes an empty file of it, though there is no document",
    text: 'FROM a\nCOPY ["<<A", "/"]',
    ours: ["<<A"],
  },
  {
    name: "an indented comment is the comment without its #",
    reason: "BuildKit takes one character from the indentation instead, so that # check= there is not seen",
    text: "FROM a\n  # text\nMAINTAINER x",
    ours: "text",
  },
  {
    name: "the fields of a mount have no order",
    reason: "BuildKit refuses those of secret and ssh that stand before type",
    text: "FROM a\nRUN --mount=required,id=x,type=secret y",
    ours: "secret",
  },
];

function shortly(text: string): unknown {
  const { source, instructions } = parseDockerfile(text);
  const last: Instruction | undefined = instructions.at(-1);
  if (last?.kind === "COPY") {
    return last.sources.map((each) => (each.kind === "path" ? each.path.text : each.heredoc.content));
  }
  if (last?.kind === "USER") return last.value.text.length;
  if (last?.kind === "RUN") return last.mounts.map((flag) => readMount(flag, source, (value) => value).type).join();
  return last?.statement.comments.map((comment) => comment.text).join();
}

for (const { name, reason, text, ours } of DEVIATIONS) {
  test(`${name} (${reason})`, () => {
    if (ours !== undefined) assert.deepEqual(shortly(text), ours);
    else
      assert.throws(
        () => shortly(text),
        (error) => isDistillError(error, "CONFIG_INVALID"),
      );
  });
}
