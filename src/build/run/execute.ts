import { DistillError } from "../../lib/errors.ts";
import type { Task } from "../../lib/progress.ts";
import type { RunStep } from "../../plan/run-step.ts";
import { type ProcessUser, resolveProcessUser } from "../../rootfs/accounts.ts";
import type { Change } from "../../rootfs/diff.ts";
import { pathFromText, type RootPath } from "../../rootfs/path.ts";
import type { Tree } from "../../rootfs/tree.ts";
import type { Job, JobMount, Stub } from "../../sandbox/job.ts";
import { oneUserOnly } from "../../sandbox/machine/one-user.ts";
import { findTargets } from "../../sandbox/root/targets.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import type { SnapshotDraft } from "../../store/snapshots.ts";
import type { JsonValue } from "../../store/steps.ts";
import type { StageState } from "../stage-state.ts";
import type { StepSite } from "../steps/transfer.ts";
import { fingerprintOfChanges } from "../transfer/fingerprint.ts";
import { layerChanges } from "../transfer/layer-changes.ts";
import { aptFiles } from "./apt-files.ts";
import { applyCaptured, capture } from "./captured.ts";
import { inTurn, leasesOf } from "./exclusive.ts";
import { lowersOf, programLayerKey } from "./lowers.ts";
import type { ProgramMeans } from "./means.ts";
import { networkOf } from "./means.ts";
import type { ResolvedMounts } from "./mounts.ts";
import { networkFiles } from "./network-files.ts";
import { ProgramLog } from "./program-log.ts";
import { refuseMissing } from "./refusals.ts";
import { openCaptured, type Result } from "./result.ts";

/** What a program runs in calls itself so, on every machine. */
const HOSTNAME = "distill";

/** What a program led to that has just run, and the files. */
export interface Executed {
  readonly result: Result;
  readonly tree: Tree;
}

/** Runs the program. RUN_FAILED with its log, ENVIRONMENT where this machine cannot run it, CANCELLED. */
export async function execute(
  site: StepSite,
  state: StageState,
  step: RunStep,
  { mounts, secrets }: ResolvedMounts,
  means: ProgramMeans,
  task: Task | undefined,
): Promise<Executed> {
  const { run, stage } = site;
  const { store, lease, signal } = run.collaborators;
  const sandbox = await means.sandbox();
  const lower = await state.files.tree();
  refuseMissing(step, lower);
  const lowers = await lowersOf(run, sandbox, state.files);
  const user = withOwnGroup(await resolveProcessUser(lower, step.user ?? ""), sandbox);
  const exclusive = mounts.flatMap(({ exclusive: each }) => (each === undefined ? [] : [each]));
  const upper = store.draftSnapshot(lease);
  const log = new ProgramLog(task, secrets.values);
  const network = networkOf(step, means);
  const standing = [...networkFiles(HOSTNAME, network), ...(sandbox.mapping.kind === "single" ? aptFiles(lower) : [])];
  const { targets, stubs } = findTargets(lower, [...standing, ...mounts]);
  const began = Date.now() / 1000;
  const status = await inTurn(site, exclusive, async (numberOf) => {
    await using _used = leasesOf(
      store,
      mounts.flatMap(({ cache }) => (cache === undefined ? [] : [cache])),
    );
    const opened: JobMount[] = [];
    for (const [index, each] of [...standing, ...mounts].entries()) {
      const number = "exclusive" in each && each.exclusive !== undefined ? numberOf(each.exclusive.purpose) : 0;
      const source = await each.open(sandbox, number);
      opened.push({ ...source, target: targets[index] as RootPath });
    }
    const job: Job = {
      ...{ lowers, upper, arguments: step.arguments, user, hostname: HOSTNAME, network, stubs, signal },
      environment: environmentOf(step, user, secrets.variables),
      directory: lower.follow(pathFromText(step.directory)).path,
      mounts: inOrder(opened),
      onOutput: (chunk, stream) => log.add(chunk, stream),
    };
    // Awaited here: what is held for the job is held until it has ended.
    return await sandbox.run(job, lease);
  });
  log.end();
  if (status !== 0) throw failed(status, log, sandbox);
  const captured = await capture(lease, sandbox.files.pack(upper, signal));
  const keepsOwners = sandbox.mapping.kind === "single";
  const paths = stubs.map(({ path }) => path);
  const { tree, left } = await applyCaptured(lower, await openCaptured(run.collaborators, captured, run), {
    owner: { kind: "step", stage, line: step.place.start.line },
    ...{ stubs: paths, keepsOwners },
  });
  const changes = [...(await layerChanges(lower, tree, "files"))];
  const id = run.key("after", state.files.id, await fingerprintOfChanges(changes, signal), timesBefore(began, changes));
  await keepUpper(site, sandbox, state, upper, { left, id, bytes: captured.bytes });
  return { result: { captured, id, stubs: paths, keepsOwners }, tree };
}

/**
 * Times that a program chose: make and the like look at them, so files that differ in nothing else are not the same. Those of the
 * time when it ran tell nothing.
 */
function timesBefore(began: number, changes: readonly Change[]): readonly JsonValue[] {
  return changes.flatMap(({ path, node }) => {
    if (node === undefined || node.type === "directory" || node.attributes.mtime >= began) return [];
    return [[path, node.attributes.mtime]];
  });
}

/**
 * A program's own group is among its others: else one that gives it away would get at what that group is kept from. Where there is
 * one user only, nobody may choose groups.
 */
function withOwnGroup(user: ProcessUser, { mapping }: Sandbox): ProcessUser {
  if (mapping.kind === "single") return user;
  return { ...user, groups: [...new Set([user.gid, ...user.groups])] };
}

/** What the program left is a lower layer for the next one. */
async function keepUpper(
  { run }: StepSite,
  sandbox: Sandbox,
  state: StageState,
  upper: SnapshotDraft,
  { left, id, bytes }: { readonly left: readonly Stub[]; readonly id: string; readonly bytes: number },
): Promise<void> {
  await sandbox.files.removeStubs(upper, left);
  upper.complete(programLayerKey(run, sandbox, state.files, id), bytes);
}

/** What is mounted at a path comes before what is mounted below it. */
function inOrder(mounts: readonly JobMount[]): readonly JobMount[] {
  const depth = ({ target }: JobMount): number => target.split("/").length;
  return mounts.toSorted((a, b) => depth(a) - depth(b));
}

/** Later ones count. */
function environmentOf(step: RunStep, { home }: ProcessUser, secrets: readonly string[]): readonly string[] {
  const values = new Map<string, string>([["HOME", home]]);
  for (const each of [...step.proxies, ...step.environment, ...secrets]) {
    const at = each.indexOf("=");
    values.set(each.slice(0, at), each.slice(at + 1));
  }
  return [...values].map(([name, value]) => `${name}=${value}`);
}

/** With one user, much fails in ways that look like anything: no output tells them apart from a fault of the program. */
function failed(status: number, log: ProgramLog, { mapping }: Sandbox): DistillError {
  const why = status > 128 && status < 160 ? `was ended by signal ${status - 128}` : `ended with status ${status}`;
  if (mapping.kind === "single") {
    return oneUserOnly(`the program ${why}, maybe since it could not change owners or become another user`, log.text());
  }
  return new DistillError("RUN_FAILED", `the program ${why}`, { log: log.text() });
}
