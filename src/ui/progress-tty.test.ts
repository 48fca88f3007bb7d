import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { displayWidth } from "../lib/display-width.ts";
import { progressTo } from "../lib/progress.ts";
import { LiveRegion } from "./progress-tty.ts";

/** A task's line on a screen of 80 columns. */
const line = (title: string, time: string) => title.padEnd(79 - time.length) + time;

/** What a terminal of this size shows: lines up to and with the one of the cursor. Refuses a row that would wrap. */
class Screen {
  readonly isTTY = true;
  readonly columns: number;
  readonly rows: number;
  lines: string[] = [""];

  constructor(columns = 80, rows = 24) {
    this.columns = columns;
    this.rows = rows;
  }

  write(text: string): void {
    for (const [part] of text.matchAll(/\x1b\[(\d*)([A-Z])|\n|[^\x1b\n]+/g)) {
      const up = /^\x1b\[(\d+)A$/.exec(part);
      if (part === "\n") this.lines.push("");
      else if (up) this.#up(Number(up[1]));
      else if (part === "\x1b[0J") continue;
      else this.lines.push(this.lines.pop() + part);
    }
  }

  #up(count: number): void {
    assert.equal(this.lines.at(-1), "", "the cursor goes up from the beginning of a line");
    assert.ok(count < this.rows, "the cursor cannot leave the screen");
    this.lines.splice(this.lines.length - 1 - count, count);
  }

  get widest(): number {
    return Math.max(...this.lines.map(displayWidth));
  }
}

function region(screen: Screen, phase?: string) {
  let now = 0;
  const live = new LiveRegion(screen, { now: () => now, phase });
  const progress = progressTo((event) => live.handle(event));
  return { live, progress, wait: (milliseconds: number) => (now += milliseconds) };
}

test("running tasks are redrawn in place; what has ended stays above", () => {
  const screen = new Screen();
  const { live, progress, wait } = region(screen);
  const fetch = progress.start("Fetching", 4_000_000);
  const index = progress.start("Reading");
  live.draw();
  assert.deepEqual(screen.lines, [line(" => Fetching 0 B / 4.0 MB 0%", "0.0s"), line(" => Reading", "0.0s"), ""]);
  fetch.advance(1_000_000);
  index.advance(5_000);
  wait(1_000);
  live.draw();
  assert.deepEqual(screen.lines, [
    line(" => Fetching 1.0 MB / 4.0 MB 25%", "1.0s"),
    line(" => Reading 5.0 kB", "1.0s"),
    "",
  ]);
  index.end("cached");
  progress.info("note");
  assert.deepEqual(screen.lines, [
    line(" => CACHED Reading 5.0 kB", "1.0s"),
    "note",
    line(" => Fetching 1.0 MB / 4.0 MB 25%", "1.0s"),
    "",
  ]);
  fetch.advance(4_000_000);
  fetch.end("done", "from 2 mirrors");
  assert.deepEqual(screen.lines, [
    line(" => CACHED Reading 5.0 kB", "1.0s"),
    "note",
    line(" => Fetching 4.0 MB from 2 mirrors", "1.0s"),
    "",
  ]);
  live.close();
});

test("closing takes running tasks off the screen, and nothing follows", () => {
  const screen = new Screen();
  const { live, progress } = region(screen);
  progress.start("a").end();
  progress.start("b");
  live.draw();
  live.close();
  progress.start("c").end();
  progress.warn("d");
  assert.deepEqual(screen.lines, [line(" => a", "0.0s"), ""]);
});

test("a wide title is cut to the terminal's width, by columns", () => {
  for (const columns of [1, 2, 10, 40, 80]) {
    const screen = new Screen(columns);
    const { live, progress } = region(screen);
    const task = progress.start("日本語のファイル名🎉".repeat(10), 10);
    live.draw();
    assert.ok(screen.widest < Math.max(2, columns), `${screen.widest} of ${columns}`);
    task.end("failed");
    assert.ok(screen.widest < Math.max(2, columns));
    live.close();
  }
});

test("more tasks than rows do not scroll the screen", () => {
  const screen = new Screen(80, 4);
  const { live, progress } = region(screen);
  for (let task = 0; task < 20; task++) progress.start(`task ${task}`);
  live.draw();
  live.draw();
  assert.equal(screen.lines.length, 4);
  live.close();
});

test("a terminal that does not know its size is taken for 80 columns", () => {
  const screen = new Screen(0, 0);
  const live = new LiveRegion(screen);
  progressTo((event) => live.handle(event)).start("x".repeat(200));
  screen.write = function (text) {
    this.lines = text.split("\n");
  };
  live.draw();
  assert.equal(screen.widest, 79);
  live.close();
});

test("whatever happens, no task line is wider than the terminal and no line of a task stays behind", () => {
  const title = fc.string({ unit: "grapheme", maxLength: 60 });
  fc.assert(
    fc.property(fc.array(title, { maxLength: 12 }), fc.integer({ min: 8, max: 60 }), (titles, columns) => {
      const screen = new Screen(columns, 6);
      const { live, progress } = region(screen);
      const tasks = titles.map((each) => {
        const task = progress.start(each, 100);
        live.draw();
        return task;
      });
      assert.ok(screen.widest < columns);
      for (const [index, task] of tasks.entries()) {
        task.advance(index);
        if (index % 2 === 0) task.end("done", "detail");
      }
      live.close();
      assert.ok(screen.widest < columns);
      assert.equal(screen.lines.length, Math.ceil(titles.length / 2) + 1);
    }),
    { numRuns: 100 },
  );
});

test("parts of a task stand below all tasks while they run, and leave nothing behind", () => {
  const screen = new Screen();
  const { live, progress } = region(screen);
  const all = progress.start("Fetching 2 packages", 4_000_000);
  const one = all.part("libc6", 1_000_000);
  const other = progress.start("Unpacking");
  one.advance(500_000);
  live.draw();
  assert.deepEqual(screen.lines, [
    line(" => Fetching 2 packages 0 B / 4.0 MB 0%", "0.0s"),
    line(" => Unpacking", "0.0s"),
    line(" => => libc6 500.0 kB / 1.0 MB 50%", "0.0s"),
    "",
  ]);
  one.end();
  other.end();
  all.end();
  assert.deepEqual(screen.lines, [line(" => Unpacking", "0.0s"), line(" => Fetching 2 packages", "0.0s"), ""]);
});

test("a phase counts the tasks in a line above those that run, which goes with them", () => {
  const screen = new Screen(80, 3);
  const { live, progress, wait } = region(screen, "Building");
  const first = progress.start("[1/2] FROM base");
  first.part("layer");
  const second = progress.start("[2/2] COPY . /src");
  wait(1_200);
  live.draw();
  assert.deepEqual(screen.lines, ["[+] Building 1.2s (0/2)", line(" => [1/2] FROM base", "1.2s"), ""]);
  first.end("cached");
  assert.deepEqual(screen.lines, [
    line(" => CACHED [1/2] FROM base", "1.2s"),
    "[+] Building 1.2s (1/2)",
    line(" => [2/2] COPY . /src", "1.2s"),
    "",
  ]);
  second.end("failed");
  live.close();
  assert.deepEqual(screen.lines.slice(1), [line(" => ERROR [2/2] COPY . /src", "1.2s"), ""]);
});

test("the time stays at the edge of a narrow terminal, and of a very narrow one something of the title", () => {
  for (const [columns, expected] of [
    [20, " => [1/2] COPY… 0.0s"],
    [8, " … 0.0s"],
  ] as const) {
    const screen = new Screen(columns + (columns === 20 ? 1 : 0));
    const { live, progress } = region(screen);
    progress.start("[1/2] COPY . /src").end();
    live.close();
    assert.equal(screen.lines[0], expected);
  }
});
