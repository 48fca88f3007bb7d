import type { Origin } from "../../plan/origin.ts";
import type { RunStep } from "../../plan/run-step.ts";
import type { Store } from "../../store/store.ts";
import type { FileSource } from "../collaborators.ts";
import { lazyLayer } from "../stage-layer.ts";
import type { StageState } from "../stage-state.ts";
import type { StepSite } from "../steps/transfer.ts";
import { layerChanges } from "../transfer/layer-changes.ts";
import { revived } from "./captured.ts";
import { type Executed, execute } from "./execute.ts";
import type { ProgramMeans } from "./means.ts";
import { networkOf } from "./means.ts";
import { type ResolvedMounts, resolveMounts } from "./mounts.ts";
import { refuseForeign, refuseWhatIsNotThere } from "./refusals.ts";
import { applied, type Result } from "./result.ts";

/** RUN: the program runs now, unless the same one did on the same files; its layer is made when somebody needs it. */
export async function runProgram(
  site: StepSite,
  state: StageState,
  step: RunStep,
  filesOf: (origin: Origin) => Promise<FileSource>,
): Promise<StageState> {
  const { run, stage, report, cached } = site;
  const means = meansOf(site, step);
  refuseWhatIsNotThere(step);
  refuseForeign(site);
  const mounts = await resolveMounts(run, means, step, filesOf);
  const key = keyOf(site, state, step, mounts, means);
  const { store, lease, signal } = run.collaborators;
  const find = (): Result | undefined => (cached ? (store.recallStep(key, lease) as Result | undefined) : undefined);
  let made: Executed | undefined;
  const result = await report.run(async (task) => {
    await revive(site, key, find());
    const work = async (): Promise<Result> => {
      made = await execute(site, state, step, mounts, means, task);
      remember(store, key, made.result);
      return made.result;
    };
    const led = await store.onceAmongBuilders(`run ${key}`, { find, make: work }, signal);
    if (made === undefined) task?.end("cached");
    return led;
  });
  const tree = made?.tree;
  const files = state.files.afterProgram(result.id, async (lower) => tree ?? applied(site, step, lower, result));
  const where = { text: step.text, stage, line: step.place.start.line };
  const layerKey = run.layerKey(run.key("program", state.files.id, result.captured.archive));
  const layer = lazyLayer(where, () =>
    run.at(step, () =>
      run.layer(layerKey, cached, report, async () => {
        const [lower, upper] = await Promise.all([state.files.tree(), files.tree()]);
        const times = run.collaborators.keepTimes ? "files" : "none";
        return { changes: await layerChanges(lower, upper, times), tree: upper, moves: [] };
      }),
    ),
  );
  return { ...state, files, layers: [...state.layers, layer] };
}

/** What an earlier boot of the machine left is used only when it is whole. */
async function revive({ run }: StepSite, key: string, known: Result | undefined): Promise<void> {
  if (known === undefined) return;
  const { store } = run.collaborators;
  const captured = await revived(store, known.captured);
  if (captured === undefined) store.forgetStep(key);
  else if (captured !== known.captured) remember(store, key, { ...known, captured });
}

function remember(store: Store, key: string, result: Result): void {
  store.rememberStep(key, result, [result.captured.archive, result.captured.digests]);
}

function meansOf({ run }: StepSite, { text }: RunStep): ProgramMeans {
  const { programs } = run.collaborators;
  if (programs === undefined) throw new Error(`a plan with ${text} was built without means to run programs`);
  return programs;
}

/** All that decides what the program finds; not what proxies there are, what secrets are, or what caches hold. */
function keyOf(
  { run }: StepSite,
  state: StageState,
  step: RunStep,
  { mounts }: ResolvedMounts,
  means: ProgramMeans,
): string {
  const { arguments: words, environment, directory, user = null } = step;
  const described = mounts.map((each) => each.described);
  return run.key("run", state.files.id, words, environment, directory, user, described, networkOf(step, means));
}
