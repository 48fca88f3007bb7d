import { nameOf, textOfBytes } from "../../rootfs/path.ts";
import type { Cataloger } from "../cataloger.ts";
import type { PackageClaim } from "../claim.ts";
import { tellerOf } from "./compiled.ts";
import { ArchiveReader, isJavaArchive } from "./java/archive.ts";
import type { FoundLibrary } from "./java/libraries.ts";

/** The smallest ZIP archive is an empty one. */
const SMALLEST = 22;
const MAX_WARNINGS = 20;

/**
 * Java libraries in .jar, .war, .ear, .jpi and .hpi files, and in archives inside them. Names are `group:artifact`, or the
 * artifact alone where nothing says the group.
 */
export const javaCataloger: Cataloger = {
  name: "java",
  wants: ({ path, content }) => content.size >= SMALLEST && isJavaArchive(nameOf(path)),
  async read(file, _layer, warn) {
    const tell = tellerOf(file, warn);
    let told = 0;
    const reader = new ArchiveReader((problem) => {
      if (++told <= MAX_WARNINGS) tell(problem);
    });
    const libraries = await reader.read(file.content, textOfBytes(nameOf(file.path)));
    return libraries.map((library) => claimOf(file.path, library));
  },
};

function claimOf(path: string, { group, artifact, version, licenses, inside }: FoundLibrary): PackageClaim {
  const name = group === "" ? artifact : `${group}:${artifact}`;
  const facts = {
    type: "maven",
    name,
    version,
    architecture: "",
    source: undefined,
    licenses,
    dependencies: [],
  } as const;
  const claim: PackageClaim = { kind: "package", package: facts, files: [path], directories: [] };
  return inside === undefined ? claim : { ...claim, inside };
}
