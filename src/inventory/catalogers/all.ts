import type { Cataloger } from "../cataloger.ts";

/** Those that read what a system's own package manager wrote. */
export const SYSTEM_CATALOGERS: readonly Cataloger[] = [];

/** All of them. Each file is shown to each. */
export const ALL_CATALOGERS: readonly Cataloger[] = [...SYSTEM_CATALOGERS];
