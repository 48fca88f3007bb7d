import { CATALOGUE, type CatalogueImage, RUNNABLE, titleOf } from "../../support/catalogue.ts";
import { IS_SHARE } from "../../support/share.ts";
import type { Check } from "./spec.ts";

const SUITES: Readonly<Record<string, string>> = { debian11: "bullseye", debian12: "bookworm", debian13: "trixie" };

/** Bases that have all that another one has: a structure test of that one must pass on them too. */
const SUPERSETS: Readonly<Record<string, readonly string[]>> = {
  static: ["static", "base"],
  base: ["base", "cc", "python3", "python3.9", "python2.7"],
  python3: ["python3", "python3.9"],
};

/** Users by which files are told apart. */
const USERS: readonly string[] = ["root", "nonroot"];

/**
 * The images that a structure test is about, by its file name: "base.yaml", "static-debian12.yaml",
 * "python3_debug.yaml"; in a share of the tests the first of them. Words that say nothing of an image are an error: the file would pass by not being looked at.
 */
export function subjectsOf(file: string): readonly CatalogueImage[] {
  const words = file.replace(/\.ya?ml$/, "").split(/[-_](?!nossl|base)/);
  const [name = "", ...rest] = words[0] === "debug" ? ["static", ...words] : words;
  const suites = rest.flatMap((word) => SUITES[word] ?? []);
  const user = rest.find((word) => USERS.includes(word));
  const debug = rest.includes("debug");
  const unknown = rest.filter((word) => word !== "debug" && !USERS.includes(word) && SUITES[word] === undefined);
  const bases = SUPERSETS[name] ?? [name];
  if (unknown.length > 0 || !CATALOGUE.some(({ base }) => bases.includes(base))) {
    throw new Error(`${file}: which images is this about?`);
  }
  const flags = [...(user === undefined ? [] : ["--user", user]), ...(debug ? ["--debug"] : [])];
  return RUNNABLE.filter(({ base, suite }) => bases.includes(base) && (suites.length === 0 || suites.includes(suite)))
    .filter((_, index) => !IS_SHARE || index === 0)
    .map((image) => ({ ...image, flags }));
}

/** Checks that cannot be made as they stand, or that an image fails on purpose, and why. */
const EXCEPTIONS: readonly {
  readonly file: RegExp;
  readonly check: RegExp;
  readonly images: RegExp;
  readonly why: string;
}[] = [];

/** Why a check does not apply to an image, or undefined where it does. */
export function whyNot(file: string, check: Check, image: CatalogueImage): string | undefined {
  return EXCEPTIONS.find(
    (each) => each.file.test(file) && each.check.test(check.name) && each.images.test(titleOf(image)),
  )?.why;
}
