import type { MadeImage, MakeOptions } from "../app/make-image.ts";
import { describeSlice } from "../compose/slices.ts";
import { closeHttp } from "../lib/http/agent.ts";
import { explainComposition } from "../ui/composition.ts";
import { describeLock } from "../ui/lock-changes.ts";
import { displayProgress } from "../ui/progress.ts";
import { describeImage, type ImageFacts } from "../ui/summary.ts";
import type { MakeFlags } from "./options.ts";

/** Runs what makes an image, with progress; then the digest goes to stdout and what it amounts to goes to stderr. */
export async function makeAndReport(
  flags: MakeFlags,
  signal: AbortSignal,
  make: (options: MakeOptions) => Promise<MadeImage>,
): Promise<void> {
  const { tag: tags, output: outputs, iidfile: idFile, offline, refresh, locked, update } = flags;
  const lock = { file: flags.lock, locked, update };
  const display = displayProgress(flags.quiet ? "quiet" : flags.progress, process.stderr);
  let made: MadeImage;
  try {
    made = await make({ tags, outputs, idFile, offline, refresh, lock, progress: display.progress, signal });
  } finally {
    display.close();
    await closeHttp();
  }
  const facts = factsOf(made);
  if (!flags.quiet) {
    if (made.lock !== undefined) process.stderr.write(describeLock(made.lock));
    const names = tags.length === 0 ? "untagged (-t gives a name)" : tags.join(", ");
    process.stderr.write(`${names}: ${describeImage(facts)}\n`);
  }
  process.stdout.write(resultOf(made, facts, flags));
}

function resultOf(made: MadeImage, facts: ImageFacts, { format, show, tag }: MakeFlags): string {
  if (format === "json") return `${JSON.stringify(asJson(made, facts, tag), null, 2)}\n`;
  if (show && made.composed !== undefined) return explainComposition(made.composed, describeSlice);
  return `${made.image.manifestDigest}\n`;
}

function factsOf({ image, files, composed }: MadeImage): ImageFacts {
  return {
    layers: image.layers.length,
    files,
    packages: composed?.packages.length ?? 0,
    uncompressed: image.layers.reduce((sum, layer) => sum + layer.uncompressedSize, 0),
    compressed: image.manifest().layers.reduce((sum, layer) => sum + layer.size, 0),
  };
}

function asJson({ image, composed, lock }: MadeImage, facts: ImageFacts, tags: readonly string[]): object {
  return {
    digest: image.manifestDigest,
    imageID: image.configDigest,
    tags,
    sizes: { uncompressed: facts.uncompressed, compressed: facts.compressed },
    files: facts.files,
    layers: image.layers.map((layer, index) => ({
      diffID: layer.diffID,
      uncompressed: layer.uncompressedSize,
      digest: image.manifest().layers[index]?.digest,
      compressed: image.manifest().layers[index]?.size,
    })),
    packages: composed?.packages ?? [],
    dropped: composed?.dropped ?? [],
    leftOut: (composed?.leftOut ?? []).map(({ slice, ...sum }) => ({ slice, what: describeSlice(slice), ...sum })),
    ...(lock === undefined ? {} : { lock }),
  };
}
