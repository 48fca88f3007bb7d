import type { Content } from "../content.ts";
import { archiveFiles } from "./archive-files.ts";
import { directoryFiles, type SourceFiles } from "./files.ts";
import type { LocalLocation } from "./location.ts";

/** Content that can be read until it is disposed of. */
export interface OpenedSource extends AsyncDisposable {
  readonly content: Content;
}

/** Opens what a location names; see openLayout, openDockerArchive and saveFromEngine for what is thrown. */
export async function openSource(location: LocalLocation, signal?: AbortSignal): Promise<OpenedSource> {
  if (location.transport === "docker-daemon") {
    const { engineFiles } = await import("../engine/save.ts");
    const { openDockerArchive } = await import("./docker-archive.ts");
    // The engine was asked for one image, by whatever name, so there is one.
    const only = { name: undefined, digest: undefined };
    return opened(await engineFiles(location, signal), (files) => openDockerArchive(files, only));
  }
  const { transport, path, name, digest } = location;
  if (transport === "oci" || transport === "oci-archive") {
    const { openLayout } = await import("./layout-source.ts");
    const files = transport === "oci" ? directoryFiles(path) : await archiveFiles(path, signal);
    return opened(files, (each) => openLayout(each, { name, digest }));
  }
  const { openDockerArchive } = await import("./docker-archive.ts");
  return opened(await archiveFiles(path, signal), (each) => openDockerArchive(each, { name, digest }));
}

async function opened(files: SourceFiles, open: (files: SourceFiles) => Promise<Content>): Promise<OpenedSource> {
  try {
    return { content: await open(files), [Symbol.asyncDispose]: () => files[Symbol.asyncDispose]() };
  } catch (error) {
    await files[Symbol.asyncDispose]();
    throw error;
  }
}
