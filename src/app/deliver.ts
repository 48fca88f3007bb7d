import { writeFile } from "node:fs/promises";
import type { Content } from "../image/content.ts";
import { changeOf, imageForDocker } from "../image/destination.ts";
import { formatCanonical, parseReference, type Reference, repositoryName, withDefaultTag } from "../image/reference.ts";
import { throwIfCancelled, untilCancelled } from "../lib/cancel.ts";
import { DistillError, fromSystemError } from "../lib/errors.ts";
import { refuseUnwritable } from "../lib/output-path.ts";
import { asTask } from "../lib/progress.ts";
import type { Lease } from "../store/leases.ts";
import type { Store } from "../store/store.ts";
import type { DocumentWishes } from "./attach-inventory.ts";
import { writeMetadata } from "./metadata-file.ts";
import {
  isTreeOutput,
  type NamesOutput,
  onStandardOutput,
  type PackedOutput,
  type ParsedOutput,
  parseOutput,
} from "./output.ts";
import { packedContent, unpackedForm } from "./packed-content.ts";
import type { RegistryAccess } from "./registry-access.ts";
import { type ByteSink, type PreparedTree, prepareTree, writeTrees } from "./tree-outputs.ts";
import { describeDestination, type PreparedDestination, prepareDestination, writeTo } from "./write-content.ts";

export interface DeliveryOptions extends RegistryAccess {
  /** Names in the store. */
  readonly tags: readonly string[];
  /** What is written beside the store: values of `-o`. */
  readonly outputs: readonly string[];
  /** File that the image ID is written to; for an index, its digest. */
  readonly idFile: string | undefined;
  /** File that says what was made, as JSON. */
  readonly metadataFile?: string | undefined;
  /** Documents about the image that are written beside it. */
  readonly documents?: DocumentWishes | undefined;
  /** Called where an output goes to the standard output; may refuse. */
  readonly stdout?: () => ByteSink;
}

/** What is to become of an image, checked before it is made. */
export interface Delivery {
  /** Names in the store. */
  readonly references: readonly Reference[];
  /** Outputs that are written from packed layers. */
  readonly packed: readonly PreparedOutput[];
  /** Outputs of the file system alone. */
  readonly trees: readonly PreparedTree[];
  readonly options: DeliveryOptions;
}

interface PreparedOutput {
  readonly shown: string;
  readonly to:
    | PreparedDestination
    | { readonly kind: "stream"; readonly flavour: "oci" | "docker"; readonly sink: ByteSink };
  /** What it is called there, beside the destination's own name. */
  readonly names: readonly Reference[];
}

/** Parses and checks names and outputs, before any work is done for them. */
export async function prepareDelivery(options: DeliveryOptions): Promise<Delivery> {
  const parsed = options.outputs.map(parseOutput);
  refuseTwoStreams(parsed);
  const tags = options.tags.map((tag) => withDefaultTag(parseReference(tag)));
  const named = parsed.flatMap(({ output }) => (output.kind === "names" ? output.names : []));
  const references = distinct([...tags, ...named]);
  const preparer = new Preparer(tags, options);
  const packed: PreparedOutput[] = [];
  const trees: PreparedTree[] = [];
  for (const { text, output } of parsed) {
    if (isTreeOutput(output)) trees.push(prepareTree(text, output, () => preparer.stdout()));
    else if (output.kind === "names") packed.push(...(await preparer.pushes(output, text)));
    else packed.push(await preparer.output(output, text));
  }
  if (options.idFile !== undefined) refuseUnwritable(options.idFile, "file");
  if (options.metadataFile !== undefined) refuseUnwritable(options.metadataFile, "file");
  return { references, packed: distinctPushes(packed), trees, options };
}

/**
 * Writes stored content to the outputs and names it. The names are set last, so that a failure leaves the old ones. What is
 * written from packed layers is packed first; what was delivered is returned, and held by `lease`.
 */
export async function deliver(store: Store, given: Content, delivery: Delivery, lease?: Lease): Promise<Content> {
  const { references, packed, trees, options } = delivery;
  const { idFile, metadataFile, progress, signal } = options;
  const content = packed.every(isEngine) ? given : await packedForm(store, given, options, lease);
  for (const output of packed) {
    const sent = isEngine(output) && !store.isSettled(content.descriptor.digest) ? unpackedForm(content) : content;
    const changed = await asTask(progress, `Writing ${output.shown}`, () => writePacked(output, sent, store, options));
    if (changed !== undefined) progress.info(`${output.shown}: ${changed}`);
  }
  if (options.documents !== undefined) {
    const places = packed.flatMap(({ to }) => (to.kind === "stream" ? [] : to));
    const { attachInventory } = await import("./attach-inventory.ts");
    await attachInventory(store, content, places, options.documents, options);
  }
  await writeTrees(content, trees, options);
  throwIfCancelled(signal);
  const { digest } = content.descriptor;
  if (idFile !== undefined) await writeId(idFile, content.kind === "index" ? digest : content.manifest.config.digest);
  if (metadataFile !== undefined) {
    await writeMetadata(metadataFile, content, { isPacked: store.isSettled(digest), names: references });
  }
  for (const reference of references) store.tag(reference, digest);
  return content;
}

