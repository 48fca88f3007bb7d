import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { Progress } from "../lib/progress.ts";
import { displayProgress, type ProgressMode } from "./progress.ts";

const NO_COLOR = { NO_COLOR: "1" };

function capture(
  t: TestContext,
  mode: ProgressMode,
  terminal: { readonly isTTY?: boolean; readonly columns?: number } = {},
  environment: Readonly<Record<string, string>> = NO_COLOR,
) {
  t.mock.timers.enable({ apis: ["Date", "setInterval", "setTimeout"], now: 1_000 });
  let text = "";
  const write = (part: string): void => {
    text += part;
  };
  const display = displayProgress(mode, { ...terminal, write }, environment);
  return { ...display, written: () => text };
}

function work(t: TestContext, progress: Progress): void {
  const fetch = progress.start("Fetching libc6", 2_000_000);
  const index = progress.start("Reading the index");
  fetch.advance(1_000_000);
  t.mock.timers.tick(1_500);
  index.end("cached");
  fetch.advance(2_000_000);
  fetch.end("done", "from 2 mirrors");
  progress.info("33 packages");
  progress.warn("the mirror is old");
  progress.start("Writing out.tar").end("failed");
}

test("plain: a line for each task when it ends, and one before for a task that takes long", (t) => {
  const { progress, written } = capture(t, "plain");
  work(t, progress);
  const slow = progress.start("Unpacking", 5_000_000);
  t.mock.timers.tick(2_500);
  slow.end();
  assert.deepEqual(written().split("\n"), [
    "#2 cached Reading the index 1.5s",
    "#1 done Fetching libc6 2.0 MB 1.5s from 2 mirrors",
    "33 packages",
    "warning: the mirror is old",
    "#3 failed Writing out.tar 0.0s",
    "#4 Unpacking (5.0 MB) ...",
    "#4 done Unpacking 2.5s",
    "",
  ]);
});

test("plain: each part of a task is one line, however long it takes", (t) => {
  const { progress, written } = capture(t, "plain");
  const all = progress.start("Fetching 2 packages", 3_000_000);
  const one = all.part("libc6 2.41-12", 2_000_000);
  one.advance(2_000_000);
  t.mock.timers.tick(1_000);
  one.end("done", "1 of 2");
  all.end();
  assert.deepEqual(written().split("\n"), [
    "#2 done libc6 2.41-12 2.0 MB 1.0s 1 of 2",
    "#1 done Fetching 2 packages 1.0s",
    "",
  ]);
});

test("json: an event a line", (t) => {
  const { progress, written } = capture(t, "json");
  work(t, progress);
  const events = written()
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.deepEqual(events[0], { kind: "start", task: 1, title: "Fetching libc6", total: 2_000_000 });
  assert.deepEqual(events[3], { kind: "end", task: 2, outcome: "cached", detail: "" });
  assert.equal(events.length, 10);
});

test("quiet: warnings only", (t) => {
  const { progress, written } = capture(t, "quiet");
  work(t, progress);
  progress.warn("a\x1b[2J");
  assert.equal(written(), "warning: the mirror is old\nwarning: a\\x1b[2J\n");
});

test("auto is a terminal's display on a terminal, and plain elsewhere, in CI and on dumb terminals", (t) => {
  const kindOf = (isTTY: boolean, environment: Readonly<Record<string, string>>): string => {
    const { progress, close, written } = capture(t, "auto", { isTTY }, environment);
    progress.start("x").end();
    const text = written();
    close();
    t.mock.timers.reset();
    return text.startsWith("#1") ? "plain" : "tty";
  };
  assert.equal(kindOf(true, {}), "tty");
  assert.equal(kindOf(false, {}), "plain");
  assert.equal(kindOf(true, { CI: "true" }), "plain");
  assert.equal(kindOf(true, { TERM: "dumb" }), "plain");
});

test("tty: colours where the stream is a terminal, unless NO_COLOR, or where FORCE_COLOR asks for them", (t) => {
  const colored = (isTTY: boolean, environment: Readonly<Record<string, string>>): boolean => {
    const { progress, close, written } = capture(t, "tty", { isTTY }, environment);
    progress.start("x").end();
    close();
    t.mock.timers.reset();
    return written().includes("\x1b[32m");
  };
  assert.equal(colored(true, {}), true);
  assert.equal(colored(true, NO_COLOR), false);
  assert.equal(colored(false, {}), false);
  assert.equal(colored(false, { FORCE_COLOR: "1" }), true);
  assert.equal(colored(true, { FORCE_COLOR: "0" }), false);
});

for (const mode of ["plain", "tty"] as const) {
  test(`${mode}: a title is one line and cannot drive the terminal`, (t) => {
    const { progress, close, written } = capture(t, mode);
    const task = progress.start("copy a\nb\x1b[2J\u202e");
    t.mock.timers.tick(100);
    task.end("done", "x\ny");
    close();
    assert.match(written(), /copy a\\nb\\x1b\[2J\\u202e/);
    assert.match(written(), /x\\ny/);
    assert.ok(!written().includes("\x1b[2J"));
  });
}
