import type { Statement } from "../../statement.ts";
import { buildkitRule } from "../rule.ts";

const ONCE: ReadonlySet<string> = new Set(["CMD", "ENTRYPOINT", "HEALTHCHECK"]);

export const MULTIPLE_INSTRUCTIONS_DISALLOWED = buildkitRule(
  "MultipleInstructionsDisallowed",
  "Of several CMD, ENTRYPOINT or HEALTHCHECK in a stage the last one counts",
  function* ({ stages }) {
    for (const { steps } of stages) {
      const before = new Map<string, Statement>();
      for (const { instruction, own } of steps) {
        const { kind, statement } = instruction;
        if (!own || !ONCE.has(kind)) continue;
        const ignored = before.get(kind);
        if (ignored !== undefined) {
          const name = statement.keyword.text;
          const detail = `Multiple ${name} instructions should not be used in the same stage because only the last one will be used`;
          // It stands where the one is that does not count; skipped is it above the one that does.
          yield { detail, statement, at: ignored.keyword, line: ignored.lines.first };
        }
        before.set(kind, statement);
      }
    }
  },
);
