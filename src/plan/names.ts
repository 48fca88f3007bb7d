/** The bases that a plan may name, smallest first. */
export const BASE_NAMES = [
  "static",
  "base-nossl",
  "base",
  "cc",
  "python3",
  "python3.9",
  "python2.7",
  "java-base",
  "java17",
  "java21",
  "java25",
] as const;

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
  "libc-tools",
  "python-tests",
  "python-tk",
  "python-ndbm",
  "python-nis",
  "python-unusable",
  "python-ensurepip",
  "python-docs",
  "python-packaging",
  "java-wide-archive",
] as const;

export type SliceName = (typeof SLICE_NAMES)[number];
