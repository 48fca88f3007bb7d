import picocolors from "picocolors";
import { displayWidth, fitWidth } from "../lib/display-width.ts";
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

export interface LiveOptions {
  readonly colors?: boolean;
  readonly now?: () => number;
  /** What all tasks together do, such as "Building": a line above them counts them, as docker's does. None by default. */
  readonly phase?: string | undefined;
}

interface Running {
  readonly title: string;
  readonly started: number;
  /** Parts stand below the tasks, and are gone when they end: their task counts them. */
  readonly isPart: boolean;
  done: number;
  total: number | undefined;
  /** The last lines that its program wrote. */
  readonly tail: string[];
}

type Outcome = Extract<ProgressEvent, { kind: "end" }>["outcome"];

/** Milliseconds between two drawings. */
const INTERVAL = 80;
const MOST_LINES = 9;
/** Lines of a program that are shown below its task. */
const TAIL_LINES = 6;
const ARROW = " =>";

/** What stands before the title of a task that has ended. */
const WORDS: Readonly<Record<Outcome, string>> = { done: "", cached: "CACHED ", failed: "ERROR " };

/**
 * Running tasks as lines at the end of a terminal, redrawn in place; what has ended scrolls up and stays. A line is
 * ` => TITLE ... TIME`, the time at the right edge, as docker's progress has it. Task lines are cut to the terminal's
 * width, so that a line is one row; notes are written whole.
 */
export class LiveRegion {
  readonly #terminal: Terminal;
  readonly #colors: ReturnType<typeof picocolors.createColors>;
  readonly #now: () => number;
  readonly #phase: string | undefined;
  readonly #running = new Map<number, Running>();
  #begun: number | undefined;
  #count = 0;
  #ended = 0;
  #failed = false;
  #drawn = 0;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(terminal: Terminal, options: LiveOptions = {}) {
    this.#terminal = terminal;
    this.#colors = picocolors.createColors(options.colors ?? false);
    this.#now = options.now ?? Date.now;
    this.#phase = options.phase;
  }

  handle(event: ProgressEvent): void {
    if (this.#closed) return;
    switch (event.kind) {
      case "start":
        this.#start(event);
        break;
      case "advance": {
        const task = this.#running.get(event.task);
        if (task !== undefined) Object.assign(task, { done: event.done, total: event.total });
        break;
      }
      case "output":
        this.#output(event);
        break;
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

  /** Takes the running tasks off the terminal, and says so where all have ended well; what comes afterwards is not shown. */
  close(): void {
    this.#stop();
    const finished = this.#phase !== undefined && this.#ended > 0 && this.#ended === this.#count && !this.#failed;
    this.#running.clear();
    if (finished) this.#print(fitWidth(`${this.#header()} FINISHED`, this.#width()));
    else this.draw();
    this.#closed = true;
  }

  #start({ task, title, total, within }: Extract<ProgressEvent, { kind: "start" }>): void {
    const started = this.#now();
    this.#begun ??= started;
    const isPart = within !== undefined;
    if (!isPart) this.#count++;
    this.#running.set(task, { title: printableLine(title), started, isPart, done: 0, total, tail: [] });
    this.#timer ??= setInterval(() => this.draw(), INTERVAL).unref();
  }

  #output({ task, line }: Extract<ProgressEvent, { kind: "output" }>): void {
    const tail = this.#running.get(task)?.tail;
    tail?.push(printableLine(line));
    if (tail !== undefined && tail.length > TAIL_LINES) tail.shift();
  }

  #end({ task: number, outcome, detail }: Extract<ProgressEvent, { kind: "end" }>): void {
    const task = this.#running.get(number);
    if (task === undefined) return;
    this.#running.delete(number);
    if (!task.isPart) this.#ended++;
    if (outcome === "failed") this.#failed = true;
    if (this.#running.size === 0) this.#stop();
    if (task.isPart && outcome !== "failed") return;
    const amount = task.done === 0 ? "" : ` ${formatBytes(task.done)}`;
    const said = detail === "" ? "" : ` ${printableLine(detail)}`;
    const title = `${ARROW} ${WORDS[outcome]}${task.title}${amount}${said}`;
    this.#print(this.#paint(outcome, this.#line(title, this.#now() - task.started)));
  }

  #paint(outcome: Outcome, line: string): string {
    const paint = { done: this.#colors.green, cached: this.#colors.cyan, failed: this.#colors.red }[outcome];
    const length = ARROW.length + Math.max(0, WORDS[outcome].length);
    return paint(line.slice(0, length)) + line.slice(length);
  }

  #print(line: string): void {
    this.#write(`${line}\n`);
  }

  /** Replaces the drawn lines by `text` and the lines of now, in one write so that nothing flickers. */
  #write(text: string): void {
    const erase = this.#drawn > 0 ? `\x1b[${this.#drawn}A\x1b[0J` : "";
    const lines = this.#lines();
    this.#drawn = lines.length;
    const all = `${erase}${text}${lines.map((line) => `${line}\n`).join("")}`;
    if (all !== "") this.#terminal.write(all);
  }

  /** The running tasks, those that are parts last, below the header; no more than fit. */
  #lines(): readonly string[] {
    if (this.#running.size === 0) return [];
    const most = Math.max(1, Math.min(MOST_LINES, (this.#terminal.rows || 24) - 1));
    const running = [...this.#running.values()];
    const tasks = [...running.filter(({ isPart }) => !isPart), ...running.filter(({ isPart }) => isPart)];
    const lines = tasks.flatMap((task) => [
      this.#line(describe(task), this.#now() - task.started),
      ...task.tail.map((line) => this.#colors.dim(fitWidth(`${ARROW} => # ${line}`, this.#width()))),
    ]);
    const header = this.#phase === undefined || most < 2 ? [] : [fitWidth(this.#header(), this.#width())];
    return [...header, ...lines].slice(0, most);
  }

  #header(): string {
    const time = formatDuration(this.#now() - (this.#begun ?? this.#now()));
    return `[+] ${this.#phase} ${time} (${this.#ended}/${this.#count})`;
  }

  /** The title cut so that the time, at the right edge, stays. */
  #line(title: string, milliseconds: number): string {
    const time = formatDuration(milliseconds);
    const width = this.#width();
    const fitting = fitWidth(title, Math.max(1, width - time.length - 1));
    const space = Math.max(1, width - displayWidth(fitting) - time.length);
    return fitWidth(`${fitting}${" ".repeat(space)}${time}`, width);
  }

  /** The last column stays free: some terminals wrap when it is filled. */
  #width(): number {
    return Math.max(1, (this.#terminal.columns || 80) - 1);
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

function describe({ title, isPart, done, total }: Running): string {
  const name = `${ARROW} ${isPart ? "=> " : ""}${title}`;
  if (total === undefined) return done === 0 ? name : `${name} ${formatBytes(done)}`;
  const percent = total === 0 ? 100 : Math.min(100, Math.floor((100 * done) / total));
  return `${name} ${formatBytes(done)} / ${formatBytes(total)} ${percent}%`;
}
