import assert from "node:assert/strict";
import { test } from "node:test";
import { DistillError } from "../lib/errors.ts";
import { describeFailure } from "./failure.ts";

const CAUSE = new Error("connection reset");
const USER = new DistillError("NETWORK", "deb.debian.org cannot be reached", { hint: "try again", cause: CAUSE });
const TEXT = { format: "text", debug: false } as const;

test("a user's error is its message, what to do and its code, without a stack", () => {
  assert.equal(
    describeFailure(USER, TEXT),
    "distill: deb.debian.org cannot be reached\n  hint: try again\n  code: NETWORK (docs/errors.md)\n",
  );
  assert.equal(describeFailure(new DistillError("IO", "x"), TEXT), "distill: x\n  code: IO (docs/errors.md)\n");
});

test("--trace adds the stack and the causes", () => {
  const text = describeFailure(USER, { format: "text", debug: true });
  assert.match(
    text,
    /^distill: deb[^\n]*\n {2}hint: [^\n]*\n {2}code: [^\n]*\nDistillError: deb.*\n {4}at .*\ncaused by: Error: connection reset\n {4}at /s,
  );
});

test("a bug says so, with its stack and its causes", () => {
  const text = describeFailure(new TypeError("x is undefined", { cause: CAUSE }), TEXT);
  assert.match(
    text,
    /^distill: this is a bug in distill; .*\nTypeError: x is undefined\n {4}at .*\ncaused by: Error: connection reset\n/s,
  );
  assert.match(describeFailure("thrown text", TEXT), /a bug in distill.*\nthrown text\n$/);
  assert.match(describeFailure(undefined, TEXT), /a bug in distill/);
});

test("causes that lead in a circle end", () => {
  const error = new DistillError("IO", "a", { cause: CAUSE });
  const circle = new Error("b", { cause: error });
  error.cause = circle;
  assert.equal(describeFailure(error, { format: "text", debug: true }).match(/caused by/g)?.length, 1);
});

test("text from elsewhere cannot drive the terminal", () => {
  for (const error of [new DistillError("IO", "a\x1b[2J", { hint: "b\x1b[2J" }), new Error("c\x1b[2J")]) {
    for (const debug of [false, true]) assert.doesNotMatch(describeFailure(error, { format: "text", debug }), /\x1b/);
  }
});

test("as JSON it is one line with code, message and hint", () => {
  const json = describeFailure(USER, { format: "json", debug: false });
  assert.equal(json.indexOf("\n"), json.length - 1);
  assert.deepEqual(JSON.parse(json), {
    error: { code: "NETWORK", message: "deb.debian.org cannot be reached", hint: "try again" },
  });
  const bug = JSON.parse(describeFailure(new Error("x"), { format: "json", debug: false }));
  assert.deepEqual([bug.error.code, bug.error.message], ["BUG", "x"]);
  assert.match(bug.error.stack, /^Error: x\n/);
});
