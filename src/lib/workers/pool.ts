import { Worker } from "node:worker_threads";
import { cancelled, throwIfCancelled } from "../cancel.ts";
import { workerCount } from "./count.ts";
import { fromPlainError, type PlainAnswer } from "./messages.ts";

const MOST_WORKERS = 4;

/** Jobs stream bytes, whose garbage dies young: more room for it than this (MiB) takes memory and saves no time. */
const YOUNG_GENERATION = 2;

/** Where the worker module `name` is: `name.ts` beside the source that asks, `name.js` beside a bundle. */
export function workerUrl(importMetaUrl: string, name: string): URL {
  const extension = /\.ts(\?|$)/.test(importMetaUrl) ? "ts" : "js";
  return new URL(`./${name}.${extension}`, importMetaUrl);
}

/** One call that waits for a worker or runs in one. */
interface Call<Job, Result> {
  readonly job: Job;
  readonly signal: AbortSignal | undefined;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Threads that run jobs of one kind, each with what `serveJobs` was given in the worker's module. A thread is started
 * when a job finds none idle, up to `size`, and kept until `close`; an idle one does not keep the process alive.
 */
export class WorkerPool<Job, Result> {
  readonly #module: URL;
  readonly #size: number;
  readonly #idle: Worker[] = [];
  readonly #all = new Set<Worker>();
  readonly #queue: Call<Job, Result>[] = [];
  #closed = false;

  constructor(module: URL, options: { readonly size?: number } = {}) {
    this.#module = module;
    this.#size = Math.max(1, options.size ?? workerCount(MOST_WORKERS));
  }

  /** How many jobs run at a time. */
  get size(): number {
    return this.#size;
  }

  /**
   * Runs a job; it and its result are copied between threads. The worker's DistillError is thrown as one here. An
   * abort stops the job's thread at once, with nothing of the job's left to clean up behind itself.
   */
  run(job: Job, signal?: AbortSignal): Promise<Result> {
    throwIfCancelled(signal);
    if (this.#closed) return Promise.reject(new Error("the worker pool is closed"));
    return new Promise<Result>((resolve, reject) => {
      this.#queue.push({ job, signal, resolve, reject });
      this.#next();
    });
  }

  /** Ends every thread; jobs that have not ended fail with CANCELLED. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const call of this.#queue.splice(0)) call.reject(cancelled());
    await Promise.all([...this.#all].map((worker) => worker.terminate()));
  }

  #next(): void {
    const call = this.#queue[0];
    if (call === undefined) return;
    const worker = this.#idle.pop() ?? (this.#all.size < this.#size ? this.#start() : undefined);
    if (worker === undefined) return;
    this.#queue.shift();
    if (call.signal?.aborted) {
      call.reject(cancelled());
      this.#rest(worker);
    } else {
      this.#run(worker, call);
    }
  }

  #start(): Worker {
    const worker = new Worker(this.#module, { resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION } });
    this.#all.add(worker);
    worker.once("exit", () => {
      this.#all.delete(worker);
      const index = this.#idle.indexOf(worker);
      if (index >= 0) this.#idle.splice(index, 1);
    });
    return worker;
  }

  #run(worker: Worker, call: Call<Job, Result>): void {
    const detach = (): void => {
      worker.off("message", onMessage).off("error", onError).off("exit", onExit);
      call.signal?.removeEventListener("abort", onAbort);
    };
    const settle = (deliver: () => void, reusable: boolean): void => {
      detach();
      deliver();
      if (reusable) this.#rest(worker);
      else this.#next();
    };
    const onMessage = (answer: PlainAnswer<Result>): void =>
      settle(
        () => ("result" in answer ? call.resolve(answer.result) : call.reject(fromPlainError(answer.error))),
        true,
      );
    const onError = (error: unknown): void => {
      this.#all.delete(worker);
      settle(() => call.reject(error), false);
    };
    const onExit = (status: number): void =>
      settle(() => call.reject(this.#closed ? cancelled() : new Error(`a worker ended with status ${status}`)), false);
    // The job fails only once its thread is gone, so that whoever cleans up behind it finds nothing still being written.
    const onAbort = (): void => {
      detach();
      void worker.terminate().then(() => settle(() => call.reject(cancelled()), false));
    };
    worker.on("message", onMessage).on("error", onError).on("exit", onExit).ref();
    call.signal?.addEventListener("abort", onAbort, { once: true });
    worker.postMessage(call.job);
  }

  #rest(worker: Worker): void {
    worker.unref();
    this.#idle.push(worker);
    this.#next();
  }
}
