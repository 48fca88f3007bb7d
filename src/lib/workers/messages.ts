import { DistillError, type ErrorCode } from "../errors.ts";

/** An error as it crosses a thread boundary: structured clone keeps neither the class nor the own properties. */
export type PlainError =
  | { readonly kind: "distill"; readonly code: ErrorCode; readonly message: string; readonly hint: string | undefined }
  | { readonly kind: "bug"; readonly message: string; readonly stack: string | undefined };

export type PlainAnswer<Result> = { readonly result: Result } | { readonly error: PlainError };

export function toPlainError(error: unknown): PlainError {
  if (error instanceof DistillError) {
    return { kind: "distill", code: error.code, message: error.message, hint: error.hint };
  }
  if (error instanceof Error) return { kind: "bug", message: error.message, stack: error.stack };
  return { kind: "bug", message: String(error), stack: undefined };
}

/** The error that `toPlainError` was given, with the worker's stack where it is a bug. */
export function fromPlainError(plain: PlainError): Error {
  if (plain.kind === "distill") {
    return new DistillError(plain.code, plain.message, plain.hint === undefined ? {} : { hint: plain.hint });
  }
  const error = new Error(plain.message);
  if (plain.stack !== undefined) error.stack = plain.stack;
  return error;
}
