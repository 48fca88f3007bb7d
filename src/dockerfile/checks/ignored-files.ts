import type { Instruction } from "../instruction.ts";
import type { Remark } from "./finding.ts";
import { goQuoted } from "./go-quoted.ts";

/** What .dockerignore leaves out of the context. */
export interface IgnoredPaths {
  /** True for a path of the context, without a slash before it. */
  excludes(path: string): boolean;
}

/** CopyIgnoredFile: sources of COPY and ADD that are not in the context. Patterns and variables are let be. */
export function checkIgnored(instruction: Instruction, ignored: IgnoredPaths): readonly Remark[] {
  if (instruction.kind !== "COPY" && instruction.kind !== "ADD") return [];
  if (instruction.kind === "COPY" && instruction.from !== undefined) return [];
  const { kind, sources, statement } = instruction;
  return sources.flatMap((source) => {
    if (source.kind === "heredoc") return [];
    const { text } = source.path;
    if (/^[a-z]+:\/\/|[$*?[\\]/.test(text)) return [];
    const path = text.replace(/^(?:\.?\/)+/, "").replace(/\/+$/, "");
    if (path === "" || path === "." || !ignored.excludes(path)) return [];
    const verb = kind === "COPY" ? "Copy" : "Add";
    const detail = `Attempting to ${verb} file ${goQuoted(text)} that is excluded by .dockerignore`;
    return [{ rule: "CopyIgnoredFile", detail, statement }];
  });
}