/** The first output that holds one platform, and of an index takes that for this machine; undefined where there is none. */
export function outputOfOnePlatform({ packed }: Delivery): string | undefined {
  return packed.find(({ to }) => {
    if (to.kind === "stream") return to.flavour === "docker";
    return to.kind === "local" && to.destination.transport.startsWith("docker-");
  })?.shown;
}

/** Checks outputs one after another. */
class Preparer {
  readonly #tags: readonly Reference[];
  readonly #options: DeliveryOptions;
  readonly #registries = new Map<string, Extract<PreparedDestination, { kind: "registry" }>>();

  constructor(tags: readonly Reference[], options: DeliveryOptions) {
    this.#tags = tags;
    this.#options = options;
  }

  stdout(): ByteSink {
    const { stdout } = this.#options;
    if (stdout === undefined) throw new DistillError("USAGE", "the standard output is taken");
    return stdout();
  }

  async output(output: PackedOutput, shown: string): Promise<PreparedOutput> {
    const names = distinct([...this.#tags, ...output.names]);
    switch (output.kind) {
      case "stream":
        return { shown, to: { kind: "stream", flavour: output.flavour, sink: this.stdout() }, names };
      case "engine": {
        const all = output.names.length === 0 ? this.#tags : output.names;
        const [name] = all;
        if (name === undefined) throw nameless(shown, "in the Docker engine");
        const to = await prepareDestination({ transport: "docker-daemon", name }, this.#options);
        return { shown, to, names: all };
      }
      case "destination": {
        const { destination } = output;
        const to =
          destination.transport === "docker"
            ? await this.#registry(destination.reference)
            : await prepareDestination(destination, this.#options);
        return { shown, to, names };
      }
    }
  }

  async pushes({ names, push }: NamesOutput, shown: string): Promise<readonly PreparedOutput[]> {
    if (!push) return [];
    const all = names.length === 0 ? this.#tags : names;
    if (all.length === 0) throw nameless(shown, "in its registry");
    const outputs: PreparedOutput[] = [];
    for (const reference of all) {
      const to = await this.#registry(reference);
      outputs.push({ shown: describeDestination(to), to, names: [] });
    }
    return outputs;
  }

  /** A repository is asked once, however many names it gets. */
  async #registry(reference: Reference): Promise<Extract<PreparedDestination, { kind: "registry" }>> {
    const repository = repositoryName(reference);
    const known = this.#registries.get(repository);
    if (known !== undefined) return { kind: "registry", target: { ...known.target, reference } };
    const prepared = await prepareDestination({ transport: "docker", reference }, this.#options);
    if (prepared.kind !== "registry") throw new Error("a registry was prepared as something else");
    this.#registries.set(repository, prepared);
    return prepared;
  }
}

/** An engine on this machine unpacks what it is sent: packing for it alone would only cost time. */
function isEngine({ to }: PreparedOutput): boolean {
  return to.kind === "local" && to.destination.transport === "docker-daemon";
}

/** Gives what became another image there than was given, for people. */
async function writePacked(
  { to, names }: PreparedOutput,
  content: Content,
  store: Store,
  access: RegistryAccess,
): Promise<string | undefined> {
  if (to.kind !== "stream") return (await writeTo(to, content, { names, store, access })).changed;
  const { archive } = await import("../image/archive-sink.ts");
  const image = to.flavour === "docker" ? await imageForDocker(content, undefined) : content;
  await to.sink(untilCancelled(archive(image, to.flavour, { names }), access.signal));
  return image.kind === "manifest" ? changeOf(content, image) : undefined;
}

/** A name that is asked for in two ways, such as `--push` and `-o type=registry`, is pushed once. */
function distinctPushes(outputs: readonly PreparedOutput[]): readonly PreparedOutput[] {
  const seen = new Set<string>();
  return outputs.filter(({ to }) => {
    if (to.kind !== "registry") return true;
    const name = formatCanonical(to.target.reference);
    return !seen.has(name) && seen.add(name);
  });
}

function refuseTwoStreams(parsed: readonly ParsedOutput[]): void {
  const [first, second] = parsed.filter(({ output }) => onStandardOutput(output));
  if (first === undefined || second === undefined) return;
  throw new DistillError("USAGE", `-o ${first.text} and -o ${second.text} both go to the standard output`, {
    hint: "write one of them to a file with dest=FILE",
  });
}

function nameless(shown: string, where: string): DistillError {
  return new DistillError("USAGE", `-o ${shown} needs a name for the image ${where}`, { hint: "give one with -t" });
}

function distinct(references: readonly Reference[]): readonly Reference[] {
  return [...new Map(references.map((each) => [formatCanonical(each), each])).values()];
}

async function packedForm(store: Store, given: Content, options: DeliveryOptions, lease?: Lease): Promise<Content> {
  return (await packedContent(store, given.descriptor.digest, options, lease)) ?? given;
}

async function writeId(path: string, id: string): Promise<void> {
  try {
    await writeFile(path, id);
  } catch (error) {
    throw fromSystemError(error, "writing", path);
  }
}
