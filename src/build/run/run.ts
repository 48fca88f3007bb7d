import { existsSync } from "node:fs";
import { join } from "node:path";
import { formatPlatform, hostPlatform, type Platform } from "../../image/platform.ts";
import type { Digest } from "../../lib/digest.ts";
import { DistillError } from "../../lib/errors.ts";
import type { Task } from "../../lib/progress.ts";
import type { Origin } from "../../plan/origin.ts";
import type { RunStep } from "../../plan/run-step.ts";
import { type ProcessUser, resolveProcessUser } from "../../rootfs/accounts.ts";
import { BackingFile, readContent } from "../../rootfs/content.ts";
import type { Change } from "../../rootfs/diff.ts";
import { pathFromText, type RootPath } from "../../rootfs/path.ts";
import type { Tree } from "../../rootfs/tree.ts";
import type { Job, JobMount, Stub } from "../../sandbox/job.ts";
import { oneUserOnly } from "../../sandbox/machine/one-user.ts";
import { findTargets } from "../../sandbox/root/targets.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import type { SnapshotDraft } from "../../store/snapshots.ts";
import type { JsonValue } from "../../store/steps.ts";
import type { Store } from "../../store/store.ts";
import type { FileSource } from "../collaborators.ts";
import { lazyLayer } from "../stage-layer.ts";
import type { StageState } from "../stage-state.ts";
import type { StepSite } from "../steps/transfer.ts";
import { fingerprintOfChanges } from "../transfer/fingerprint.ts";
import { layerChanges } from "../transfer/layer-changes.ts";
import { aptFiles } from "./apt-files.ts";
import { applyCaptured, type Captured, capture, revived } from "./captured.ts";
import { lowersOf, programLayerKey } from "./lowers.ts";
import type { ProgramMeans } from "./means.ts";
import { type ResolvedMounts, resolveMounts } from "./mounts.ts";
import { networkFiles } from "./network-files.ts";
import { ProgramLog } from "./program-log.ts";

/** What a program runs in calls itself so, on every machine. */
const HOSTNAME = "distill";

/** What a RUN led to, as it is remembered. */
type Result = Readonly<{
  captured: Captured;
  /** Names what the files below became, whatever ran. */
  id: string;
  stubs: readonly RootPath[];
  /** Whether files of the mapping have owners of their own. */
  keepsOwners: boolean;
}>;

/** What a program led to that has just run, and the files. */
interface Executed {
  readonly result: Result;
  readonly tree: Tree;
}

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

function refuseWhatIsNotThere({ security, devices }: RunStep): void {
  const device = devices.find(({ required }) => required);
  if (security === "insecure") {
    throw new DistillError(
      "UNSUPPORTED",
      "RUN --security=insecure is not supported: no program gets all capabilities",
      {
        hint: "leave the flag out",
      },
    );
  }
  if (device === undefined) return;
  throw new DistillError(
    "UNSUPPORTED",
    `RUN --device=${device.name} is not supported: there are no devices of this machine`,
    {
      hint: "leave the flag out, or say required=false",
    },
  );
}

/** The kernel runs programs of its own processor, and those of others where somebody has registered an interpreter. */
function refuseForeign({ run, stage }: StepSite): void {
  const { platform } = run.plan.stages.find(({ name }) => name === stage)?.written ?? run.plan;
  const own = hostPlatform();
  if (platform.architecture === own.architecture || hasInterpreter(platform)) return;
  throw new DistillError(
    "ENVIRONMENT",
    `programs for ${formatPlatform(platform)} do not run on this machine, which is ${formatPlatform(own)}`,
    {
      hint: "let the stage begin with FROM --platform=$BUILDPLATFORM, build on such a machine, or: apt install qemu-user-static",
    },
  );
}

function hasInterpreter({ architecture }: Platform): boolean {
  const name = { arm64: "qemu-aarch64", amd64: "qemu-x86_64" }[architecture] ?? `qemu-${architecture}`;
  return existsSync(join("/proc/sys/fs/binfmt_misc", name));
}

/** A program that is named by its whole path, as shells are, is looked for before anything is mounted. */
function refuseMissing({ arguments: [program = ""], mounts }: RunStep, lower: Tree): void {
  if (!program.startsWith("/") || lower.find(program) !== undefined) return;
  if (mounts.some(({ target }) => target !== undefined && (program === target || program.startsWith(`${target}/`))))
    return;
  const isShell = program === "/bin/sh";
  throw new DistillError("NO_SUCH_PATH", `${program} is not in the image, and RUN needs it`, {
    hint: isShell
      ? 'images without a shell run what is in them with RUN ["/PROGRAM", "ARGUMENT"]; let another stage do the work, and COPY --from it'
      : "check the path, and in which stage the program is installed",
  });
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

function networkOf({ network }: RunStep, means: ProgramMeans): "host" | "none" {
  return network === "default" ? means.network : network;
}

async function applied({ run, stage }: StepSite, step: RunStep, lower: Tree, { captured, stubs, keepsOwners }: Result) {
  const { tree } = await applyCaptured(lower, await openCaptured(run.collaborators, captured, run), {
    owner: { kind: "step", stage, line: step.place.start.line },
    ...{ stubs, keepsOwners },
  });
  return tree;
}

async function openCaptured(
  { store }: StepSite["run"]["collaborators"],
  { archive, digests }: Captured,
  run: StepSite["run"],
) {
  const file = new BackingFile(store.blobPath(archive), undefined, archive);
  run.closeAtEnd({ [Symbol.asyncDispose]: () => file.close() });
  const size = store.blob(digests)?.size ?? 0;
  const list = new BackingFile(store.blobPath(digests as Digest));
  try {
    return { archive: file, digests: await readContent(list.range(0, size), size) };
  } finally {
    await list.close();
  }
}

async function execute(
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
    return sandbox.run(job, lease);
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

/** One for each cache, so that nobody removes it. */
function leasesOf(store: StepSite["run"]["collaborators"]["store"], purposes: readonly string[]): AsyncDisposable {
  const leases = [...new Set(purposes)].map((purpose) => store.lease(`${purpose} in use`));
  return {
    [Symbol.asyncDispose]: async () => {
      for (const lease of leases) await lease.release();
    },
  };
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

/** Waits for what nobody else may use at the same time; in an order that is the same for everybody, so that nobody waits for ever. */
async function inTurn<T>(
  { run }: StepSite,
  exclusive: readonly { readonly purpose: string; readonly sharing: "private" | "locked" }[],
  work: (numberOf: (purpose: string) => number) => Promise<T>,
): Promise<T> {
  const { store, signal } = run.collaborators;
  const numbers = new Map<string, number>();
  const sorted = [...new Map(exclusive.map((each) => [each.purpose, each])).values()].sort((a, b) =>
    a.purpose < b.purpose ? -1 : 1,
  );
  const enter = async (index: number): Promise<T> => {
    const next = sorted[index];
    if (next === undefined) return work((purpose) => numbers.get(purpose) ?? 0);
    const within = async (number: number): Promise<T> => {
      numbers.set(next.purpose, number);
      return enter(index + 1);
    };
    if (next.sharing === "locked") return store.alone(next.purpose, () => within(0), signal);
    return store.withFreeNumber(next.purpose, within);
  };
  return enter(0);
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
