import type { ProgressEvent } from "../lib/progress.ts";
import { formatBytes, formatDuration } from "./format.ts";
import { printable, printableLine } from "./printable.ts";

interface Running {
  /** Tasks are counted as they begin; a part speaks under the number of its task. */
  readonly number: number;
  readonly title: string;
  readonly started: number;
  readonly isPart: boolean;
  done: number;
}

/**
 * For logs, in the shape of docker's plain progress: `#5 [build 2/4] COPY . /src` when a task begins, and `#5 DONE 0.3s`,
 * `#5 CACHED` or `#5 ERROR` when it ends; `#5 1.234 text` is a line that a program wrote. A part of a task, such as one download of many, is one line when it ends.
 */
export function plainLines(
  write: (line: string) => void,
  now: () => number = Date.now,
): (event: ProgressEvent) => void {
  const running = new Map<number, Running>();
  let count = 0;
  return (event) => {
    switch (event.kind) {
      case "start": {
        const title = printableLine(event.title);
        const isPart = event.within !== undefined;
        const within = event.within === undefined ? undefined : running.get(event.within);
        const number = within?.number ?? ++count;
        running.set(event.task, { number, title, started: now(), isPart, done: 0 });
        const total = event.total === undefined ? "" : ` (${formatBytes(event.total)})`;
        if (!isPart) write(`#${number} ${title}${total}`);
        break;
      }
      case "advance": {
        const task = running.get(event.task);
        if (task !== undefined) task.done = event.done;
        break;
      }
      case "output": {
        const task = running.get(event.task);
        if (task === undefined) break;
        const seconds = ((now() - task.started) / 1000).toFixed(3);
        write(`#${task.number} ${seconds} ${printableLine(event.line)}`);
        break;
      }
      case "end": {
        const task = running.get(event.task);
        running.delete(event.task);
        if (task !== undefined) write(`#${task.number} ${endOf(task, event, now() - task.started)}`);
        break;
      }
      case "note":
        write(event.level === "warning" ? `warning: ${printable(event.text)}` : printable(event.text));
        break;
    }
  };
}

function endOf(
  { title, isPart, done }: Running,
  { outcome, detail }: Extract<ProgressEvent, { kind: "end" }>,
  milliseconds: number,
): string {
  const said = printableLine(detail);
  const time = formatDuration(milliseconds);
  if (isPart) {
    const amount = done === 0 ? "" : ` ${formatBytes(done)}`;
    const took = outcome === "cached" ? "" : ` ${time}`;
    return `${title}${amount}${took} ${outcome}${said === "" ? "" : ` ${said}`}`;
  }
  if (outcome === "failed") return said === "" ? "ERROR" : `ERROR: ${said}`;
  const facts = [...(done === 0 ? [] : [formatBytes(done)]), ...(said === "" ? [] : [said])];
  return [outcome === "cached" ? "CACHED" : `DONE ${time}`, ...facts].join(", ");
}
