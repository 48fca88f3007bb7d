import { DistillError } from "../../lib/errors.ts";
import { shownUrl } from "../../lib/http/url.ts";
import { DEBIAN_KEYS } from "./archive-keys.ts";
import type { ArmoredKey } from "./armored-key.ts";
import { readKeyring } from "./keyring.ts";

/** Debian's own archives, whichever mirror serves them. */
export type DebianArchiveName = "debian" | "debian-security";

/** One component of one suite of a Debian archive, and the keys that it may be signed with. */
export interface ArchiveSource {
  /** Which of Debian's archives this is a mirror of; absent for an archive of somebody else's. */
  readonly name?: DebianArchiveName;
  /** Address of the archive, without a slash at the end. */
  readonly uri: string;
  readonly suite: string;
  readonly component: string;
  readonly keys: readonly ArmoredKey[];
}

export interface DebianSourceOptions {
  /** Codename of the release; default trixie. */
  readonly suite?: string;
  /** Address of the main archive in place of deb.debian.org's. */
  readonly mirror?: string;
  readonly securityMirror?: string;
}

const MIRROR = "http://deb.debian.org/debian";
const SECURITY_MIRROR = "http://deb.debian.org/debian-security";
const SNAPSHOT = "https://snapshot.debian.org/archive";

/** A further source beside a release's own. */
export interface FurtherSource {
  /** Address of an archive; undefined for Debian's own, which then has the release's mirror and keys. */
  readonly uri: string | undefined;
  readonly suite: string;
  readonly components: readonly string[];
  readonly keys: readonly ArmoredKey[];
}

/** The sources that a further one amounts to, one for each component; `own` are those of the release. */
export function furtherSources(further: FurtherSource, own: readonly ArchiveSource[]): readonly ArchiveSource[] {
  const debian = own[0];
  if (debian === undefined) throw new Error("a release has sources");
  const { uri, suite, components } = further;
  const place = uri === undefined ? { ...debian } : { uri, keys: further.keys };
  return components.map((component) => ({ ...place, suite, component }));
}

/**
 * The sources of a Debian release: the release itself, its -updates and its -security, component main. Options win over
 * DISTILL_DEBIAN_MIRROR and DISTILL_DEBIAN_SECURITY_MIRROR in `environment`; DISTILL_DEBIAN_KEYRING names a file of
 * armored keys that are trusted in place of Debian's. CONFIG_INVALID for addresses and keyrings that are none,
 * UNSUPPORTED for another release.
 */
export async function debianSources(
  options: DebianSourceOptions = {},
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<readonly ArchiveSource[]> {
  const suite = options.suite ?? "trixie";
  if (!isKnownRelease(suite)) {
    throw new DistillError("UNSUPPORTED", `distill has no keys for the Debian release ${JSON.stringify(suite)}`, {
      hint: `known releases: ${Object.keys(DEBIAN_KEYS).join(", ")}`,
    });
  }
  const keyring = environment.DISTILL_DEBIAN_KEYRING;
  const own = keyring ? [await readKeyring(keyring, "DISTILL_DEBIAN_KEYRING")] : undefined;
  const keys = DEBIAN_KEYS[suite];
  const main = archiveAddress(options.mirror || environment.DISTILL_DEBIAN_MIRROR || MIRROR, "DISTILL_DEBIAN_MIRROR");
  const security = archiveAddress(
    options.securityMirror || environment.DISTILL_DEBIAN_SECURITY_MIRROR || SECURITY_MIRROR,
    "DISTILL_DEBIAN_SECURITY_MIRROR",
  );
  const component = "main";
  return [
    { name: "debian", uri: main, suite, component, keys: own ?? keys.main },
    { name: "debian", uri: main, suite: `${suite}-updates`, component, keys: own ?? keys.main },
    { name: "debian-security", uri: security, suite: `${suite}-security`, component, keys: own ?? keys.security },
  ];
}

/**
 * What a source is called on every machine, whatever mirror is in use: `debian trixie main`; the address, without
 * credentials, in place of the name for an archive that is not Debian's.
 */
export function sourceKey({ name, uri, suite, component }: ArchiveSource): string {
  return `${name ?? shownUrl(uri).replace(/\/+$/, "")} ${suite} ${component}`;
}

/**
 * Address of the archive of all that Debian ever published: DISTILL_DEBIAN_SNAPSHOT, undefined where that is `off`.
 * CONFIG_INVALID where it is no address.
 */
export function debianSnapshot(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string | undefined {
  const text = environment.DISTILL_DEBIAN_SNAPSHOT || SNAPSHOT;
  return text === "off" ? undefined : archiveAddress(text, "DISTILL_DEBIAN_SNAPSHOT");
}

function isKnownRelease(suite: string): suite is keyof typeof DEBIAN_KEYS {
  return Object.hasOwn(DEBIAN_KEYS, suite);
}

/** Checks the address of an archive, and takes slashes off its end; CONFIG_INVALID names the `variable` that it is from. */
export function archiveAddress(text: string, variable: string): string {
  const url = URL.parse(text);
  const usable = url !== null && (url.protocol === "http:" || url.protocol === "https:");
  if (usable && url.search === "" && url.hash === "") return text.replace(/\/+$/, "");
  throw new DistillError(
    "CONFIG_INVALID",
    `${variable} is not the http or https address of a mirror: ${shownUrl(text)}`,
    {
      hint: `expected something like ${MIRROR}`,
    },
  );
}
