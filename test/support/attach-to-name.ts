import { attachDocuments, type ImageDocument } from "../../src/app/attach-document.ts";
import { openContent } from "../../src/app/open-content.ts";
import { registryClient } from "../../src/app/registries.ts";
import { blamingRegistry, type RegistryAccess } from "../../src/app/registry-access.ts";
import type { PreparedDestination } from "../../src/app/write-content.ts";
import type { Descriptor } from "../../src/image/descriptor.ts";
import { parsePlatform } from "../../src/image/platform.ts";
import { parseReference, withDefaultTag } from "../../src/image/reference.ts";
import { selectImage } from "../../src/image/select.ts";
import { parseSource, type SourceLocation } from "../../src/image/source/location.ts";
import type { Digest } from "../../src/lib/digest.ts";

export interface AttachOptions extends RegistryAccess {
  /** Of an index, one image in place of the index. */
  readonly platform: string | undefined;
}

/** What was attached, and to what. */
export interface Attached {
  readonly subject: Digest;
  readonly artifacts: readonly Digest[];
}

/**
 * Attaches documents to what a name stands for: `docker://NAME` or a plain name in its registry, `oci:DIR[:TAG]` in a layout. Throws as
 * attachDocuments and openContent.
 */
export async function attachToName(
  name: string,
  documents: readonly ImageDocument[],
  options: AttachOptions,
): Promise<Attached> {
  const location: SourceLocation = parseSource(name) ?? {
    ...{ transport: "docker", reference: withDefaultTag(parseReference(name)) },
  };
  const subject = await subjectOf(
    location.transport === "docker" ? `docker://${name.replace(/^docker:\/\//, "")}` : name,
    options,
  );
  const to = await placeOf(location, name, options);
  const artifacts = await attachDocuments(to, subject, documents, options);
  return { subject: subject.digest, artifacts };
}

async function subjectOf(name: string, options: AttachOptions): Promise<Descriptor> {
  const platform = options.platform === undefined ? undefined : parsePlatform(options.platform);
  await using opened = await openContent(name, options);
  return await blamingRegistry(opened.remote, async () => {
    const content = platform === undefined ? opened.content : await selectImage(opened.content, platform);
    return content.descriptor;
  });
}

async function placeOf(location: SourceLocation, name: string, access: RegistryAccess): Promise<PreparedDestination> {
  switch (location.transport) {
    case "docker": {
      const { reference } = location;
      return { kind: "registry", target: { reference, client: await registryClient(reference, access) } };
    }
    case "oci":
      return { kind: "local", destination: { transport: "oci", path: location.path, tag: undefined } };
    case "oci-archive":
      return { kind: "local", destination: { transport: "oci-archive", path: location.path, tag: undefined } };
    default:
      throw new Error(`no test attaches to ${name}`);
  }
}
