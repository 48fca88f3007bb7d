import { asTask, type Progress, type Task } from "../lib/progress.ts";

/** Tells of one step of a build: once, when it is done, found done, or not needed at all. */
export class StepReport {
  readonly title: string;
  readonly #progress: Progress;
  #told = false;

  constructor(progress: Progress, title: string) {
    this.#progress = progress;
    this.title = title;
  }

  /** Does the step's work as its task; work that follows is a part of it and is not told again. */
  run<T>(work: (task: Task | undefined) => Promise<T>): Promise<T> {
    if (this.#told) return work(undefined);
    this.#told = true;
    return asTask(this.#progress, this.title, work);
  }

  /** The build has ended well without it: what depends on it was there. */
  endUnneeded(): void {
    if (this.#told) return;
    this.#told = true;
    this.#progress.start(this.title).end("cached");
  }
}
