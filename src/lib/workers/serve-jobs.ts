import { parentPort } from "node:worker_threads";
import { toPlainError } from "./messages.ts";

/** Makes this module, loaded as a worker of a WorkerPool, answer jobs with `handle`, one at a time. */
export function serveJobs<Job, Result>(handle: (job: Job) => Promise<Result>): void {
  const port = parentPort;
  if (port === null) throw new Error("serveJobs was called outside of a worker thread");
  port.on("message", (job: Job) => {
    handle(job).then(
      (result) => port.postMessage({ result }),
      (error: unknown) => port.postMessage({ error: toPlainError(error) }),
    );
  });
}
