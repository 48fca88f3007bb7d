import { type Progress, type ProgressEvent, progressTo } from "../lib/progress.ts";
import { printable } from "./printable.ts";
import { plainLines } from "./progress-plain.ts";
import { LiveRegion, type Terminal } from "./progress-tty.ts";

export type ProgressMode = "auto" | "tty" | "plain" | "json" | "quiet";

export const PROGRESS_MODES: readonly ProgressMode[] = ["auto", "tty", "plain", "json", "quiet"];

/** Where progress is shown, and how that ends. */
export interface ProgressDisplay {
  readonly progress: Progress;
  /** Whether all that programs write has been told when it ends; else only what they wrote last was to be seen. */
  readonly tellsOutput: boolean;
  /** Leaves the terminal as it was found; nothing is shown afterwards. */
  close(): void;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Shows progress on `stream`: on a terminal in place, else a line per event; only warnings for "quiet". `phase` says what
 * all tasks together do, for a line that counts them on a terminal.
 */
export function displayProgress(
  mode: ProgressMode,
  stream: Terminal,
  environment: Environment = process.env,
  phase?: string,
): ProgressDisplay {
  const chosen = mode === "auto" ? automatic(stream, environment) : mode;
  if (chosen === "tty") {
    const region = new LiveRegion(stream, { colors: wantsColors(stream, environment), phase });
    return { progress: progressTo((event) => region.handle(event)), tellsOutput: false, close: () => region.close() };
  }
  const tellsOutput = chosen !== "quiet";
  return { progress: progressTo(listener(chosen, stream)), tellsOutput, close: () => {} };
}

function automatic(stream: Terminal, environment: Environment): "tty" | "plain" {
  return stream.isTTY === true && !environment.CI && environment.TERM !== "dumb" ? "tty" : "plain";
}

/** https://no-color.org and https://force-color.org; else colours where the stream itself is a terminal. */
function wantsColors(stream: Terminal, environment: Environment): boolean {
  if (environment.NO_COLOR) return false;
  if (environment.FORCE_COLOR) return environment.FORCE_COLOR !== "0";
  return stream.isTTY === true && environment.TERM !== "dumb";
}

function listener(mode: "plain" | "json" | "quiet", stream: Terminal): (event: ProgressEvent) => void {
  switch (mode) {
    case "json":
      return (event) => stream.write(`${JSON.stringify(event)}\n`);
    case "plain":
      return plainLines((line) => stream.write(`${line}\n`));
    case "quiet":
      return (event) => {
        if (event.kind === "note" && event.level === "warning") stream.write(`warning: ${printable(event.text)}\n`);
      };
  }
}
