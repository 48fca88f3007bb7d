import { accounts } from "./accounts.ts";
import { askedAccounts } from "./asked-accounts.ts";
import { askedCertificates } from "./asked-certificates.ts";
import { askedFiles } from "./asked-files.ts";
import { busybox } from "./busybox.ts";
import { certificates } from "./certificates.ts";
import { ldSoCache } from "./ld-cache.ts";
import { libraryAlternatives } from "./library-alternatives.ts";
import { locale } from "./locale.ts";
import { nameService } from "./name-service.ts";
import { opensslDefault } from "./openssl-default.ts";
import { osRelease } from "./os-release.ts";
import type { Piece, PieceContext, PieceName } from "./piece.ts";
import { python } from "./python.ts";
import { skeleton } from "./skeleton.ts";
import { timeZone } from "./time-zone.ts";

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
  busybox,
  "asked-accounts": askedAccounts,
  "asked-certificates": askedCertificates,
  "time-zone": timeZone,
  locale,
  "asked-files": askedFiles,
};

/** Writes the pieces in the order given. */
export async function writePieces(names: readonly PieceName[], context: PieceContext): Promise<void> {
  for (const name of names) await PIECES[name](context);
}
