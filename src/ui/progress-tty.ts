import picocolors from "picocolors";
import { fitWidth } from "../lib/display-width.ts";
import type { ProgressEvent } from "../lib/progress.ts";
import { formatBytes, formatDuration } from "./format.ts";
import { printable, printableLine } from "./printable.ts";

/** What is needed of a terminal; process.stderr is one. */
export interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

interface Running {
  readonly title: string;
  readonly started: number;
  /** Parts stand below the tasks, and are gone when they end: their task counts them. */
  readonly isPart: boolean;
  done: number;
  total: number | undefined;
}

/** Milliseconds between two drawings. */
const INTERVAL = 80;
const MOST_LINES = 8;

/**
 * Running tasks as lines at the end of a terminal, redrawn in place; what has ended scrolls up and stays. Task lines are
 * cut to the terminal's width, so that a line is one row; notes are written whole.
 */
export class LiveRegion {
  readonly #terminal: Terminal;
  readonly #colors: ReturnType<typeof picocolors.createColors>;
  readonly #now: () => number;
  readonly #running = new Map<number, Running>();
  #drawn = 0;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(terminal: Terminal, options: { readonly colors?: boolean; readonly now?: () => number } = {}) {
    this.#terminal = terminal;
    this.#colors = picocolors.createColors(options.colors ?? false);
    this.#now = options.now ?? Date.now;
  }

  handle(event: ProgressEvent): void {
    if (this.#closed) return;
    switch (event.kind) {
      case "start": {
        const { title, total, within } = event;
        const isPart = within !== undefined;
        this.#running.set(event.task, { title: printableLine(title), started: this.#now(), isPart, done: 0, total });
        this.#timer ??= setInterval(() => this.draw(), INTERVAL).unref();
        break;
      }
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
          event.level === "warning" ? this.#colors.yellow(`warning: ${printable(event.text)}`) : printable(event.text),
        );
        break;
    }
  }

  /** Draws the running tasks as they are now; a timer does so while there are any. */
  draw(): void {
    this.#write("");
  }

  /** Takes the running tasks off the terminal; what comes afterwards is not shown. */
  close(): void {
    this.#stop();
    this.#running.clear();
    this.draw();
    this.#closed = true;
  }

  #end({ task: number, outcome, detail }: Extract<ProgressEvent, { kind: "end" }>): void {
    const task = this.#running.get(number);
    if (task === undefined) return;
    this.#running.delete(number);
    if (this.#running.size === 0) this.#stop();
    if (task.isPart && outcome !== "failed") return;
    const amount = task.done === 0 ? "" : `${formatBytes(task.done)} `;
    const said = detail === "" ? "" : ` ${printableLine(detail)}`;
    const rest = ` ${amount}${formatDuration(this.#now() - task.started)}${said}`;
    const line = fitWidth(`${outcome.padEnd(6)} ${task.title}${rest}`, this.#width());
    this.#print(this.#paint(outcome, line.slice(0, 6)) + line.slice(6));
  }

  #paint(outcome: "done" | "cached" | "failed", text: string): string {
    return { done: this.#colors.green, cached: this.#colors.cyan, failed: this.#colors.red }[outcome](text);
  }

  #print(line: string): void {
    this.#write(`${line}\n`);
  }

  /** Replaces the drawn lines by `text` and the lines of now, in one write so that nothing flickers. */
  #write(text: string): void {
    const erase = this.#drawn > 0 ? `\x1b[${this.#drawn}A\x1b[0J` : "";
    const most = Math.max(1, Math.min(MOST_LINES, (this.#terminal.rows || 24) - 1));
    const running = [...this.#running.values()];
    const tasks = [...running.filter(({ isPart }) => !isPart), ...running.filter(({ isPart }) => isPart)].slice(
      0,
      most,
    );
    const lines = tasks.map((task) => fitWidth(this.#describe(task), this.#width()));
    this.#drawn = lines.length;
    const all = `${erase}${text}${lines.map((line) => `${line}\n`).join("")}`;
    if (all !== "") this.#terminal.write(all);
  }

  /** The last column stays free: some terminals wrap when it is filled. */
  #width(): number {
    return Math.max(1, (this.#terminal.columns || 80) - 1);
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #describe({ title: name, started, isPart, done, total }: Running): string {
    const title = isPart ? `  ${name}` : name;
    const time = formatDuration(this.#now() - started);
    if (total === undefined) return `       ${title} ${done === 0 ? "" : `${formatBytes(done)} `}${time}`;
    const percent = total === 0 ? 100 : Math.min(100, Math.floor((100 * done) / total));
    return `${String(percent).padStart(4)}%  ${title} ${formatBytes(done)} of ${formatBytes(total)} ${time}`;
  }
}
