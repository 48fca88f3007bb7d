/**
 * What long work tells whoever watches: an append-only stream of events. The work does not know whether a terminal,
 * a log or a program reads them (ui/progress.ts renders).
 */
export type ProgressEvent =
  | {
      readonly kind: "start";
      readonly task: number;
      readonly title: string;
      readonly total: number | undefined;
      /** The task that this one is a part of. */
      readonly within?: number;
    }
  | { readonly kind: "advance"; readonly task: number; readonly done: number; readonly total: number | undefined }
  | {
      readonly kind: "end";
      readonly task: number;
      readonly outcome: "done" | "cached" | "failed";
      readonly detail: string;
    }
  /** A line that a program wrote which the task runs. */
  | { readonly kind: "output"; readonly task: number; readonly line: string }
  | { readonly kind: "note"; readonly level: "info" | "warning"; readonly text: string };

/** A running task; amounts are bytes unless the title says otherwise. */
export interface Task {
  /** Sets how much is done, and the total once it is known. */
  advance(done: number, total?: number): void;
  /** A part of it, such as one download of many: shown while it runs, and told in one line. */
  part(title: string, total?: number): Task;
  /** A line that a program wrote which the task runs. */
  output(line: string): void;
  /** Ends the task; what is called after that says nothing. */
  end(outcome?: "done" | "cached" | "failed", detail?: string): void;
}

/** Where work reports to. */
export interface Progress {
  start(title: string, total?: number): Task;
  info(text: string): void;
  warn(text: string): void;
}

/** As `progress`, but what was warned of once is not warned of again. */
export function warningOnce(progress: Progress): Progress {
  const said = new Set<string>();
  return {
    start: (title, total) => progress.start(title, total),
    info: (text) => progress.info(text),
    warn: (text) => {
      if (!said.has(text)) progress.warn(text);
      said.add(text);
    },
  };
}

/** Turns calls into numbered events for `listener`. */
export function progressTo(listener: (event: ProgressEvent) => void): Progress {
  let tasks = 0;
  const start = (title: string, total: number | undefined, within?: number): Task => {
    const task = ++tasks;
    let known = total;
    let ended = false;
    listener({ kind: "start", task, title, total, ...(within === undefined ? {} : { within }) });
    return {
      advance(done, newTotal) {
        if (ended) return;
        known = newTotal ?? known;
        listener({ kind: "advance", task, done, total: known });
      },
      part: (partTitle, partTotal) => start(partTitle, partTotal, task),
      output(line) {
        if (!ended) listener({ kind: "output", task, line });
      },
      end(outcome = "done", detail = "") {
        if (ended) return;
        ended = true;
        listener({ kind: "end", task, outcome, detail });
      },
    };
  };
  return {
    start: (title, total) => start(title, total),
    info: (text) => listener({ kind: "note", level: "info", text }),
    warn: (text) => listener({ kind: "note", level: "warning", text }),
  };
}

/** Swallows everything. */
export const silentProgress: Progress = progressTo(() => {});

/**
 * Runs `work` as a task that ends as done, unless `work` ends it otherwise, or as failed when it throws, with the first
 * line of why.
 */
export async function asTask<T>(progress: Progress, title: string, work: (task: Task) => Promise<T>): Promise<T> {
  const task = progress.start(title);
  try {
    const value = await work(task);
    task.end("done");
    return value;
  } catch (error) {
    const [why = ""] = error instanceof Error ? error.message.split("\n") : [];
    task.end("failed", why);
    throw error;
  }
}
