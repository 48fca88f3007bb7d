import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PackageRecord } from "../../src/compose/record.ts";
import type { Digest } from "../../src/lib/digest.ts";
import { Store } from "../../src/store/store.ts";
import { mustDistill } from "./cli.ts";
import { LayeredTree } from "./layered-tree.ts";
import { IS_SHARE } from "./share.ts";

/** An image of the catalogue. */
export interface CatalogueImage {
  readonly base: string;
  /** Debian's codename. */
  readonly suite: string;
  readonly architecture: "amd64" | "arm64";
  /** Further flags of `compose`: `["--debug"]`. */
  readonly flags: readonly string[];
}

type Architecture = CatalogueImage["architecture"];

/** What `compose` makes: each base, and the suites that it is there for, the one that it takes by itself first. */
const BASES: readonly (readonly [base: string, suites: readonly string[]])[] = [
  ["static", ["trixie", "bookworm", "bullseye"]],
  ["base-nossl", ["trixie", "bookworm", "bullseye"]],
  ["base", ["trixie", "bookworm", "bullseye"]],
  ["cc", ["trixie", "bookworm", "bullseye"]],
  ["python3", ["trixie", "bookworm"]],
  ["python3.9", ["bullseye"]],
  ["python2.7", ["bullseye"]],
  ["java-base", ["trixie", "bookworm"]],
  ["java17", ["bookworm"]],
  ["java21", ["trixie"]],
  ["java25", ["trixie"]],
];

/**
 * Suites of which the archive still has everything for the architecture: Debian's mirrors have dropped the security
 * updates of bullseye for arm64 from the pool, which its package list names all the same.
 */
const SUITES: Readonly<Record<Architecture, readonly string[]>> = {
  amd64: ["trixie", "bookworm", "bullseye"],
  arm64: ["trixie", "bookworm"],
};

/** Of older suites what only they have, and the image with the most packages; of other machines one of each kind. */
function isInShare({ base, suite, architecture }: Omit<CatalogueImage, "flags">): boolean {
  if (architecture !== "amd64") return suite === "trixie" && /^(?:cc|python3)$/.test(base);
  if (suite === "trixie") return true;
  return suite === "bookworm" ? base === "java17" || base === "python3" : base === "python2.7";
}

/** The images of the catalogue that are tested, without variants. */
export const CATALOGUE: readonly CatalogueImage[] = (["amd64", "arm64"] as const)
  .flatMap((architecture) =>
    BASES.flatMap(([base, suites]) =>
      suites
        .filter((suite) => SUITES[architecture].includes(suite))
        .map((suite): CatalogueImage => ({ base, suite, architecture, flags: [] })),
    ),
  )
  .filter((image) => !IS_SHARE || isInShare(image));

/** Of Java's runtimes, which take long, a share has one. */
export const isWorthIt = ({ base }: Pick<CatalogueImage, "base">): boolean =>
  !IS_SHARE || !/^java(?:17|25)$/.test(base);

/**
 * Images that no other one stands on: their lower tiers are the smaller images. Java's runtimes, two hundred MB each, are
 * looked at for amd64, and for arm64 what they stand on.
 */
export const TOPMOST: readonly CatalogueImage[] = CATALOGUE.filter(({ base, architecture }) =>
  (architecture === "amd64" ? /^(?:cc|python[\d.]+|java\d+)$/ : /^(?:cc|python[\d.]+|java-base)$/).test(base),
).filter(isWorthIt);

/** The suite that `compose` takes where none is asked for. */
function defaultSuite(base: string): string | undefined {
  return BASES.find(([name]) => name === base)?.[1][0];
}

/** The images to be run: those for amd64, of bullseye only what is there for its sake. */
export const RUNNABLE: readonly CatalogueImage[] = CATALOGUE.filter(
  ({ architecture, suite, base }) => architecture === "amd64" && (suite !== "bullseye" || base.startsWith("python")),
);

/** "base of trixie", "cc of bookworm for arm64 --debug". */
export function titleOf({ base, suite, architecture, flags }: CatalogueImage): string {
  return [`${base} of ${suite}`, ...(architecture === "amd64" ? [] : [`for ${architecture}`]), ...flags].join(" ");
}

