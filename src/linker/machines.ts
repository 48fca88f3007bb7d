/** What the dynamic loader's behaviour depends on, per machine of ELF's e_machine. */
export interface LinkerMachine {
  /** Debian's multiarch tuple. */
  readonly tuple: string;
  /** Marks an entry of ld.so.cache as a library of this machine (glibc, sysdeps/generic/ldconfig.h). */
  readonly cacheFlags: number;
}

const MACHINES: ReadonlyMap<number, LinkerMachine> = new Map([
  [62, { tuple: "x86_64-linux-gnu", cacheFlags: 0x0303 }],
  [183, { tuple: "aarch64-linux-gnu", cacheFlags: 0x0a03 }],
]);

/** The loader's facts for an e_machine number; undefined for machines that distill does not compose for. */
export function linkerMachine(machine: number): LinkerMachine | undefined {
  return MACHINES.get(machine);
}

/** Directories that Debian's ld.so searches by itself, in order (`ld.so --help`, "system search path"). */
export function systemDirectories(tuple: string): readonly string[] {
  return [`/lib/${tuple}`, `/usr/lib/${tuple}`, "/lib", "/usr/lib"];
}

/**
 * Directories that ldconfig lists in the cache, in the order of Debian's /etc/ld.so.conf.d (libc.conf before the
 * multiarch file), then the system's own.
 */
export function cachedDirectories(tuple: string): readonly string[] {
  return ["/usr/local/lib", `/usr/local/lib/${tuple}`, ...systemDirectories(tuple)];
}
