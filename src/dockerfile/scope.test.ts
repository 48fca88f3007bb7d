import assert from "node:assert/strict";
import { test } from "node:test";
import { isDistillError } from "../lib/errors.ts";
import { argumentValue, expandIn, Scope } from "./scope.ts";
import { Source, type Word } from "./source.ts";

const word = (text: string): Word => ({ text, span: { start: 0, end: text.length } });

test("the environment wins over an argument of the same name, whichever was set last", () => {
  const scope = Scope.EMPTY.withEnvironment([["A", "env"]]).withArguments([["A", "arg"]]);
  assert.equal(scope.lookup("A"), "env");
});

test("a scope stays as it was when another is made from it", () => {
  const before = Scope.EMPTY.withArguments([["A", "1"]]);
  before.withArguments([["A", "2"]]);
  assert.equal(before.lookup("A"), "1");
  assert.equal(before.lookup("B"), undefined);
});

test("an argument is the user's value, else its default, else what surrounds it", () => {
  const around = new Map([["A", "around"]]);
  const expand = ({ text }: Word): string => `${text}!`;
  const withDefault = { name: word("A"), value: word("default") };
  const without = { name: word("A"), value: undefined };
  assert.equal(argumentValue(withDefault, { user: new Map([["A", "user"]]), around, expand }), "user");
  assert.equal(argumentValue(withDefault, { user: new Map(), around, expand }), "default!");
  assert.equal(argumentValue(without, { user: new Map(), around, expand }), "around");
  assert.equal(argumentValue(without, { user: new Map(), around: new Map(), expand }), undefined);
});

test("what cannot be expanded is told with its place in the file", () => {
  const source = new Source("Dockerfile", "FROM a${b");
  const at = { text: "a${b", span: { start: 5, end: 9 } };
  assert.throws(
    () => expandIn(source, at, { escape: "\\", lookup: () => undefined }),
    (error) => isDistillError(error, "CONFIG_INVALID") && error.message.startsWith("Dockerfile:1:7: "),
  );
});
