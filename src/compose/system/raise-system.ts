import type { BinaryPackage } from "../../debian/package/package.ts";
import type { Task } from "../../lib/progress.ts";
import { Attributer } from "../../rootfs/node.ts";
import type { Owner } from "../../rootfs/owner.ts";
import { comparePaths } from "../../rootfs/path.ts";
import type { Tree } from "../../rootfs/tree.ts";
import { TreeEditor } from "../../rootfs/tree-editor.ts";
import type { Candidate } from "../choice/closure.ts";
import type { Payload } from "../packages/payload.ts";
import { EVERYTHING } from "../packages/slices.ts";
import { unpackPayloads } from "../packages/unpack.ts";
import { makeUsrMergeLinks } from "../packages/usr-merge.ts";
import { debianArchitecture } from "../request.ts";
import { configureScript, scriptEnvironment } from "./configure.ts";
import { enterPackages } from "./dpkg-database.ts";
import type { RootRunner } from "./root-runner.ts";
import { settled } from "./settle.ts";
import { writeSystemFiles, writeToolchainFiles } from "./system-files.ts";
import type { SystemRequest } from "./system-request.ts";

const SCRIPTS: Owner = { kind: "composed", piece: "maintainer scripts" };

/** What packages are installed on, and with what. */
export interface RaiseMeans {
  readonly request: SystemRequest;
  readonly below: Tree;
  /** The packages that it has. */
  readonly installed: readonly BinaryPackage[];
  /** Nothing is below. */
  readonly isFirst: boolean;
  readonly timestamp: number;
  readonly runner: RootRunner;
  readonly task: Task;
}

/** The root file system with these packages installed: unpacked, configured, and freed of what chance has a part in. */
export async function raiseSystem(
  payloads: readonly Payload[],
  candidates: readonly Candidate[],
  { request, below, installed, isFirst, timestamp, runner, task }: RaiseMeans,
): Promise<Tree> {
  const attributer = new Attributer();
  const editor = new TreeEditor(below);
  if (isFirst) {
    const owner = { kind: "composed", piece: "skeleton" } as const;
    makeUsrMergeLinks(editor, attributer, owner, debianArchitecture(request.platform));
  }
  const sorted = payloads.toSorted((a, b) => comparePaths(a.package.name, b.package.name));
  unpackPayloads(editor, sorted, attributer, installed, EVERYTHING);
  await enterPackages(editor, attributer, sorted);
  if (isFirst) writeSystemFiles(editor, attributer, request);
  else writeToolchainFiles(editor, attributer, request);
  const unpacked = editor.done();
  const script = configureScript(sorted, candidates, request, isFirst);
  const environment = scriptEnvironment(timestamp);
  const what = `the maintainer scripts of ${request.name}`;
  const configured = await runner.run(unpacked, { what, script, environment, owner: SCRIPTS }, task);
  return settled(configured, unpacked, request);
}
