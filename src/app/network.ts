import type { RemoteFile, RemoteSources, RemoteTree } from "../build/collaborators.ts";
import type { NetworkSources, RemoteSourcesOptions } from "./remote-sources.ts";

/** NetworkSources that are loaded when something is asked of the network: most builds never do. */
export class Network implements RemoteSources, AsyncDisposable {
  readonly #options: RemoteSourcesOptions;
  #sources: Promise<NetworkSources> | undefined;

  constructor(options: RemoteSourcesOptions) {
    this.#options = options;
  }

  async fetchFile(...asked: Parameters<RemoteSources["fetchFile"]>): Promise<RemoteFile> {
    return (await this.#open()).fetchFile(...asked);
  }

  async fetchRepository(...asked: Parameters<RemoteSources["fetchRepository"]>): Promise<RemoteTree> {
    return (await this.#open()).fetchRepository(...asked);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#sources)?.[Symbol.asyncDispose]();
  }

  #open(): Promise<NetworkSources> {
    this.#sources ??= import("./remote-sources.ts").then(({ NetworkSources }) => new NetworkSources(this.#options));
    return this.#sources;
  }
}
