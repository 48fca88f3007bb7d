/** A package that an image says it holds. */
export interface InstalledPackage {
  /** Whose package it is: of dpkg. */
  readonly kind: "deb";
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  /** The file of the image that says so: absolute, for people. */
  readonly record: string;
}
