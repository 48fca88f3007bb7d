import { containerConfig } from "../compose/catalogue/container-config.ts";
import { composeRequest } from "../compose/request.ts";
import type { Platform } from "../image/platform.ts";
import { NO_SETTINGS } from "../plan/compose-step.ts";
import { baseComposition, type ComposeMeans, composeLayers } from "./compose-layers.ts";
import type { ComposedImage } from "./composed-system.ts";
import type { LockFile } from "./lock-file.ts";

/** What stands for an image of Google's: made of Debian's packages, by the name that the image has. Fails as `composeLayers`. */
export async function composedBase(
  name: string,
  platform: Platform,
  options: Omit<ComposeMeans, "lock"> & { readonly lock: LockFile | undefined },
): Promise<ComposedImage> {
  const step = {
    kind: "compose" as const,
    text: `compose ${name}`,
    ...{ base: name, suite: undefined, user: undefined, debug: undefined },
    ...{ packages: [], slices: [], sources: [], debs: [] },
    settings: NO_SETTINGS,
  };
  const inputs = { sources: [], debs: [], settings: { ...NO_SETTINGS, certificates: [], files: [] } };
  const request = composeRequest(step, platform, inputs);
  options.progress.info(`${name} is composed from Debian ${request.suite}, not pulled`);
  const { record, lock } = await composeLayers(baseComposition(request), {
    ...options,
    lock: options.lock?.forBase(name),
  });
  const history = record.layers.map(({ createdBy }) => ({ created_by: createdBy }));
  return { record, lock, config: containerConfig(request), history, difference: undefined };
}
