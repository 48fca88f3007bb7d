import type { Tree } from "../rootfs/tree.ts";
import type { InstalledPackage } from "./installed-package.ts";

/** Told what could not be read, with the name of the file. */
export type Warn = (text: string) => void;

/** Reads one kind of package database; what of it cannot be read is told, and the rest is given all the same. */
export type Cataloger = (tree: Tree, warn: Warn) => Promise<readonly InstalledPackage[]>;
