import { CHANGES } from "./changes.ts";
import { ENVIRONMENT } from "./environment.ts";
import { MOUNTS } from "./mounts.ts";
import type { OwnBuild } from "./own-build.ts";

export const OWN_BUILDS: readonly OwnBuild[] = [...CHANGES, ...MOUNTS, ...ENVIRONMENT];
