import { closeHttp } from "../lib/http/agent.ts";
import type { Progress } from "../lib/progress.ts";
import { displayProgress, type ProgressDisplay, type ProgressMode } from "../ui/progress.ts";

/** Runs work whose progress is shown on stderr; then the terminal is left as it was, and connections are closed. */
export async function withProgressShown<T>(mode: ProgressMode, work: (progress: Progress) => Promise<T>): Promise<T> {
  const display = displayProgress(mode, process.stderr);
  try {
    return await work(display.progress);
  } finally {
    await endShow(display);
  }
}

/** Ends what `displayProgress` began, and closes the connections that registries were asked over. */
export async function endShow(display: ProgressDisplay): Promise<void> {
  display.close();
  await closeHttp();
}
