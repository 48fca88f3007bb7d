import type { HttpPolicy } from "../../lib/http/retry.ts";
import type { Task } from "../../lib/progress.ts";
import type { SeenFile, StoredFeed } from "../database/state.ts";
import type { FeedItem } from "./item.ts";

/** A feed as it was found where it lies. */
export interface TakenFeed {
  /** Where that is, without a password. */
  readonly place: string;
  /** SHA-256 of it, where it is one file; else "". */
  readonly digest: string;
  /** When what lies on disk was written, RFC 3339: how old it is where it does not say so itself. */
  readonly dated?: string | undefined;
  /** Of each file, by its address or path: asked about the next time. */
  readonly seen: Readonly<Record<string, SeenFile>>;
  /** What it says; undefined where it is what it was the last time. To be read once. */
  readonly items: (() => AsyncIterable<readonly FeedItem[]>) | undefined;
  /** To be called when it has been read, or is not read at all: what was downloaded for it goes. */
  discard(): Promise<void>;
}

export interface TakeRequest {
  /** What is known of the feed. */
  readonly before: StoredFeed | undefined;
  /** Read it whatever is known of it. */
  readonly force: boolean;
  /** For what is downloaded; a file there that is not whole is gone on with the next time. */
  readonly directory: string;
  readonly policy: Partial<HttpPolicy>;
  readonly task: Task;
  readonly signal: AbortSignal | undefined;
}

/** Fetches one feed, or finds that nothing has changed. Throws DistillErrors that name the place. */
export type FeedTaker = (request: TakeRequest) => Promise<TakenFeed>;
