import assert from "node:assert/strict";
import { test } from "node:test";
import { asTask, type Progress, type ProgressEvent, progressTo, warningOnce } from "./progress.ts";

function recorded(): { readonly progress: Progress; readonly events: ProgressEvent[] } {
  const events: ProgressEvent[] = [];
  return { progress: progressTo((event) => events.push(event)), events };
}

test("calls become numbered events, and a total stays known", () => {
  const { progress, events } = recorded();
  const a = progress.start("a");
  const b = progress.start("b", 10);
  a.advance(1, 5);
  a.advance(2);
  b.end();
  progress.warn("w");
  assert.deepEqual(events, [
    { kind: "start", task: 1, title: "a", total: undefined },
    { kind: "start", task: 2, title: "b", total: 10 },
    { kind: "advance", task: 1, done: 1, total: 5 },
    { kind: "advance", task: 1, done: 2, total: 5 },
    { kind: "end", task: 2, outcome: "done", detail: "" },
    { kind: "note", level: "warning", text: "w" },
  ]);
});

test("a task ends once, and says nothing afterwards", () => {
  const { progress, events } = recorded();
  const task = progress.start("a");
  task.end("cached");
  task.advance(1);
  task.end("failed");
  assert.deepEqual(events.slice(1), [{ kind: "end", task: 1, outcome: "cached", detail: "" }]);
});

test("work as a task ends as done, as it says itself, or as failed", async () => {
  const { progress, events } = recorded();
  assert.equal(await asTask(progress, "a", async () => 5), 5);
  await asTask(progress, "b", async (task) => task.end("cached"));
  await assert.rejects(
    asTask(progress, "c", () => Promise.reject(new Error("x\ny"))),
    /x/,
  );
  const ends = events.flatMap((event) => (event.kind === "end" ? [[event.outcome, event.detail]] : []));
  assert.deepEqual(ends, [
    ["done", ""],
    ["cached", ""],
    ["failed", "x"],
  ]);
});

test("a part of a task says what it belongs to", () => {
  const { progress, events } = recorded();
  progress.start("all", 10).part("one", 4).end();
  assert.deepEqual(events, [
    { kind: "start", task: 1, title: "all", total: 10 },
    { kind: "start", task: 2, title: "one", total: 4, within: 1 },
    { kind: "end", task: 2, outcome: "done", detail: "" },
  ]);
});

test("a warning that was given once is not given again where that is asked for, and everything else is as it was", () => {
  const { progress, events } = recorded();
  const once = warningOnce(progress);
  for (const text of ["a", "b", "a"]) once.warn(text);
  once.info("c");
  once.start("d");
  assert.deepEqual(
    events.map((event) => (event.kind === "note" ? event.text : event.kind)),
    ["a", "b", "c", "start"],
  );
});
