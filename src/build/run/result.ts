import type { Digest } from "../../lib/digest.ts";
import type { RunStep } from "../../plan/run-step.ts";
import { BackingFile, readContent } from "../../rootfs/content.ts";
import type { RootPath } from "../../rootfs/path.ts";
import type { Tree } from "../../rootfs/tree.ts";
import type { StepSite } from "../steps/transfer.ts";
import { applyCaptured, type Captured } from "./captured.ts";

/** What a RUN led to, as it is remembered. */
export type Result = Readonly<{
  captured: Captured;
  /** Names what the files below became, whatever ran. */
  id: string;
  stubs: readonly RootPath[];
  /** Whether files of the mapping have owners of their own. */
  keepsOwners: boolean;
}>;

/** The files below with what the program changed. */
export async function applied(
  { run, stage }: StepSite,
  step: RunStep,
  lower: Tree,
  { captured, stubs, keepsOwners }: Result,
) {
  const { tree } = await applyCaptured(lower, await openCaptured(run.collaborators, captured, run), {
    owner: { kind: "step", stage, line: step.place.start.line },
    ...{ stubs, keepsOwners },
  });
  return tree;
}

/** What was captured, open until the build ends. */
export async function openCaptured(
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
