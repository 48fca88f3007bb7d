import { accounts } from "./accounts.ts";
import { certificates } from "./certificates.ts";
import { ldSoCache } from "./ld-cache.ts";
import { libraryAlternatives } from "./library-alternatives.ts";
import { nameService } from "./name-service.ts";
import { opensslDefault } from "./openssl-default.ts";
import { osRelease } from "./os-release.ts";
import type { Piece, PieceContext, PieceName } from "./piece.ts";
import { python } from "./python.ts";
import { skeleton } from "./skeleton.ts";

const PIECES: Readonly<Record<PieceName, Piece>> = {
  skeleton,
  accounts,
  "os-release": osRelease,
  "name-service": nameService,
  certificates,
  "openssl-default": opensslDefault,
  python,
  "library-alternatives": libraryAlternatives,
  "ld-so-cache": ldSoCache,
};

/** Writes the pieces in the order given. */
export async function writePieces(names: readonly PieceName[], context: PieceContext): Promise<void> {
  for (const name of names) await PIECES[name](context);
}
