import type { CatalogueImage } from "./catalogue.ts";

/** A program that an image of the catalogue is there for; see test/programs. */
export interface Purpose {
  readonly what: string;
  /** Source in test/programs. */
  readonly source: string;
  /** Programs that the machine needs to compile it. */
  readonly compiler: string;
  /** Files that the machine needs to compile it. */
  readonly headers?: string;
  readonly flags: readonly string[];
}

const GO: Purpose = { what: "a static Go program", source: "static.go", compiler: "go", flags: [] };
const C: Purpose = { what: "a C program", source: "dynamic.c", compiler: "gcc", flags: ["-lm", "-lpthread"] };
const TLS: Purpose = {
  what: "a C program with OpenSSL",
  source: "tls.c",
  compiler: "gcc",
  headers: "/usr/include/openssl/ssl.h",
  flags: ["-lssl", "-lcrypto"],
};
const CPP: Purpose = { what: "a C++ program", source: "parallel.cc", compiler: "g++", flags: ["-fopenmp"] };

/** Every program, in the order in which they are compiled. */
export const PURPOSES: readonly Purpose[] = [GO, C, TLS, CPP];

const OF_BASES: Readonly<Record<string, readonly Purpose[]>> = {
  static: [GO],
  "base-nossl": [GO, C],
  base: [GO, C, TLS],
  cc: [GO, C, TLS, CPP],
  python3: [GO, C, TLS],
  "python3.9": [GO],
  "python2.7": [GO],
  "java-base": [GO, C],
};

/** What an image must run. Programs that this machine compiles need its glibc or a later one: bullseye's is older. */
export function purposesOf({ base, suite }: CatalogueImage): readonly Purpose[] {
  const purposes = OF_BASES[base] ?? [];
  return suite === "bullseye" ? purposes.filter((each) => each === GO) : purposes;
}
