import { DEBIAN_RELEASES, type DebianRelease } from "../../debian/releases.ts";
import { DistillError } from "../../lib/errors.ts";
import { TOOLCHAINS, type Toolchain } from "./toolchains.ts";

/** What composes in place of an official image that build stages begin with: a whole Debian. */
export interface SystemImage {
  readonly suite: DebianRelease;
  /** Without documentation, manuals and translations. */
  readonly slim: boolean;
  readonly toolchain: Toolchain | undefined;
  /** The version of the toolchain that the name asks for, such as "3.12"; undefined where any will do. */
  readonly version: string | undefined;
}

const DISTRIBUTIONS: ReadonlySet<string> = new Set(["debian", "ubuntu", "alpine"]);
const NAME = /^(?:docker\.io\/)?(?:library\/)?([a-z]+)(?::([\w.-]+))?$/;
const VERSION = /^\d+(?:\.\d+){0,2}$/;

const ALIASES: ReadonlyMap<string, DebianRelease> = new Map([
  ...DEBIAN_RELEASES.flatMap(({ codename, version }) => [[codename, codename] as const, [version, codename] as const]),
  ["latest", "trixie"],
  ["stable", "trixie"],
  ["oldstable", "bookworm"],
  ["oldoldstable", "bullseye"],
]);

/** True for names of distributions and languages that build stages begin with, whether distill can compose them or not. */
export function isSystemName(name: string): boolean {
  const repository = NAME.exec(name)?.[1] ?? "";
  return DISTRIBUTIONS.has(repository) || TOOLCHAINS.some((each) => each.name === repository);
}

/**
 * What stands for `debian`, `python` or `golang`, each with a tag of those that the official images have. Without a
 * release, a language comes of the release that has the version that is asked for, else of the newest. UNSUPPORTED, with
 * what to use in its place, for what is no Debian, for releases that distill has no keys for, and for days and point releases.
 */
export function systemImage(reference: string): SystemImage {
  const [, repository = "", tag = "latest"] = NAME.exec(reference) ?? [];
  if (repository === "debian") return debian(reference, tag);
  const toolchain = TOOLCHAINS.find((each) => each.name === repository);
  if (toolchain !== undefined) return language(reference, toolchain, tag);
  const other = repository === "alpine" ? ":trixie-slim (apt-get in place of apk)" : ":trixie";
  const end =
    repository === "alpine" ? "; where a static program is all that is in it, gcr.io/distroless/static-debian13" : "";
  throw refused(reference, "is no Debian", `use debian${other}${end}`);
}

function debian(reference: string, tag: string): SystemImage {
  const slim = tag.endsWith("-slim");
  const release = slim ? tag.slice(0, -"-slim".length) : tag;
  const suite = ALIASES.get(release);
  if (suite !== undefined) return { suite, slim, toolchain: undefined, version: undefined };
  const [, named = "", day] = /^([a-z]+|\d+)(?:-(\d{8})|\.\d+)$/.exec(release) ?? [];
  const known = ALIASES.get(named);
  if (known !== undefined) {
    const what = day === undefined ? "a point release" : "a day";
    const use = `use debian:${known}${slim ? "-slim" : ""}, and a lock file to get the same packages every time (--lock distill.lock)`;
    throw refused(reference, `names ${what}, and the archive has what is current`, use);
  }
  throw refused(reference, "is of a release that distill has no keys for", `use one of ${debianNames()}`);
}

function language(reference: string, toolchain: Toolchain, tag: string): SystemImage {
  const parts = tag === "latest" ? [] : tag.split("-");
  const version = VERSION.test(parts[0] ?? "") ? parts.shift() : undefined;
  const suites = parts.filter((part) => ALIASES.get(part) === part);
  const slim = parts.includes("slim");
  const unknown = parts.find((part) => part !== "slim" && !suites.includes(part));
  const { name } = toolchain;
  if (name === "python" && version !== undefined && /^[012](?:\.|$)/.test(version)) {
    const use =
      "use python:3, or for what cannot leave Python 2 debian:bullseye with apt-get install python2.7, and gcr.io/distroless/python2.7 to end on";
    throw refused(reference, "is a Python that Debian has no pip for", use);
  }
  if (unknown !== undefined || suites.length > 1 || (slim && toolchain.slimPackages === undefined)) {
    const what = unknown === "alpine" || /^alpine/.test(unknown ?? "") ? "is no Debian" : "has a tag that is not known";
    throw refused(reference, what, `use ${languageNames(toolchain)}`);
  }
  const suite = suites[0] === undefined ? releaseWith(toolchain, version) : (ALIASES.get(suites[0]) as DebianRelease);
  return { suite, slim, toolchain, version };
}

/** The release that has the version, the newest one where none has. */
function releaseWith({ versions }: Toolchain, version: string | undefined): DebianRelease {
  const releases = DEBIAN_RELEASES.map(({ codename }) => codename);
  const has = (release: DebianRelease): boolean =>
    version !== undefined && (version === versions[release] || version.startsWith(`${versions[release]}.`));
  return releases.find(has) ?? "trixie";
}

function debianNames(): string {
  return DEBIAN_RELEASES.map(({ codename }) => `debian:${codename}`).join(", ");
}

function languageNames({ name, language, versions, slimPackages }: Toolchain): string {
  const names = DEBIAN_RELEASES.map(({ codename }) => `${name}:${codename} (${language} ${versions[codename]})`);
  return `${names.join(", ")}${slimPackages === undefined ? "" : ", each with -slim too"}`;
}

function refused(reference: string, why: string, use: string): DistillError {
  return new DistillError("UNSUPPORTED", `${reference} cannot be composed: it ${why}`, {
    hint: `${use}; an image that is in the store is taken as it is (distill pull ${reference})`,
  });
}
