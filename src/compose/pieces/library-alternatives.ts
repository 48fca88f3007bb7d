import { pathFromText } from "../../rootfs/path.ts";
import { type PieceContext, PieceWriter } from "./piece.ts";

const OPENBLAS = ["openblas-pthread", "openblas-openmp", "openblas-serial"];

/** Libraries that several packages bring, each in a directory of its own: the directories by Debian's priorities, best first. */
const ALTERNATIVES: readonly (readonly [library: string, directories: readonly string[]])[] = [
  ["libblas.so.3", [...OPENBLAS, "blas"]],
  ["liblapack.so.3", [...OPENBLAS, "lapack"]],
];

/** The links to BLAS and LAPACK that update-alternatives would make, without which the loader finds neither. */
export function libraryAlternatives(context: PieceContext): void {
  const write = new PieceWriter(context, "library-alternatives");
  const libraries = `/usr/lib/${context.tuple}`;
  for (const [library, directories] of ALTERNATIVES) {
    const best = directories
      .map((directory) => `${libraries}/${directory}/${library}`)
      .find((path) => context.editor.follow(pathFromText(path)).node?.type === "file");
    if (best !== undefined) write.link(`${libraries}/${library}`, best);
  }
}
