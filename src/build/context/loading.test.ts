import assert from "node:assert/strict";
import { test } from "node:test";
import { type ProgressEvent, progressTo } from "../../lib/progress.ts";
import { ContextLoading } from "./loading.ts";

function loading(what = "the build context") {
  const events: ProgressEvent[] = [];
  return {
    events,
    loading: new ContextLoading(
      progressTo((event) => events.push(event)),
      what,
    ),
  };
}

const kinds = (events: readonly ProgressEvent[]) => events.map(({ kind }) => kind);

test("nothing is told where all files were known", async () => {
  const { events, loading: context } = loading();
  assert.equal(await context.during(async () => 1), 1);
  assert.deepEqual(events, []);
});

test("files and bytes that are read are told, however many do it at a time", async () => {
  const { events, loading: context } = loading("the build context docs");
  await context.during(async () => {
    context.note(3);
    await context.during(async () => context.note(4));
    context.note(5);
  });
  const [start] = events;
  assert.equal(start?.kind === "start" && start.title, "[internal] load build context docs");
  assert.deepEqual(events.at(-2), { kind: "advance", task: 1, done: 12, total: undefined });
  assert.deepEqual(events.at(-1), { kind: "end", task: 1, outcome: "done", detail: "3 files" });
  assert.equal(kinds(events).filter((kind) => kind === "end").length, 1);
});

test("what fails ends as failed, and is told again when it is tried again", async () => {
  const { events, loading: context } = loading();
  const failing = context.during(async () => {
    context.note(1);
    throw new Error("no");
  });
  await assert.rejects(failing, /no/);
  assert.deepEqual(events.at(-1), { kind: "end", task: 1, outcome: "failed", detail: "" });
  await context.during(async () => context.note(2));
  assert.deepEqual(events.at(-1), { kind: "end", task: 2, outcome: "done", detail: "1 file" });
});

test("a file that is read for its bytes outside of the work is not told", () => {
  const { events, loading: context } = loading();
  context.note(5);
  assert.deepEqual(events, []);
});
