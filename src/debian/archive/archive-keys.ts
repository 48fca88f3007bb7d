import type { DebianRelease } from "../releases.ts";
import { BOOKWORM_ARCHIVE, BOOKWORM_SECURITY, BOOKWORM_STABLE } from "./archive-keys-bookworm.ts";
import { BULLSEYE_ARCHIVE, BULLSEYE_SECURITY, BULLSEYE_STABLE } from "./archive-keys-bullseye.ts";
import { TRIXIE_ARCHIVE, TRIXIE_SECURITY, TRIXIE_STABLE } from "./archive-keys-trixie.ts";
import type { ArmoredKey } from "./armored-key.ts";

/** The keys that Debian signs one of its releases with. */
export interface ReleaseKeys {
  /** For the release and its -updates. */
  readonly main: readonly ArmoredKey[];
  /** For its -security. */
  readonly security: readonly ArmoredKey[];
}

/**
 * Debian's archive keys by release: those of the package debian-archive-keyring (2025.1, bullseye's 2023.3), without signatures by others.
 * Debian signs every suite with the keys of its own release among others, so only those are trusted for it.
 */
export const DEBIAN_KEYS: Readonly<Record<DebianRelease, ReleaseKeys>> = {
  trixie: { main: [TRIXIE_ARCHIVE, TRIXIE_STABLE], security: [TRIXIE_SECURITY] },
  bookworm: { main: [BOOKWORM_ARCHIVE, BOOKWORM_STABLE], security: [BOOKWORM_SECURITY] },
  bullseye: { main: [BULLSEYE_ARCHIVE, BULLSEYE_STABLE], security: [BULLSEYE_SECURITY] },
};
