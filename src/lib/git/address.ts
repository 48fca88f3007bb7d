import { DistillError } from "../errors.ts";
import { isRefName } from "./ref-name.ts";
import { parseRemote, type Remote } from "./remote.ts";

/** A repository, and what of it is meant: an address as BuildKit takes it, taken apart. */
export interface GitAddress {
  readonly remote: Remote;
  /** A branch, a tag, a full name of a ref, or a full commit hash; undefined is the default branch. */
  readonly ref: string | undefined;
  /** Components of a directory in it, "." and empty ones left out. */
  readonly subdirectory: readonly string[];
  /** The beginning of the commit's hash that is expected. */
  readonly checksum: string | undefined;
  /** Undefined where the address does not say. */
  readonly keepGitDirectory: boolean | undefined;
  readonly submodules: boolean;
}

const MAX_ADDRESS = 8192;

/** What a query or a fragment may say; each at most once. */
interface Wishes {
  ref?: string;
  subdir?: string;
  tag?: string;
  branch?: string;
  checksum?: string;
  keepGitDir?: boolean;
  submodules?: boolean;
}

/**
 * Takes apart `REMOTE#REF:DIRECTORY` and `REMOTE?ref=&tag=&branch=&commit=&checksum=&subdir=&keep-git-dir=&submodules=`
 * (BuildKit's forms of a git address; both may stand in one, where they agree). CONFIG_INVALID for what is none, says
 * two things at once, or could be taken for an option of git. `localFiles` allows `file://` too.
 */
export function parseGitAddress(text: string, options: { readonly localFiles?: boolean } = {}): GitAddress {
  if (text.length > MAX_ADDRESS) throw invalid("the address is too long");
  const hash = text.indexOf("#");
  const beforeHash = hash < 0 ? text : text.slice(0, hash);
  const question = beforeHash.indexOf("?");
  const remote = parseRemote(question < 0 ? beforeHash : beforeHash.slice(0, question), options);
  const fail = (why: string): DistillError => invalid(`${why}, in the git address ${remote.shown}`);
  const wishes: Wishes = {};
  if (hash >= 0) readFragment(text.slice(hash + 1), wishes, fail);
  if (question >= 0) readQuery(beforeHash.slice(question + 1), wishes, fail);
  const ref = chosenRef(wishes, fail);
  return {
    remote,
    ref: checkedRef(ref, fail),
    subdirectory: componentsOfDirectory(wishes.subdir ?? "", fail),
    checksum: wishes.checksum === undefined ? undefined : checkedChecksum(wishes.checksum, fail),
    keepGitDirectory: wishes.keepGitDir,
    submodules: wishes.submodules ?? true,
  };
}

/** True for a full SHA-1 or SHA-256 name of an object. */
export function isFullHash(text: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text);
}

/** The beginning of a commit's hash, in lower case; CONFIG_INVALID for what cannot be one. */
export function parseCommitChecksum(text: string): string {
  return checkedChecksum(text, (why) => invalid(why));
}

function readFragment(fragment: string, wishes: Wishes, fail: Fail): void {
  const colon = fragment.indexOf(":");
  const [ref, subdir] = colon < 0 ? [fragment, ""] : [fragment.slice(0, colon), fragment.slice(colon + 1)];
  // As in any URL, a percent sign encodes.
  if (ref !== "") wishes.ref = decoded(ref, fail);
  if (subdir !== "") wishes.subdir = decoded(subdir, fail);
}

function readQuery(query: string, wishes: Wishes, fail: Fail): void {
  const seen = new Set<string>();
  for (const [name, value] of new URLSearchParams(query)) {
    if (seen.has(name)) throw fail(`${JSON.stringify(name)} stands twice`);
    seen.add(name);
    if (value === "" && name !== "keep-git-dir" && name !== "submodules") {
      throw fail(`${JSON.stringify(name)} has no value`);
    }
    switch (name) {
      case "ref":
        wishes.ref = agreed("ref", wishes.ref, value, fail);
        break;
      case "subdir":
        wishes.subdir = agreed("subdir", wishes.subdir, value, fail);
        break;
      case "tag":
      case "branch":
        wishes[name] = value;
        break;
      case "commit":
      case "checksum":
        wishes.checksum = agreed("checksum", wishes.checksum, value, fail);
        break;
      case "keep-git-dir":
        wishes.keepGitDir = truth(name, value, fail);
        break;
      case "submodules":
        wishes.submodules = truth(name, value, fail);
        break;
      default:
        throw fail(`${JSON.stringify(name.slice(0, 100))} is nothing that an address can say`);
    }
  }
}

/** A commit that is expected stands for a ref where there is none. */
function chosenRef({ ref, tag, branch, checksum }: Wishes, fail: Fail): string | undefined {
  if (tag !== undefined && branch !== undefined) throw fail("a tag and a branch are asked for");
  const named =
    tag !== undefined
      ? `refs/tags/${tag.replace(/^refs\/tags\//, "")}`
      : branch !== undefined
        ? `refs/heads/${branch.replace(/^refs\/heads\//, "")}`
        : undefined;
  if (named !== undefined && ref !== undefined && ref !== named) throw fail(`it asks for ${ref} and for ${named}`);
  return named ?? ref ?? checksum;
}

function checkedRef(ref: string | undefined, fail: Fail): string | undefined {
  if (ref === undefined || isRefName(ref)) return ref;
  throw fail(`${JSON.stringify(ref.slice(0, 200))} cannot be the name of a branch, a tag or a commit`);
}

function checkedChecksum(text: string, fail: Fail): string {
  const lower = text.toLowerCase();
  if (/^[0-9a-f]{1,64}$/.test(lower)) return lower;
  throw fail(`${JSON.stringify(text.slice(0, 100))} is not (the beginning of) a commit's hash`);
}

function componentsOfDirectory(text: string, fail: Fail): readonly string[] {
  const parts = text.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.includes("..") || text.includes("\0") || text.length > 4096) {
    throw fail(`${JSON.stringify(text.slice(0, 200))} is not a directory inside the repository`);
  }
  return parts;
}

/** As Go's strconv.ParseBool; nothing at all is yes. */
function truth(name: string, value: string, fail: Fail): boolean {
  if (/^(?:|1|t|T|true|TRUE|True)$/.test(value)) return true;
  if (/^(?:0|f|F|false|FALSE|False)$/.test(value)) return false;
  throw fail(`${name} is true or false, not ${JSON.stringify(value.slice(0, 100))}`);
}

function agreed(name: string, known: string | undefined, value: string, fail: Fail): string {
  if (known !== undefined && known !== value) throw fail(`it gives two values for ${name}`);
  return value;
}

function decoded(text: string, fail: Fail): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw fail("what follows # is not encoded as in URLs");
  }
}

type Fail = (why: string) => DistillError;

function invalid(why: string): DistillError {
  return new DistillError("CONFIG_INVALID", why, {
    hint: "expected REPOSITORY.git#REF:DIRECTORY, or REPOSITORY.git?ref=REF&subdir=DIRECTORY",
  });
}
