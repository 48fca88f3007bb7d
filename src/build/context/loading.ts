import type { Progress, Task } from "../../lib/progress.ts";

/** Milliseconds between two words about how far it is. */
const EVERY = 100;

/** Tells that files of a context are read to be named, once there are any that were not known. */
export class ContextLoading {
  readonly #progress: Progress;
  readonly #title: string;
  #running = 0;
  #task: Task | undefined;
  #files = 0;
  #bytes = 0;
  #told = 0;

  /** `what`: as a FileSource calls itself. */
  constructor(progress: Progress, what: string) {
    this.#progress = progress;
    this.#title = `[internal] load ${what.replace(/^the /, "")}`;
  }

  /** Work in which files may be read, and which the task ends with. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#running++;
    try {
      const value = await work();
      this.#end("done");
      return value;
    } catch (error) {
      this.#end("failed");
      throw error;
    }
  }

  /** A file of so many bytes was read. */
  readonly note = (bytes: number): void => {
    if (this.#running === 0) return;
    this.#task ??= this.#progress.start(this.#title);
    this.#files++;
    this.#bytes += bytes;
    const now = Date.now();
    if (now - this.#told < EVERY) return;
    this.#told = now;
    this.#task.advance(this.#bytes);
  };

  #end(outcome: "done" | "failed"): void {
    if (--this.#running > 0 && outcome === "done") return;
    this.#task?.advance(this.#bytes);
    this.#task?.end(outcome, outcome === "done" ? `${this.#files} ${this.#files === 1 ? "file" : "files"}` : "");
    this.#task = undefined;
    this.#files = this.#bytes = 0;
  }
}
