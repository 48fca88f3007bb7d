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

test("plain: a line when a task begins and one when it ends, as docker has it", (t) => {
  const { progress, written } = capture(t, "plain");
  work(t, progress);
  const failing = progress.start("[build 2/4] RUN false");
  failing.end("failed", "exit code: 1");
  progress.start("Pushing 0123").end("cached", "already there");
  assert.deepEqual(written().split("\n"), [
    "#1 Fetching libc6 (2.0 MB)",
    "#2 Reading the index",
    "#2 CACHED",
    "#1 DONE 1.5s, 2.0 MB, from 2 mirrors",
    "33 packages",
    "warning: the mirror is old",
    "#3 Writing out.tar",
    "#3 ERROR",
    "#4 [build 2/4] RUN false",
    "#4 ERROR: exit code: 1",
    "#5 Pushing 0123",
    "#5 CACHED, already there",
    "",
  ]);
});

test("plain: each part of a task is one line under the task's number, however long it takes", (t) => {
  const { progress, written } = capture(t, "plain");
  const all = progress.start("Fetching 2 packages", 3_000_000);
  const one = all.part("libc6 2.41-12", 2_000_000);
  one.advance(2_000_000);
  t.mock.timers.tick(1_000);
  all.part("zlib1g").end("cached");
  one.part("inner").end("failed", "gone");
  one.end("done", "1 of 2");
  all.end();
  progress.start("Writing out.tar").end();
  assert.deepEqual(written().split("\n"), [
    "#1 Fetching 2 packages (3.0 MB)",
    "#1 zlib1g cached",
    "#1 inner 0.0s failed gone",
    "#1 libc6 2.41-12 2.0 MB 1.0s done 1 of 2",
    "#1 DONE 1.0s",
    "#2 Writing out.tar",
    "#2 DONE 0.0s",
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

test("tty: a phase is told above the tasks, and when all have ended well", (t) => {
  t.mock.timers.enable({ apis: ["Date", "setInterval", "setTimeout"], now: 1_000 });
  let text = "";
  const stream = { isTTY: true, columns: 41, write: (part: string) => (text += part) };
  const { progress, close } = displayProgress("tty", stream, NO_COLOR, "Building");
  const step = progress.start("[2/2] COPY . /src");
  t.mock.timers.tick(80);
  step.end();
  close();
  const first = "[+] Building 0.1s (0/1)\n => [2/2] COPY . /src               0.1s\n";
  const end = "\x1b[2A\x1b[0J => [2/2] COPY . /src               0.1s\n[+] Building 0.1s (1/1) FINISHED\n";
  assert.equal(text, first + end);
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
