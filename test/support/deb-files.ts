import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { BinaryPackage } from "../../src/debian/package/package.ts";
import { hexOf } from "../../src/lib/digest.ts";

/** An entry of a .deb as dpkg-deb lists it. */
export interface DebEntry {
  /** As it lies in a usr-merged system, without a slash at either end. */
  readonly path: string;
  readonly directory: boolean;
}

/** What the .debs in distill's cache hold, by dpkg-deb; each is listed once. */
export class DebFiles {
  readonly #directory: string;
  readonly #known = new Map<string, readonly DebEntry[] | undefined>();

  /** `home` is a DISTILL_HOME. */
  constructor(home: string) {
    this.#directory = join(home, "cache/debs");
  }

  /** The entries of a package; undefined where its .deb is not in the cache. */
  of(wanted: BinaryPackage): readonly DebEntry[] | undefined {
    const deb = join(this.#directory, `${hexOf(wanted.digest)}.deb`);
    if (!this.#known.has(deb)) this.#known.set(deb, existsSync(deb) ? list(deb) : undefined);
    return this.#known.get(deb);
  }
}

function list(deb: string): readonly DebEntry[] {
  const data = spawnSync("dpkg-deb", ["--fsys-tarfile", deb], { maxBuffer: 2 ** 31 }).stdout;
  const { status, stdout } = spawnSync("tar", ["--quoting-style=literal", "-t"], {
    input: data,
    encoding: "latin1",
    maxBuffer: 2 ** 29,
  });
  if (status !== 0) throw new Error(`tar cannot list ${deb}`);
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const bare = line.replace(/^\.?\//, "").replace(/\/$/, "");
      return { path: bare.replace(/^(bin|sbin|lib|lib64)\//, "usr/$1/"), directory: line.endsWith("/") };
    });
}
