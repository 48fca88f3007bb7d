import type { Account } from "../accounts.ts";
import type { Attributer } from "../node.ts";
import type { Owner } from "../owner.ts";
import type { RootPath } from "../path.ts";
import type { TreeEditor } from "../tree-editor.ts";
import type { OpenArchive } from "./open-archive.ts";
import { type UnpackOptions, unpackArchive } from "./unpacker.ts";

export interface UnpackIntoOptions extends UnpackOptions {
  /** Whom all entries of the archive belong to (--chown), and not the directories that it leaves out. */
  readonly account: Account | undefined;
  /** Who put there what is written. */
  readonly owner: Owner;
  readonly attributer: Attributer;
}

/** Seconds: what a time in nanoseconds and 64 bits ends with. */
const LAST_TIME = (2 ** 63 - 1) / 1e9;

/**
 * Unpacks an archive into a directory that exists, as ADD does: owners, modes (setuid, sticky), times and extended
 * attributes are the archive's, devices and fifos are kept. Missing parents are made 0755, owned by root. See
 * unpackArchive for what becomes of what is there already, what is given, and the failures.
 */
export function unpackInto(
  editor: TreeEditor,
  destination: RootPath,
  archive: OpenArchive,
  options: UnpackIntoOptions,
): Promise<ReadonlySet<RootPath>> {
  const { account, owner, attributer } = options;
  const implied = attributer.of({ mode: 0o755, owner });
  return unpackArchive(
    archive,
    editor,
    destination,
    {
      accept: () => {},
      attributesOf: ({ type, mode, uid, gid, mtime, xattrs }) =>
        attributer.of({
          // A link has no mode of its own on Linux, whatever the archive says.
          mode: type === "symlink" ? 0o777 : mode,
          uid: account?.uid ?? uid,
          gid: account?.gid ?? gid,
          mtime: boundedTime(mtime),
          xattrs,
          owner,
        }),
      impliedAttributes: () => implied,
    },
    options,
  );
}

/** Docker takes the epoch for times before it, and for those that 64 bits of nanoseconds do not hold. */
function boundedTime(mtime: number): number {
  return mtime < 0 || mtime > LAST_TIME ? 0 : mtime;
}
