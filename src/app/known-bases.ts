import { existsSync } from "node:fs";
import type { BaseResolver, ResolvedBase } from "../dockerfile/graph/request.ts";
import { platformOf } from "../image/config.ts";
import { configOf } from "../image/content.ts";
import { selectImage } from "../image/select.ts";
import { isDistillError } from "../lib/errors.ts";
import { distillHome } from "../lib/home.ts";
import type { ContextLocation } from "../plan/origin.ts";
import { openWorkspace, type Workspace } from "./workspace.ts";

const NO_SETTINGS: ResolvedBase = { author: undefined, config: {}, history: [] };

/** What the store says of bases: nobody else is asked. A base that it does not have is not known. */
export class KnownBases implements BaseResolver, AsyncDisposable {
  #workspace: (Workspace & AsyncDisposable) | undefined;

  /** Of an index the image of the platform; an image alone as it is, whatever it is for. */
  readonly resolve: BaseResolver["resolve"] = async (origin) => {
    if (origin.kind === "named-context" && isFiles(origin.location)) return NO_SETTINGS;
    const name = origin.kind === "image" ? origin.reference : imageName(origin.location);
    if (name === undefined || !existsSync(distillHome().store)) return undefined;
    this.#workspace ??= openWorkspace();
    try {
      const content = this.#workspace.store.content(name);
      if (content === undefined) return undefined;
      const image = content.kind === "manifest" ? content : await selectImage(content, origin.platform);
      const config = await configOf(image);
      const { author, history = [] } = config;
      return { author, config: config.config ?? {}, history, platform: platformOf(config) };
    } catch (error) {
      if (isDistillError(error, "NO_SUCH_IMAGE", "USAGE", "UNSUPPORTED")) return undefined;
      throw error;
    }
  };

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#workspace?.[Symbol.asyncDispose]();
  }
}

/** Whether a context is files and nothing more. */
function isFiles({ kind }: ContextLocation): boolean {
  return kind === "directory" || kind === "git" || kind === "http";
}

function imageName(location: ContextLocation): string | undefined {
  return location.kind === "image" ? location.reference : undefined;
}
