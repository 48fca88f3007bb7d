import type { Cataloger } from "../cataloger.ts";
import { layoutOf, mayBeCompiled, tellerOf, unlessBroken } from "./compiled.ts";

/**
 * Which libraries compiled files ask for, and which one each is. Files that ask for none and have no name claim nothing.
 * What is broken in an ELF file is told here once, for the other catalogers of compiled files too.
 */
export const elfCataloger: Cataloger = {
  name: "elf",
  wants: mayBeCompiled,
  async read(file, _layer, warn) {
    const tell = tellerOf(file, warn);
    const elf = await unlessBroken(() => layoutOf(file), tell);
    if (elf === undefined) return [];
    for (const problem of elf.problems) tell(problem);
    if (elf.soname === undefined && elf.needed.length === 0) return [];
    return [{ kind: "elf", soname: elf.soname, needed: elf.needed }];
  },
};
