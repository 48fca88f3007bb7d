import { DistillError } from "../lib/errors.ts";
import { printable } from "./format.ts";

export interface FailureStyle {
  readonly format: "text" | "json";
  /** Print the chain of causes with their stacks also for a user's error. */
  readonly debug: boolean;
}

/**
 * A failure as it is told on stderr. A user's error has no stack: its message, then what to do. Anything else is a bug
 * of distill's and says so, with the stack.
 */
export function describeFailure(error: unknown, style: FailureStyle): string {
  if (style.format === "json") return `${JSON.stringify(asJson(error))}\n`;
  if (!(error instanceof DistillError)) return describeBug(error);
  const lines = [`distill: ${printable(error.message)}`];
  if (error.hint !== undefined) lines.push(`  hint: ${printable(error.hint)}`);
  lines.push(`  code: ${error.code} (docs/errors.md)`);
  if (style.debug) lines.push(describeCauses(error));
  return `${lines.join("\n")}\n`;
}

function describeBug(error: unknown): string {
  return `distill: this is a bug in distill; please report it with the lines below\n${stackOf(error)}\n`;
}

function describeCauses(error: Error): string {
  const parts = [stackOf(error)];
  for (
    let cause: unknown = error.cause;
    cause !== undefined;
    cause = cause instanceof Error ? cause.cause : undefined
  ) {
    parts.push(`caused by: ${stackOf(cause)}`);
  }
  return printable(parts.join("\n"));
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function asJson(error: unknown): object {
  if (error instanceof DistillError) {
    return {
      error: { code: error.code, message: error.message, ...(error.hint === undefined ? {} : { hint: error.hint }) },
    };
  }
  return {
    error: { code: "BUG", message: error instanceof Error ? error.message : String(error), stack: stackOf(error) },
  };
}
