import { fromSystemError, systemErrorCode } from "../lib/errors.ts";
import { describeFailure } from "../ui/failure.ts";

/**
 * Decides what becomes of output that cannot be written. A reader that has gone (`distill images | head -1`) is no failure:
 * the rest is dropped, as it is of progress on stderr. A result that is lost on its way into a file is one, with status 3.
 */
export function guardOutputStreams(): void {
  process.stderr.on("error", () => {});
  process.stdout.on("error", (error) => {
    if (systemErrorCode(error) === "EPIPE") return;
    process.stderr.write(describeFailure(fromSystemError(error, "writing", "the standard output"), STYLE));
    process.exitCode = 3;
  });
}

const STYLE = { format: "text", debug: false } as const;
