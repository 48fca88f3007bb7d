import { type Content, partOf } from "../../rootfs/content.ts";
import { nameOf, type RootPath } from "../../rootfs/path.ts";
import type { Cataloger, LayerFile } from "../cataloger.ts";
import type { Claim } from "../claim.ts";
import { findText } from "./binary-versions/find-text.ts";
import { genericClaim } from "./binary-versions/generic-claim.ts";
import { isReleaseFile, javaRelease } from "./binary-versions/java-release.ts";
import { WELL_KNOWN, type WellKnownBinary } from "./binary-versions/well-known.ts";
import { sectionOf } from "./compiled.ts";
import { readHead } from "./read-head.ts";

const ELF = "\x7fELF";
const MIN_SIZE = 4096;

/**
 * Programs and runtimes that came without a package: ELF files by names that are well known, with the version that stands in
 * their bytes, and Java by the `release` file of its directory. A file of such a name that does not say its version is none
 * of them: a small program that only starts a library, or another's.
 */
export const binaryVersionsCataloger: Cataloger = {
  name: "binary-versions",
  wants: (file) => isReleaseFile(file) || (file.content.size >= MIN_SIZE && candidateOf(file.path) !== undefined),
  read: (file, layer, warn) => (isReleaseFile(file) ? javaRelease(file, layer, warn) : claimsOfProgram(file)),
};

interface Candidate {
  readonly binary: WellKnownBinary;
  readonly captured: string;
}

function candidateOf(path: RootPath): Candidate | undefined {
  const name = nameOf(path);
  for (const binary of WELL_KNOWN) {
    const match = binary.file.exec(name);
    if (match !== null) return { binary, captured: match[1] ?? "" };
  }
  return undefined;
}

async function claimsOfProgram(file: LayerFile): Promise<readonly Claim[]> {
  const { path, content } = file;
  const candidate = candidateOf(path);
  if (candidate === undefined || (await readHead(content, ELF.length)).toString("latin1") !== ELF) return [];
  const { binary, captured } = candidate;
  const texts = await textsOf(file);
  for (const part of texts === undefined ? [content] : [texts, content]) {
    for (const anchor of binary.anchors(captured)) {
      const version = await findText(part, anchor, binary.version);
      if (version !== undefined) return [genericClaim(binary.name, version, { files: [path] })];
    }
  }
  return [];
}

/** Where compilers put a program's texts: a small part of large ones, and mostly the only one that need be read. */
async function textsOf(file: LayerFile): Promise<Content | undefined> {
  const section = await sectionOf(file, ".rodata");
  if (section === undefined || section.offset + section.size > file.content.size) return undefined;
  return partOf(file.content, section.offset, section.size);
}
