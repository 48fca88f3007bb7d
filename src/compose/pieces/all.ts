import { accounts } from "./accounts.ts";
import { alternatives } from "./alternatives.ts";
import { askedAccounts } from "./asked-accounts.ts";
import { askedCertificates } from "./asked-certificates.ts";
import { askedFiles } from "./asked-files.ts";
import { busybox } from "./busybox.ts";
import { certificates } from "./certificates.ts";
import { fontconfig } from "./fontconfig.ts";
import { javaCacerts } from "./java-cacerts.ts";
import { ldSoCache } from "./ld-cache.ts";
import { locale } from "./locale.ts";
import { nameService } from "./name-service.ts";
import { opensslDefault } from "./openssl-default.ts";
import { osRelease } from "./os-release.ts";
import { packageAccounts } from "./package-accounts.ts";
import type { Piece, PieceContext, PieceName } from "./piece.ts";
import { python } from "./python.ts";
import { scriptFiles } from "./script-files.ts";
import { skeleton } from "./skeleton.ts";
import { timeZone } from "./time-zone.ts";
import { tmpfiles } from "./tmpfiles.ts";

const PIECES: Readonly<Record<PieceName, Piece>> = {
  skeleton,
  accounts,
  "os-release": osRelease,
  "name-service": nameService,
  certificates,
  "openssl-default": opensslDefault,
  python,
  "java-cacerts": javaCacerts,
  "package-accounts": packageAccounts,
  "script-files": scriptFiles,
  tmpfiles,
  alternatives,
  fontconfig,
  "ld-so-cache": ldSoCache,
  busybox,
  "asked-accounts": askedAccounts,
  "asked-certificates": askedCertificates,
  "time-zone": timeZone,
  locale,
  "asked-files": askedFiles,
};

/**
 * Pieces that do what scripts and files of packages ask for; they write nothing where none does. Behind the
 * certificates, and before the loader's cache, which lists the libraries that alternatives bring.
 */
const PIECES_OF_SCRIPTS: readonly PieceName[] = [
  "java-cacerts",
  "package-accounts",
  "script-files",
  "tmpfiles",
  "alternatives",
  "fontconfig",
];

/** A tier's pieces with those of scripts put in where they belong. */
export function withPiecesOfScripts(names: readonly PieceName[]): readonly PieceName[] {
  const at = names.indexOf("ld-so-cache");
  const split = at < 0 ? names.length : at;
  return [...names.slice(0, split), ...PIECES_OF_SCRIPTS, ...names.slice(split)];
}

/** Writes the pieces in the order given. */
export async function writePieces(names: readonly PieceName[], context: PieceContext): Promise<void> {
  for (const name of names) await PIECES[name](context);
}
