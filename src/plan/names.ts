/** The bases that a plan may name, smallest first. */
export const BASE_NAMES = ["static", "base-nossl", "base", "cc", "python3", "python3.9", "python2.7"] as const;

export type BaseName = (typeof BASE_NAMES)[number];

/** Parts of packages that are left out of images unless a plan names them. */
export const SLICE_NAMES = [
  "documentation",
  "licenses",
  "translations",
  "locales",
  "packaging",
  "shell-completion",
  "desktop",
  "services",
  "login",
  "certificate-tools",
  "development",
  "gconv",
  "leap-second-zones",
  "static-libraries",
  "ldconfig",
  "python-tests",
  "python-tk",
  "python-ndbm",
  "python-nis",
  "python-unusable",
  "python-ensurepip",
  "python-docs",
  "python-packaging",
] as const;

export type SliceName = (typeof SLICE_NAMES)[number];
