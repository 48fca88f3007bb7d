import type { DebianRelease } from "../../debian/releases.ts";
import { formatPlatform, type Platform } from "../../image/platform.ts";
import { systemImage } from "../catalogue/system-names.ts";
import type { Toolchain } from "../catalogue/toolchains.ts";
import { debianArchitecture } from "../request.ts";

/** A whole Debian that is to be composed: with apt, as an image that build stages begin with. */
export interface SystemRequest {
  /** As people write it. */
  readonly name: string;
  readonly suite: DebianRelease;
  readonly platform: Platform;
  readonly slim: boolean;
  readonly toolchain: Toolchain | undefined;
  /** Of the toolchain, where the name asks for one. */
  readonly version: string | undefined;
  readonly sources: readonly [];
  readonly debs: readonly [];
}

/** What a name stands for; fails as systemImage, and with UNSUPPORTED for a platform that distill does not compose for. */
export function systemRequest(name: string, platform: Platform): SystemRequest {
  debianArchitecture(platform);
  return { name, platform, ...systemImage(name), sources: [], debs: [] };
}

/** The request as JSON that is equal where the same files are asked for. */
export function describeSystem({ suite, platform, slim, toolchain }: SystemRequest): object {
  return { suite, platform: formatPlatform(platform), slim, toolchain: toolchain?.name };
}
