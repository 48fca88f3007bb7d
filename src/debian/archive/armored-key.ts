/** OpenPGP certificates in ASCII armor (RFC 9580, section 6.2): one that is pinned, or all those of a user's file. */
export interface ArmoredKey {
  /** Lower-case hex fingerprint that the (single) certificate must have; undefined for a file that the user vouches for. */
  readonly fingerprint: string | undefined;
  readonly armored: string;
}
