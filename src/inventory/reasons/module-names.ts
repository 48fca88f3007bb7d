import type { RootPath } from "../../rootfs/path.ts";
import type { Tree } from "../../rootfs/tree.ts";
import type { FileOwner } from "../file-owners.ts";
import type { InventoryPackage } from "../inventory.ts";

/** Names by which other files import a package's modules. */
export interface ImportedNames {
  readonly python: readonly string[];
  readonly node: readonly string[];
}

/** Directories in which Python finds modules by name. */
const PYTHON_PATH = /(?:^|\/)(?:site|dist)-packages\/([A-Za-z_]\w*)(?:\/__init__\.py|\.py|(?:\.[\w-]+)?\.so)$/;

/** Of Python the modules that it has on Python's path, of Node.js its name. */
export function importedNames(
  found: InventoryPackage | undefined,
  tree: Tree,
  owners: ReadonlyMap<RootPath, FileOwner>,
  number: number,
): ImportedNames {
  const node = [found, ...(found?.parts ?? [])].flatMap((each) => (each?.facts.type === "npm" ? each.facts.name : []));
  const python = new Set<string>();
  for (const [path] of tree.entries()) {
    const [, module] = PYTHON_PATH.exec(path) ?? [];
    const owner = module === undefined ? undefined : owners.get(path);
    if (module !== undefined && owner?.kind === "package" && owner.package === number) python.add(module);
  }
  return { python: [...python], node };
}
