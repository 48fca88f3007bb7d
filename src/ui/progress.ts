import { type Progress, type ProgressEvent, progressTo } from "../lib/progress.ts";
import { plainLines } from "./progress-plain.ts";
import { LiveRegion } from "./progress-tty.ts";

export type ProgressMode = "auto" | "tty" | "plain" | "json" | "quiet";

export const PROGRESS_MODES: readonly ProgressMode[] = ["auto", "tty", "plain", "json", "quiet"];

/** Where progress is shown, and how that ends. */
export interface ProgressDisplay {
  readonly progress: Progress;
  /** Leaves the terminal as it was found; nothing is shown afterwards. */
  close(): void;
}

/** Shows progress on `stream`: on a terminal in place, else a line per event; only warnings for "quiet". */
export function displayProgress(mode: ProgressMode, stream: NodeJS.WriteStream): ProgressDisplay {
  const chosen = mode === "auto" ? automatic(stream) : mode;
  if (chosen === "tty") {
    const region = new LiveRegion(stream);
    return { progress: progressTo((event) => region.handle(event)), close: () => region.close() };
  }
  return { progress: progressTo(listener(chosen, stream)), close: () => {} };
}

function automatic(stream: NodeJS.WriteStream): "tty" | "plain" {
  return stream.isTTY === true && !process.env.CI && process.env.TERM !== "dumb" ? "tty" : "plain";
}

function listener(mode: "plain" | "json" | "quiet", stream: NodeJS.WriteStream): (event: ProgressEvent) => void {
  switch (mode) {
    case "json":
      return (event) => stream.write(`${JSON.stringify(event)}\n`);
    case "plain":
      return plainLines((line) => stream.write(`${line}\n`));
    case "quiet":
      return (event) => {
        if (event.kind === "note" && event.level === "warning") stream.write(`warning: ${event.text}\n`);
      };
  }
}
