import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { DistillError, exitStatusOf, fromSystemError, isDistillError, systemErrorCode } from "./errors.ts";

function systemError(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

test("the exit status follows the code, and anything else is a bug", () => {
  const statuses = (["USAGE", "CONFIG_INVALID", "IO", "NETWORK", "BAD_SIGNATURE", "CANCELLED"] as const).map((code) =>
    exitStatusOf(new DistillError(code, "x")),
  );
  assert.deepEqual(statuses, [2, 2, 3, 4, 4, 130]);
  assert.deepEqual([new Error("x"), "x", undefined].map(exitStatusOf), [70, 70, 70]);
});

test("codes are told apart", () => {
  const error = new DistillError("IO", "x");
  assert.deepEqual(
    [isDistillError(error), isDistillError(error, "USAGE", "IO"), isDistillError(error, "USAGE")],
    [true, true, false],
  );
  assert.equal(isDistillError(new Error("x")), false);
  assert.equal("cause" in error, false);
});

test("a failed system call names the path once, and the reason", () => {
  assert.throws(
    () => readFileSync("/nowhere/at all, really"),
    (cause) => {
      const error = fromSystemError(cause, "reading", "the list");
      assert.ok(isDistillError(error, "IO"));
      assert.equal(error.message, "reading the list failed: no such file or directory (ENOENT)");
      assert.equal(error.cause, cause);
      return true;
    },
  );
  const renamed = fromSystemError(
    systemError("EXDEV", "EXDEV: cross-device link not permitted, rename '/a' -> '/b'"),
    "writing",
    "/b",
  );
  assert.equal(
    renamed instanceof Error && renamed.message,
    "writing /b failed: cross-device link not permitted (EXDEV)",
  );
});

test("a message of another form is kept", () => {
  const error = fromSystemError(systemError("EIO", "something odd"), "reading", "x");
  assert.equal(error instanceof Error && error.message, "reading x failed: something odd");
});

test("a full disk has its own code", () => {
  for (const code of ["ENOSPC", "EDQUOT"]) {
    assert.ok(
      isDistillError(fromSystemError(systemError(code, `${code}: no space, write`), "writing", "x"), "DISK_FULL"),
    );
  }
});

test("what is no system error comes back as it is", () => {
  for (const error of [
    new DistillError("USAGE", "x"),
    new Error("x"),
    systemError("ERR_INVALID_ARG", "x"),
    "x",
    undefined,
  ]) {
    assert.equal(fromSystemError(error, "reading", "x"), error);
  }
  assert.equal(systemErrorCode({ code: "ENOENT" }), undefined);
});
