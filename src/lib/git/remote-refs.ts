import { DistillError } from "../errors.ts";
import { isFullHash } from "./address.ts";
import { remoteFailure } from "./failure.ts";
import type { Remote } from "./remote.ts";
import type { Git, GitRun } from "./run-git.ts";

/** What a name stands for in a remote repository now. */
export interface ResolvedRef {
  /** Full name: "refs/heads/main"; "HEAD" where that leads to no branch. */
  readonly name: string;
  /** What it names: a commit, or a tag object. */
  readonly object: string;
}

/**
 * Asks a server what `ref` names; the default branch for undefined. A name that is not full is one below refs/ first, then
 * a branch, then a tag (BuildKit's order, and that of git checkout). NETWORK where there is none of that name.
 */
export async function resolveRef(git: Git, remote: Remote, ref: string | undefined, run: GitRun): Promise<ResolvedRef> {
  const patterns = ref === undefined || ref === "HEAD" ? ["HEAD"] : [ref];
  const args = ["ls-remote", "--symref", "--quiet", "--", remote.address, ...patterns];
  const output = await git.output(args, run).catch((error: unknown) => {
    throw remoteFailure(error, remote);
  });
  const { objects, head } = readList(output.toString("utf8"));
  for (const name of namesFor(ref, head)) {
    const object = objects.get(name);
    if (object === undefined) continue;
    return { name, object };
  }
  const what = ref === undefined ? "has no commits yet, or no default branch" : `has no branch or tag ${ref}`;
  throw new DistillError("NETWORK", `${remote.shown} ${what}`, {
    hint:
      ref !== undefined && /^[0-9a-f]{4,39}$/.test(ref)
        ? "a commit is named by all 40 digits of its hash"
        : "git ls-remote lists what it has",
  });
}

function namesFor(ref: string | undefined, head: string | undefined): readonly string[] {
  if (ref === undefined || ref === "HEAD") return head === undefined ? ["HEAD"] : [head, "HEAD"];
  const below = (directory: string): string =>
    `${directory}${ref.startsWith(directory) ? ref.slice(directory.length) : ref}`;
  return [below("refs/"), below("refs/heads/"), below("refs/tags/")];
}

/** Lines `HASH TAB NAME`, and `ref: NAME TAB HEAD` for what HEAD stands for; others are passed over. */
function readList(text: string): { readonly objects: ReadonlyMap<string, string>; readonly head: string | undefined } {
  const objects = new Map<string, string>();
  let head: string | undefined;
  for (const line of text.split("\n")) {
    const tab = line.indexOf("\t");
    const [value, name] = [line.slice(0, tab), line.slice(tab + 1)];
    if (tab < 0) continue;
    if (value.startsWith("ref: ") && name === "HEAD") head = value.slice("ref: ".length);
    else if (isFullHash(value)) objects.set(name, value);
  }
  const headObject = objects.get("HEAD");
  // Asked for HEAD alone, the server does not list the branch that it stands for.
  if (head !== undefined && headObject !== undefined && !objects.has(head)) objects.set(head, headObject);
  return { objects, head };
}
