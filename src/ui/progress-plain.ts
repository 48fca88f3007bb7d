import type { ProgressEvent } from "../lib/progress.ts";
import { formatBytes, formatDuration } from "./format.ts";
import { printable, printableLine } from "./printable.ts";

interface Running {
  readonly started: number;
  done: number;
}

/** For logs: a line when a task begins and one when it ends, numbered so that parallel tasks can be told apart. */
export function plainLines(
  write: (line: string) => void,
  now: () => number = Date.now,
): (event: ProgressEvent) => void {
  const running = new Map<number, Running>();
  return (event) => {
    switch (event.kind) {
      case "start": {
        running.set(event.task, { started: now(), done: 0 });
        const total = event.total === undefined ? "" : ` (${formatBytes(event.total)})`;
        write(`#${event.task} ${printableLine(event.title)}${total}`);
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
        const amount = task === undefined || task.done === 0 ? "" : ` ${formatBytes(task.done)}`;
        const time = task === undefined ? "" : ` ${formatDuration(now() - task.started)}`;
        const detail = event.detail === "" ? "" : ` ${printableLine(event.detail)}`;
        write(`#${event.task} ${event.outcome}${amount}${time}${detail}`);
        break;
      }
      case "note":
        write(event.level === "warning" ? `warning: ${printable(event.text)}` : printable(event.text));
        break;
    }
  };
}
