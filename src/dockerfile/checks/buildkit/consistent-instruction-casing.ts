import { buildkitRule } from "../rule.ts";

/** Arguments before the first FROM neither count nor are looked at. */
export const CONSISTENT_INSTRUCTION_CASING = buildkitRule(
  "ConsistentInstructionCasing",
  "All instructions of a file should be written in the same case",
  function* ({ dockerfile }) {
    const statements = (dockerfile?.stages ?? []).flatMap(({ from, instructions }) =>
      [from, ...instructions].map(({ statement }) => statement),
    );
    const keywords = statements.map(({ keyword }) => keyword.text);
    const lower = keywords.filter((text) => text === text.toLowerCase()).length;
    const upper = keywords.filter((text) => text === text.toUpperCase()).length;
    const mostlyLower = lower > upper;
    for (const statement of statements) {
      const { text } = statement.keyword;
      if (text === (mostlyLower ? text.toLowerCase() : text.toUpperCase())) continue;
      const majority = mostlyLower ? "lowercase" : "uppercase";
      const detail = `Command '${text}' should match the case of the command majority (${majority})`;
      yield { detail, statement, at: statement.keyword };
    }
  },
);
