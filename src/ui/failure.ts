import { DistillError } from "../lib/errors.ts";
import { printable } from "./printable.ts";

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

/** What a program wrote that failed, for those who have not seen it; empty for all other failures. */
export function describeLog(error: unknown): string {
  if (!(error instanceof DistillError) || error.log === undefined || error.log === "") return "";
  return `------\n${printable(error.log)}\n------\n`;
}

function describeBug(error: unknown): string {
  return `distill: this is a bug in distill; please report it with the lines below\n${describeCauses(error)}\n`;
}

/** The stack of the error and of what caused it, each once. */
function describeCauses(error: unknown): string {
  const chain = new Set<unknown>();
  for (let at = error; at !== undefined && !chain.has(at); at = at instanceof Error ? at.cause : undefined)
    chain.add(at);
  return printable(Array.from(chain, stackOf).join("\ncaused by: "));
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function asJson(error: unknown): object {
  if (error instanceof DistillError) {
    const { code, message, hint, log } = error;
    return { error: { code, message, ...(hint !== undefined && { hint }), ...(log !== undefined && { log }) } };
  }
  return {
    error: { code: "BUG", message: error instanceof Error ? error.message : String(error), stack: stackOf(error) },
  };
}
