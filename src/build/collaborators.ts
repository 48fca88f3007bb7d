import type { ContainerConfig, HistoryEntry } from "../image/config.ts";
import type { Digest } from "../lib/digest.ts";
import type { Progress } from "../lib/progress.ts";
import type { ComposeStep } from "../plan/compose-step.ts";
import type { ContextOrigin, ImageOrigin, NamedContextOrigin } from "../plan/origin.ts";
import type { Place } from "../plan/place.ts";
import type { Content } from "../rootfs/content.ts";
import type { Tree } from "../rootfs/tree.ts";
import type { LayerPart } from "../store/images.ts";
import type { Lease } from "../store/leases.ts";
import type { Store } from "../store/store.ts";
import type { BuildContext } from "./context/build-context.ts";
import type { ContextLoading } from "./context/loading.ts";
import type { SelectionMemory } from "./context/selection-memory.ts";
import type { ProgramMeans } from "./run/means.ts";

/** What a stage begins with: layers that the store has, held by the build's lease. */
export interface StageBase {
  readonly layers: readonly {
    readonly diffID: Digest;
    readonly createdBy: string;
    /** How an image on it is to name the layer: packed as it came. */
    readonly part?: LayerPart;
  }[];
  readonly config: ContainerConfig;
  /** Of an image that was made before: its history, in place of `createdBy`. */
  readonly history?: readonly HistoryEntry[];
  /** Entries of its root file system that are no directories, where that is known. */
  readonly files: number | undefined;
}

/** Files that steps take from: the build context, or what stands for another one. */
export interface FileSource {
  /** Equal ids mean equal files; undefined where only looking would tell. */
  readonly id: string | undefined;
  /** For messages: "the build context". */
  readonly what: string;
  tree(): Promise<Tree>;
  /** Knows whole directories of it again without the tree; absent where that would save nothing. */
  readonly memory?: SelectionMemory;
  /** Tells of files that are read to be named. */
  readonly loading?: ContextLoading;
  /** Why a path may not be there, for people: "left out by .dockerignore". */
  explainMissing?(path: string): string | undefined;
}

/** A file that came over the network. */
export interface RemoteFile {
  /** What it is called where it goes into a directory. */
  readonly name: string;
  readonly content: Content;
  readonly digest: Digest;
  /** Seconds since the epoch; undefined where nobody said. */
  readonly modified: number | undefined;
}

/** Files of a repository at one commit. */
export interface RemoteTree {
  readonly tree: Tree;
  readonly commit: string;
  /** Of the commit, in seconds since the epoch. */
  readonly time: number;
}

/** Sources in the network. */
export interface RemoteSources {
  fetchFile(url: string, options?: { readonly checksum?: string | undefined }): Promise<RemoteFile>;
  fetchRepository(
    address: string,
    options: { readonly keepGitDirectory: boolean; readonly checksum?: string | undefined },
  ): Promise<RemoteTree>;
}

/** What a build needs from others. */
export interface BuildCollaborators {
  readonly store: Store;
  readonly lease: Lease;
  /** Where copy steps of a distill.yaml take files from; absent where the plan has none. */
  readonly context: BuildContext | undefined;
  /** Seconds since the epoch: the image's creation and every entry of its layers. */
  readonly timestamp: number;
  /** Files of layers keep their own times in place of `timestamp`, as BuildKit has it. */
  readonly keepTimes?: boolean;
  /** What is done again although it was done before: all, or the stages of these names. */
  readonly withoutCache?: "all" | ReadonlySet<string>;
  readonly progress: Progress;
  readonly signal: AbortSignal | undefined;
  /** Tells all other work of the build to stop: it has failed. */
  stop?(): void;
  composeBase(step: ComposeStep): Promise<StageBase>;
  /** The image that a stage begins with, or that files are taken from. */
  image?(origin: ImageOrigin | NamedContextOrigin): Promise<StageBase>;
  /** The build context, or files that stand for a name; undefined where the name stands for an image. */
  files?(origin: ContextOrigin | NamedContextOrigin): Promise<FileSource | undefined>;
  readonly remote?: RemoteSources;
  /** For plans with RUN. */
  readonly programs?: ProgramMeans;
  /** The lines at a place of the build file, with a mark. */
  excerpt?(place: Place): string | undefined;
  /** Whether an image is packed at once; else when somebody needs it packed. */
  readonly packing?: "now" | "later";
  /** Labels beside those of the plan. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Annotations of the manifest. */
  readonly annotations?: Readonly<Record<string, string>>;
}
