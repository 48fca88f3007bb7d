/** A library that another one loads by name when it runs, which no NEEDED shows. */
export interface DlopenEdge {
  readonly from: string;
  readonly to: string;
  readonly why: string;
}

/** By package name. Each is also a Depends in the archive, so the edge says why that dependency is more than habit. */
export const DLOPEN_EDGES: readonly DlopenEdge[] = [
  { from: "libc6", to: "libgcc-s1", why: "glibc loads libgcc_s.so.1 for pthread_cancel, pthread_exit and backtrace" },
  { from: "libssl3t64", to: "openssl-provider-legacy", why: "OpenSSL loads ossl-modules/legacy.so for old ciphers" },
];
