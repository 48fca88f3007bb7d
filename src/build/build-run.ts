import { setTimeout as sleep } from "node:timers/promises";
import { orCancelled, throwIfCancelled, untilCancelled } from "../lib/cancel.ts";
import { type Digest, digestOf, hexOf } from "../lib/digest.ts";
import { DistillError, isDistillError } from "../lib/errors.ts";
import { silentProgress } from "../lib/progress.ts";
import type { Place } from "../plan/place.ts";
import type { Plan, Stage, Step } from "../plan/plan.ts";
import type { Change as TreeChange } from "../rootfs/diff.ts";
import { writeLayer } from "../rootfs/layer-writer.ts";
import type { Tree } from "../rootfs/tree.ts";
import type { JsonValue } from "../store/steps.ts";
import type { BuildCollaborators } from "./collaborators.ts";
import type { Memory } from "./context/selection-memory.ts";
import { LayerFiles } from "./layer-files.ts";
import type { FileMove, MadeLayer } from "./stage-layer.ts";
import { StepReport } from "./step-report.ts";
import { CarriedPackages } from "./transfer/carried-packages.ts";
import { withBytecodeTimes } from "./transfer/python-bytecode.ts";

/** Milliseconds that a program that was ended may take until nothing is left of it. */
const LONGEST_CLEARING = 5000;

/** Changes whenever the same step would make other bytes. */
const SEMANTICS = 4;

/** Changes whenever more is remembered of a layer that was made. */
const LAYER_FORM = 1;

/** One build while it runs: what its steps share. */
export class BuildRun implements AsyncDisposable {
  readonly plan: Plan;
  readonly collaborators: BuildCollaborators;
  readonly layerFiles: LayerFiles;
  readonly carried = new CarriedPackages();
  readonly #open: AsyncDisposable[] = [];
  readonly #reports: StepReport[] = [];
  readonly #making = new Map<string, Promise<MadeLayer>>();

  constructor(plan: Plan, collaborators: BuildCollaborators) {
    this.plan = plan;
    this.collaborators = collaborators;
    this.layerFiles = new LayerFiles(collaborators.store, collaborators.lease, collaborators.signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.layerFiles[Symbol.asyncDispose]();
    for (const each of this.#open) await each[Symbol.asyncDispose]();
  }

  /** Keeps something open as long as the build runs: contents of trees are read from it. */
  closeAtEnd(opened: AsyncDisposable): void {
    this.#open.push(opened);
  }

  /** A key for what these values determine. */
  key(...parts: readonly JsonValue[]): string {
    return digestOf(JSON.stringify([SEMANTICS, ...parts]));
  }

  /** The key of a layer: the files that it leads to, and the times that its entries carry. */
  layerKey(id: string): string {
    const { keepTimes = false, timestamp } = this.collaborators;
    return this.key("layer", LAYER_FORM, id, timestamp, keepTimes);
  }

  /** Announces a step; what is never told of counts as cached when the build has ended. */
  report(title: string): StepReport {
    const report = new StepReport(this.collaborators.progress, title);
    this.#reports.push(report);
    return report;
  }

  /** For a step that nobody is told of. */
  quietly(): StepReport {
    return new StepReport(silentProgress, "");
  }

  endReports(): void {
    for (const report of this.#reports) report.endUnneeded();
  }

  usesCache(stage: Stage): boolean {
    const { withoutCache } = this.collaborators;
    if (withoutCache === undefined) return true;
    return withoutCache !== "all" && !withoutCache.has(stage.name.toLowerCase());
  }

  /** A value that follows from its key alone: remembered, or else found out. */
  async remembered<T extends JsonValue>(key: string, find: () => Promise<T>): Promise<T> {
    const { store } = this.collaborators;
    const known = store.recallStep(key);
    if (known !== undefined) return known as T;
    const found = await find();
    store.rememberStep(key, found, []);
    return found;
  }

  /** Where values are kept that hold only as long as something else does, which they come with. */
  get memory(): Memory {
    const { store } = this.collaborators;
    return {
      recall: (key) => store.recallStep(this.key(...key)),
      remember: (key, value) => store.rememberStep(this.key(...key), value, []),
    };
  }

  /** The layer of this key, where it was made before; held from then on. */
  recallLayer(key: string): MadeLayer | undefined {
    return this.collaborators.store.recallStep(key, this.collaborators.lease) as MadeLayer | undefined;
  }

  /**
   * The layer of this key: found, or made by one builder at a time, of this process or another one. `changes` says what it
   * holds, and to which files it leads.
   */
  layer(
    key: string,
    cached: boolean,
    report: StepReport,
    changes: () => Promise<{
      readonly changes: Iterable<TreeChange>;
      readonly tree: Tree;
      readonly moves: readonly FileMove[];
    }>,
  ): Promise<MadeLayer> {
    const running = this.#making.get(key);
    if (running !== undefined) return running;
    const made = report.run(async (task) => {
      const { store, lease, signal, timestamp, keepTimes = false, packing = "now" } = this.collaborators;
      let wasMade = false;
      const found = await store.onceAmongBuilders(
        `step ${hexOf(key as Digest)}`,
        {
          find: () => (cached ? this.recallLayer(key) : undefined),
          make: async () => {
            wasMade = true;
            const { changes: found, tree, moves } = await changes();
            const entries = keepTimes ? found : withBytecodeTimes(found, tree, timestamp);
            const tar = writeLayer(entries, { timestamp: keepTimes ? "keep" : timestamp });
            const { diffID } = await store.writeLayer(lease, untilCancelled(tar, signal));
            const layer = { diffID, files: tree.countFiles(), moves };
            store.rememberStep(key, layer, [diffID]);
            return layer;
          },
        },
        signal,
      );
      if (!wasMade) task?.end("cached");
      if (packing === "now") store.packInBackground(found.diffID);
      return found;
    });
    this.#making.set(key, made);
    return made;
  }

  /** Runs work of a step; what it fails with is told with the step's place in the build file. */
  async at<T>(step: Step, work: () => Promise<T>): Promise<T> {
    const { signal } = this.collaborators;
    throwIfCancelled(signal);
    const working = work();
    try {
      return await orCancelled(working, signal);
    } catch (error) {
      // What a program leaves is cleared away before the process ends.
      if (step.kind === "run") await settledSoon(working);
      throw "place" in step ? this.#placed(error, step.place) : error;
    }
  }

  #placed(error: unknown, place: Place): unknown {
    if (!isDistillError(error) || error.code === "CANCELLED") return error;
    const where = `${place.file}:${place.start.line}`;
    if (error.message.startsWith(`${place.file}:`)) return error;
    const excerpt = this.collaborators.excerpt?.(place);
    const message = `${where}: ${error.message}${excerpt === undefined ? "" : `\n${excerpt}`}`;
    const { code, hint, log, cause } = error;
    return new DistillError(code, message, { ...(hint === undefined ? {} : { hint }), ...(log && { log }), cause });
  }
}

/** Resolves when the work has ended, however it has, or has not for some seconds. */
async function settledSoon(work: Promise<unknown>): Promise<void> {
  const timer = new AbortController();
  const late = sleep(LONGEST_CLEARING, undefined, { signal: timer.signal });
  await Promise.allSettled([Promise.race([work, late])]);
  timer.abort();
  await Promise.allSettled([late]);
}
