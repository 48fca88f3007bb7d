import type { Command } from "commander";
import type { LoadInput } from "../app/load-images.ts";
import type { ProgressMode } from "../ui/progress.ts";
import { formatOption, progressOption } from "./options.ts";
import type { VerbContext } from "./verb-context.ts";

interface LoadFlags {
  readonly input: string;
  readonly platform: string | undefined;
  readonly progress: ProgressMode;
  readonly quiet: boolean;
  readonly format: "text" | "json";
}

/** `distill load` */
export function addLoad(program: Command, { signal }: VerbContext): void {
  program
    .command("load")
    .description(
      "take all images of an archive into the store: of docker save, podman save, BuildKit, skopeo or distill",
    )
    .option("-i, --input <file>", "the archive, also compressed; - is the standard input", "-")
    .option("--platform <platform>", "one platform of each index (default: whole indexes)")
    .addOption(progressOption())
    .option("-q, --quiet", "print digests only", false)
    .addOption(formatOption())
    .action(async (flags: LoadFlags) => {
      const input = await inputOf(flags.input, signal);
      const { loadImages } = await import("../app/load-images.ts");
      const { displayProgress } = await import("../ui/progress.ts");
      const display = displayProgress(flags.quiet ? "quiet" : flags.progress, process.stderr);
      const options = { platform: flags.platform, progress: display.progress, signal };
      const loaded = await loadImages(input, options).finally(() => display.close());
      if (flags.format === "json") {
        process.stdout.write(`${JSON.stringify(loaded, null, 2)}\n`);
        return;
      }
      const lines = loaded.flatMap(({ names, digest }) => (flags.quiet || names.length === 0 ? [digest] : names));
      process.stdout.write(lines.map((line) => `${line}\n`).join(""));
    });
}

async function inputOf(path: string, signal: AbortSignal): Promise<LoadInput> {
  if (path !== "-") return path;
  if (!process.stdin.isTTY) return { stream: await interruptible(process.stdin, signal), what: "the standard input" };
  const { DistillError } = await import("../lib/errors.ts");
  throw new DistillError("USAGE", "load reads an archive, and the standard input is a terminal", {
    hint: "name a file with -i FILE, or pipe one into it",
  });
}

/** A pipe into which nobody writes must not keep the command from ending. */
async function interruptible(stream: NodeJS.ReadStream, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
  const { orCancelled } = await import("../lib/cancel.ts");
  return (async function* () {
    const chunks: AsyncIterator<Uint8Array> = stream[Symbol.asyncIterator]();
    try {
      for (;;) {
        const next = await orCancelled(chunks.next(), signal);
        if (next.done === true) return;
        yield next.value;
      }
    } finally {
      stream.destroy();
    }
  })();
}
