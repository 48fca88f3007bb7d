import type { Source } from "../../source.ts";
import type { Statement } from "../../statement.ts";
import { buildkitRule } from "../rule.ts";

export const NO_EMPTY_CONTINUATION = buildkitRule(
  "NoEmptyContinuation",
  "An empty line among continued ones is passed over today, and may become an error",
  function* ({ source, instructions }) {
    for (const { statement } of instructions) {
      const [first] = statement.emptyContinuations;
      if (first === undefined) continue;
      const start = source.offset(first);
      yield {
        detail: "Empty continuation line",
        statement,
        at: { start, end: start },
        line: lastJoinedLine(source, statement),
      };
    }
  },
);

/** Where the instruction ends, without its documents. */
function lastJoinedLine(source: Source, { lines, heredocs }: Statement): number {
  const [first] = heredocs;
  return first === undefined ? lines.last : source.position(first.body.start).line - 1;
}
