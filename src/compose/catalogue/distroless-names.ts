import type { DebianRelease } from "../../debian/releases.ts";
import { DistillError } from "../../lib/errors.ts";
import type { BaseName } from "../../plan/names.ts";

/** What composes in place of an image of gcr.io/distroless. */
export interface DistrolessImage {
  readonly base: BaseName;
  readonly suite: DebianRelease;
  /** Debian packages beside those of the base: libraries that Google's image has, and that files copied in may need. */
  readonly packages: readonly string[];
  readonly user: "root" | "nonroot";
  readonly debug: boolean;
  /** `linux/...` where the tag says so. */
  readonly platform: string | undefined;
}

interface Entry {
  readonly base: BaseName;
  readonly packages: readonly string[];
}

const PLAIN = (base: BaseName): Entry => ({ base, packages: [] });

/** What Google's cc adds to base, by the GCC of the release. */
const CC = (gcc: number): readonly string[] => [`gcc-${gcc}-base`, "libgcc-s1", "libgomp1", "libstdc++6"];

const PYTHON = [
  ...["libbz2-1.0", "libcom-err2", "libcrypt1", "libexpat1", "libffi8", "libgssapi-krb5-2", "libk5crypto3"],
  ...["libkeyutils1", "libkrb5-3", "libkrb5support0", "liblzma5", "libncursesw6", "libnsl2", "libsqlite3-0"],
  ...["libtinfo6", "libuuid1", "zlib1g"],
];

/** By name and release: supersets of the packages that Google's images list (its BUILD files, August 2026). */
const IMAGES: Readonly<Partial<Record<string, Readonly<Partial<Record<DebianRelease, Entry>>>>>> = {
  static: { trixie: PLAIN("static"), bookworm: PLAIN("static") },
  "base-nossl": { trixie: PLAIN("base-nossl"), bookworm: PLAIN("base-nossl") },
  base: { trixie: PLAIN("base"), bookworm: PLAIN("base") },
  cc: { trixie: PLAIN("cc"), bookworm: PLAIN("cc") },
  python3: {
    trixie: {
      base: "python3",
      packages: [...CC(14), ...PYTHON, "libdb5.3t64", "libreadline8t64", "libtirpc3t64", "python3.13-venv"],
    },
    bookworm: {
      base: "python3",
      packages: [...CC(12), ...PYTHON, "libdb5.3", "libreadline8", "libtirpc3", "python3-distutils"],
    },
  },
  "python2.7": { bullseye: { base: "python2.7", packages: CC(10) } },
};

/** The release that a name without one stands for. */
const RELEASES: Readonly<Partial<Record<string, DebianRelease>>> = {
  debian13: "trixie",
  debian12: "bookworm",
  debian11: "bullseye",
};

const NAME = /^gcr\.io\/distroless\/([a-z0-9][a-z0-9.-]*?)(?:-(debian\d+))?(?::([\w.-]+))?$/;
const TAG = /^(latest|nonroot|debug|debug-nonroot)(?:-(amd64|arm64))?$/;

/** True for a name of Google's registry, whether distill can compose it or not. */
export function isDistrolessName(name: string): boolean {
  return name.startsWith("gcr.io/distroless/");
}

/**
 * What stands for `gcr.io/distroless/NAME[-debianN][:TAG]`. Tags mean what they mean there: none and `latest` run as
 * root, `nonroot` as 65532, `debug` and `debug-nonroot` have busybox too; `-amd64` or `-arm64` may follow. A name without
 * a release is of the newest one. UNSUPPORTED, with the names that there are, for what cannot be composed, and for a
 * digest, which only the registry can serve.
 */
export function distrolessImage(reference: string): DistrolessImage {
  const [, name = "", version, tag = "latest"] = NAME.exec(reference) ?? [];
  const [, variant, architecture] = TAG.exec(tag) ?? [];
  const entries = Object.hasOwn(IMAGES, name) ? IMAGES[name] : undefined;
  const suite = version === undefined ? newestOf(entries) : RELEASES[version];
  const entry = suite === undefined ? undefined : entries?.[suite];
  if (entry === undefined || suite === undefined) throw unknownImage(reference);
  if (variant === undefined) throw unknownTag(reference, tag);
  return {
    ...entry,
    suite,
    user: variant.endsWith("nonroot") ? "nonroot" : "root",
    debug: variant.startsWith("debug"),
    platform: architecture === undefined ? undefined : `linux/${architecture}`,
  };
}

function newestOf(entries: (typeof IMAGES)[string]): DebianRelease | undefined {
  return Object.values(RELEASES).find((release) => release !== undefined && entries?.[release] !== undefined);
}

function unknownImage(reference: string): DistillError {
  const names = Object.entries(IMAGES).flatMap(([name, entries]) =>
    Object.entries(RELEASES).flatMap(([version, release]) =>
      release !== undefined && entries?.[release] !== undefined ? [`${name}-${version}`] : [],
    ),
  );
  const problem = reference.includes("@") ? "names a digest, which only its registry can serve" : "cannot be composed";
  return new DistillError("UNSUPPORTED", `${reference} ${problem}`, {
    hint: `what can be composed of gcr.io/distroless/: ${names.join(", ")}; each with :latest, :nonroot, :debug or :debug-nonroot`,
  });
}

function unknownTag(reference: string, tag: string): DistillError {
  return new DistillError("UNSUPPORTED", `${reference} cannot be composed: its tag ${tag} is not known`, {
    hint: "the tags are latest, nonroot, debug and debug-nonroot, each also with -amd64 or -arm64 behind it",
  });
}
