import { parseAnnotations, parseLabels } from "../app/labels.ts";
import type { MakeOptions } from "../app/make-image.ts";
import type { MadeImages } from "../app/make-platforms.ts";
import { compressionOf, usesStandardOutput } from "../app/output.ts";
import { describeSlice } from "../compose/packages/slices.ts";
import { formatPlatform } from "../image/platform.ts";
import type { BuildQuestion } from "../inventory/documents/provenance.ts";
import { DistillError } from "../lib/errors.ts";
import { closeHttp } from "../lib/http/agent.ts";
import { explainComposition } from "../ui/composition.ts";
import { describeLog } from "../ui/failure.ts";
import { describeLock } from "../ui/lock-changes.ts";
import { displayProgress } from "../ui/progress.ts";
import { describeImage, type ImageFacts } from "../ui/summary.ts";
import { binaryOutput } from "./binary-output.ts";
import type { MakeFlags } from "./options.ts";
import { VERSION } from "./version.ts";

/** One image of those that were made. */
type Made = MadeImages["images"][number];

/**
 * Runs what makes an image, with progress; then the digest goes to stdout (of an image that is not packed, the image ID)
 * and what it amounts to goes to stderr.
 */
export async function makeAndReport(
  flags: MakeFlags,
  asked: BuildQuestion,
  signal: AbortSignal,
  make: (options: MakeOptions) => Promise<MadeImages>,
): Promise<void> {
  const outputs = outputsOf(flags);
  const compression = compressionOf(outputs, flags.compression);
  const labels = parseLabels(flags.label);
  const annotations = parseAnnotations(flags.annotation);
  const onStdout = usesStandardOutput(outputs);
  if (onStdout) refuseResults(flags);
  const { tag: tags, iidfile: idFile, metadataFile, offline, refresh, locked, update } = flags;
  const lock = { file: flags.lock, locked, update };
  const mode = flags.quiet ? "quiet" : flags.progress;
  const display = displayProgress(mode, process.stderr, process.env, "Building");
  let made: MadeImages;
  try {
    made = await make({
      tags,
      outputs,
      labels,
      annotations,
      idFile,
      metadataFile,
      stdout: () => binaryOutput("-", "an image"),
      compression,
      offline,
      refresh,
      lock,
      documents: flags.sbom && { formats: flags.sbom, asked, version: VERSION },
      tlsVerify: flags.tlsVerify,
      progress: display.progress,
      signal,
    });
  } catch (error) {
    display.close();
    if (!display.tellsOutput) process.stderr.write(describeLog(error));
    throw error;
  } finally {
    display.close();
    await closeHttp();
  }
  if (!flags.quiet) {
    const names = tags.length === 0 ? "untagged (-t gives a name)" : tags.join(", ");
    for (const each of made.images) {
      if (each.lock !== undefined) process.stderr.write(describeLock(each.lock));
      const which = made.images.length === 1 ? "" : ` (${formatPlatform(each.platform)})`;
      process.stderr.write(`${names}${which}: ${describeImage(factsOf(each))}\n`);
    }
  }
  if (!onStdout) process.stdout.write(resultOf(made, flags));
}

/** The standard output holds one thing. */
function refuseResults({ format, show }: MakeFlags): void {
  if (format === "text" && !show) return;
  throw new DistillError("USAGE", `${show ? "--show" : "--format json"} and an output both go to the standard output`, {
    hint: "write the output to a file, or have the digests in one with --metadata-file",
  });
}

/** With --load the engine is an output more, which takes all names in one go; with --push each name is one. */
function outputsOf({ output, load, push, tag: names }: MakeFlags): readonly string[] {
  const [name] = names;
  if (!load && !push) return output;
  if (name === undefined) {
    const what = push
      ? "--push needs a name for the image in its registry"
      : "--load needs a name for the image in the Docker engine";
    throw new DistillError("USAGE", what, { hint: "give one with -t" });
  }
  const pushes = push ? names.map((each) => `docker://${each}`) : [];
  return [...output, ...(load ? [`docker-daemon:${name}`] : []), ...pushes];
}

function resultOf(made: MadeImages, { format, show, tag }: MakeFlags): string {
  if (format === "json") return `${JSON.stringify(asJson(made, tag), null, 2)}\n`;
  if (!show) return `${made.digest ?? made.images[0]?.image.configDigest}\n`;
  return made.images
    .map(({ composed, platform }) => {
      const heading = made.images.length === 1 ? "" : `${formatPlatform(platform)}\n`;
      return composed === undefined ? "" : `${heading}${explainComposition(composed, describeSlice)}`;
    })
    .join("\n");
}

/** An image for one platform as it is; an index as a list of those. */
function asJson({ digest, images }: MadeImages, tags: readonly string[]): object {
  const [only] = images;
  if (images.length === 1 && only !== undefined) return { digest: digest ?? null, tags, ...imageAsJson(only) };
  return { digest, tags, platforms: images.map(imageAsJson) };
}

function factsOf({ image, files, composed }: Made): ImageFacts {
  return {
    layers: image.layers.length,
    files,
    packages: composed?.packages.length ?? 0,
    uncompressed: image.layers.reduce((sum, layer) => sum + layer.uncompressedSize, 0),
    compressed: image.settled ? image.manifest().layers.reduce((sum, layer) => sum + layer.size, 0) : null,
  };
}

function imageAsJson(made: Made): object {
  const { image, composed, platform, lock } = made;
  const facts = factsOf(made);
  const packed = image.settled ? image.manifest().layers : [];
  return {
    digest: image.settled ? image.manifestDigest : null,
    imageID: image.configDigest,
    platform: formatPlatform(platform),
    sizes: { uncompressed: facts.uncompressed, compressed: facts.compressed },
    files: facts.files ?? null,
    layers: image.layers.map((layer, index) => ({
      diffID: layer.diffID,
      uncompressed: layer.uncompressedSize,
      digest: packed[index]?.digest ?? null,
      compressed: packed[index]?.size ?? null,
    })),
    packages: composed?.packages ?? [],
    dropped: composed?.dropped ?? [],
    leftOut: (composed?.leftOut ?? []).map(({ slice, ...sum }) => ({ slice, what: describeSlice(slice), ...sum })),
    ...(lock === undefined ? {} : { lock }),
  };
}