/** A name for the image in an engine and for its files. */
export function nameOf({ base, suite, architecture, flags }: CatalogueImage): string {
  return [base, suite, architecture, ...flags.map((flag) => flag.replace(/^--/, ""))].join("-").toLowerCase();
}

/** What `compose --format json` says. */
export interface ComposeReport {
  readonly digest: Digest;
  readonly imageID: Digest;
  readonly sizes: { readonly uncompressed: number; readonly compressed: number };
  readonly layers: readonly { readonly diffID: Digest; readonly uncompressed: number; readonly compressed: number }[];
  readonly packages: readonly PackageRecord[];
  readonly dropped: readonly { readonly name: string; readonly why: string }[];
}

/** An image's config as far as tests look at it (OCI image-spec, config.md). */
export interface ImageConfig {
  readonly architecture: string;
  readonly os: string;
  readonly config: {
    readonly User?: string;
    readonly Env?: readonly string[];
    readonly Entrypoint?: readonly string[];
    readonly Cmd?: readonly string[];
    readonly WorkingDir?: string;
    readonly ExposedPorts?: Readonly<Record<string, object>>;
    readonly Volumes?: Readonly<Record<string, object>>;
    readonly Labels?: Readonly<Record<string, string>>;
  };
}

/** A home of the tests of one file, in which images are composed from Debian's archive, each once. To be closed. */
export class Kitchen {
  readonly home = mkdtempSync(join(tmpdir(), "distill-kitchen-"));
  readonly #reports = new Map<string, Promise<ComposeReport>>();
  readonly #trees: LayeredTree[] = [];
  #store: Store | undefined;

  /** Packages and layers are shared with the other test files of a run (scripts/test.ts). */
  get environment(): Record<string, string> {
    return { DISTILL_HOME: process.env.DISTILL_TEST_HOME ?? join(this.home, "distill") };
  }

  /** Composes the image, and writes it to `archive` too. */
  compose(image: CatalogueImage): Promise<ComposeReport> {
    const name = nameOf(image);
    let report = this.#reports.get(name);
    if (report === undefined) {
      report = this.#compose(image, name);
      this.#reports.set(name, report);
    }
    return report;
  }

  /** Path of the image's docker-archive, in which it is called as nameOf says. */
  archive(image: CatalogueImage): string {
    return join(this.home, `${nameOf(image)}.tar`);
  }

  /** The image's root file system, readable until the kitchen is closed. */
  async tree(image: CatalogueImage): Promise<LayeredTree["tree"]> {
    const { layers } = await this.compose(image);
    const layered = await LayeredTree.of(
      this.store(),
      layers.map(({ diffID }) => diffID),
    );
    this.#trees.push(layered);
    return layered.tree;
  }

  async config(image: CatalogueImage): Promise<ImageConfig> {
    const { imageID } = await this.compose(image);
    return JSON.parse(readFileSync(this.store().blobPath(imageID), "utf8")) as ImageConfig;
  }

  store(): Store {
    this.#store ??= Store.open(join(this.environment.DISTILL_HOME as string, "store"));
    return this.#store;
  }

  async close(): Promise<void> {
    for (const tree of this.#trees) await tree[Symbol.asyncDispose]();
    await this.#store?.close();
    rmSync(this.home, { recursive: true, force: true });
  }

  async #compose(image: CatalogueImage, name: string): Promise<ComposeReport> {
    const { base, suite, architecture, flags } = image;
    // Flags only where they say something else than their default, so that the defaults are tested as well.
    const further = [
      ...(suite === defaultSuite(base) ? [] : ["--suite", suite]),
      ...(architecture === "amd64" ? [] : ["--platform", `linux/${architecture}`]),
      ...flags,
    ];
    const outputs = ["-t", name, "-o", `docker-archive:${this.archive(image)}`, "--format", "json"];
    const { stdout } = await mustDistill(["compose", base, ...further, ...outputs], { env: this.environment });
    return JSON.parse(stdout) as ComposeReport;
  }
}
