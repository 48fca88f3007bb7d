import { DistillError } from "../../lib/errors.ts";

export function damaged(reason: string): DistillError {
  return new DistillError("FORMAT_INVALID", `the bzip2 stream is damaged: ${reason}`);
}

export function endsEarly(): DistillError {
  return damaged("it ends early");
}

/** What bzip2 1.0 and later never write (from the year 2000 on). */
export function randomised(): DistillError {
  return new DistillError("UNSUPPORTED", "the bzip2 stream has a randomised block, which no bzip2 since 0.9.5 writes", {
    hint: "unpack it with bzip2 and pack it again",
  });
}
