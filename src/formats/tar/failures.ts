import { DistillError, type ErrorCode } from "../../lib/errors.ts";

/** Where in which archive a header stands; offsets count the bytes of the uncompressed archive. */
export interface Place {
  /** What to call the archive in a message. */
  readonly archive: string;
  readonly offset: number;
}

/** FORMAT_INVALID that names the archive and the header's offset. */
export function invalid(place: Place, problem: string): DistillError {
  return failure("FORMAT_INVALID", place, problem);
}

/** A failure of any code that names the archive and the header's offset. */
export function failure(code: ErrorCode, place: Place, problem: string): DistillError {
  return new DistillError(code, `${place.archive}: ${problem} (header at byte ${place.offset})`);
}

/** FORMAT_INVALID for an archive that stops at `end` in the middle of `inside`. */
export function truncated(archive: string, end: number, inside: string): DistillError {
  return new DistillError("FORMAT_INVALID", `${archive}: ends at byte ${end}, inside ${inside}`, {
    hint: "the archive is incomplete: fetch or build it again",
  });
}

/** A byte path as a message shows it: UTF-8 where it is UTF-8, quoted, of bounded length. */
export function display(path: string): string {
  const text = Buffer.from(path.slice(0, 1024), "latin1").toString("utf8");
  return JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}...` : text);
}
