import colors from "picocolors";
import type { ProgressEvent } from "../lib/progress.ts";
import { formatBytes, formatDuration, printable } from "./format.ts";

interface Running {
  readonly title: string;
  readonly started: number;
  done: number;
  total: number | undefined;
}

/** Milliseconds between two drawings. */
const INTERVAL = 80;
const MOST_LINES = 8;

/** Running tasks as lines at the end of a terminal, redrawn in place; what has ended scrolls up and stays. */
export class LiveRegion {
  readonly #stream: NodeJS.WriteStream;
  readonly #running = new Map<number, Running>();
  #drawn = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  handle(event: ProgressEvent): void {
    switch (event.kind) {
      case "start":
        this.#running.set(event.task, {
          title: printable(event.title),
          started: Date.now(),
          done: 0,
          total: event.total,
        });
        this.#timer ??= setInterval(() => this.#draw(), INTERVAL).unref();
        break;
      case "advance": {
        const task = this.#running.get(event.task);
        if (task !== undefined) Object.assign(task, { done: event.done, total: event.total });
        break;
      }
      case "end":
        this.#end(event);
        break;
      case "note":
        this.#print(
          event.level === "warning" ? colors.yellow(`warning: ${printable(event.text)}`) : printable(event.text),
        );
        break;
    }
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#running.clear();
    this.#erase();
  }

  #end(event: Extract<ProgressEvent, { kind: "end" }>): void {
    const task = this.#running.get(event.task);
    this.#running.delete(event.task);
    if (task === undefined) return;
    const mark = { done: colors.green("done  "), cached: colors.cyan("cached"), failed: colors.red("failed") }[
      event.outcome
    ];
    const amount = task.done === 0 ? "" : ` ${formatBytes(task.done)}`;
    this.#print(`${mark} ${task.title}${colors.dim(`${amount} ${formatDuration(Date.now() - task.started)}`)}`);
    if (this.#running.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
  }

  #print(line: string): void {
    this.#erase();
    this.#stream.write(`${line}\n`);
    this.#draw();
  }

  #draw(): void {
    this.#erase();
    const width = Math.max(20, this.#stream.columns ?? 80) - 1;
    const lines = [...this.#running.values()].slice(0, MOST_LINES).map((task) => describe(task).slice(0, width));
    for (const line of lines) this.#stream.write(`${line}\n`);
    this.#drawn = lines.length;
  }

  #erase(): void {
    if (this.#drawn > 0) this.#stream.write(`\x1b[${this.#drawn}A\x1b[0J`);
    this.#drawn = 0;
  }
}

function describe(task: Running): string {
  const time = formatDuration(Date.now() - task.started);
  if (task.total === undefined)
    return `       ${task.title} ${task.done === 0 ? "" : `${formatBytes(task.done)} `}${time}`;
  const percent = task.total === 0 ? 100 : Math.floor((100 * task.done) / task.total);
  return `${String(percent).padStart(4)}%  ${task.title} ${formatBytes(task.done)} of ${formatBytes(task.total)} ${time}`;
}
