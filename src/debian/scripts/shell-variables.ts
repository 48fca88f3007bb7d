import type { Field } from "./shell-expand.ts";
import type { ShellState } from "./shell-state.ts";
import type { Command } from "./shell-syntax.ts";

/** Variables that a command sets itself. */
export function readInto(name: string, args: readonly Field[], state: ShellState): ShellState {
  if (name === "read") return args.reduce((at, { text }) => (/^\w+$/.test(text) ? at.with(text, null) : at), state);
  if (name === "eval") return state.opened();
  if (name === "getopts") return state.with(args[1]?.text ?? "REPLY", null);
  return name.startsWith("db_") ? state.with("RET", null) : state;
}

/** The state behind `export`, `local` and their like. */
export function declared(args: readonly Field[], local: boolean, state: ShellState): ShellState {
  return args.reduce((at, { text, known }) => {
    const [, name, value] = /^(\w+)(?:=([\s\S]*))?$/.exec(text) ?? [];
    if (name === undefined) return at;
    if (value === undefined) return local ? at.with(name, "") : at;
    return at.with(name, known ? value : null);
  }, state);
}

/** The state behind `set`: its arguments may become those of the script. */
export function withSet(args: readonly Field[], state: ShellState): ShellState {
  const at = args.findIndex(({ text }) => text === "--");
  if (at >= 0) return state.withArguments(args.slice(at + 1).map(({ text, known }) => (known ? text : null)));
  return args.some(({ text }) => /^[^-+]/.test(text) && text !== "pipefail") ? state.withArguments(undefined) : state;
}

/** Names of variables that commands assign, functions not followed. */
export function assignedIn(commands: readonly Command[]): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) for (const each of value) visit(each);
    else if (typeof value === "object" && value !== null) {
      const record = value as Readonly<Record<string, unknown>>;
      if (typeof record.name === "string" && record.value !== undefined) names.add(record.name);
      if (typeof record.variable === "string") names.add(record.variable);
      for (const each of Object.values(record)) visit(each);
    }
  };
  visit(commands);
  return names;
}
