import type { ProgressEvent } from "../lib/progress.ts";
import { formatBytes, formatDuration } from "./format.ts";
import { printable, printableLine } from "./printable.ts";

interface Running {
  readonly title: string;
  readonly started: number;
  /** Announces the task where it takes long. */
  readonly timer: NodeJS.Timeout | undefined;
  done: number;
}

/** A task that takes longer, in milliseconds, is also told when it has begun, so that nobody wonders what goes on. */
const LONG = 2000;

/** For logs: one line for each task and each part of one when it ends, and one before that for a task that takes long. */
export function plainLines(
  write: (line: string) => void,
  now: () => number = Date.now,
): (event: ProgressEvent) => void {
  const running = new Map<number, Running>();
  return (event) => {
    switch (event.kind) {
      case "start": {
        const title = printableLine(event.title);
        const total = event.total === undefined ? "" : ` (${formatBytes(event.total)})`;
        const announce = (): void => write(`#${event.task} ${title}${total} ...`);
        const timer = event.within === undefined ? setTimeout(announce, LONG).unref() : undefined;
        running.set(event.task, { title, started: now(), timer, done: 0 });
        break;
      }
      case "advance": {
        const task = running.get(event.task);
        if (task !== undefined) task.done = event.done;
        break;
      }
      case "end": {
        const task = running.get(event.task);
        running.delete(event.task);
        if (task === undefined) break;
        clearTimeout(task.timer);
        const amount = task.done === 0 ? "" : ` ${formatBytes(task.done)}`;
        const detail = event.detail === "" ? "" : ` ${printableLine(event.detail)}`;
        const time = ` ${formatDuration(now() - task.started)}`;
        write(`#${event.task} ${event.outcome} ${task.title}${amount}${time}${detail}`);
        break;
      }
      case "note":
        write(event.level === "warning" ? `warning: ${printable(event.text)}` : printable(event.text));
        break;
    }
  };
}
