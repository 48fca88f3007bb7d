/** Arguments that RUN has without a declaration, and that say nothing of what it makes. */
export const PROXIES: readonly string[] = ["HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY"].flatMap(
  (name) => [name, name.toLowerCase()],
);

/** Keeps cache mounts apart from those of others. */
export const CACHE_NAMESPACE = "BUILDKIT_CACHE_MOUNT_NS";

/** Of the platforms, of the stage, and BuildKit's own. */
const KNOWN = /^(?:BUILDKIT_[A-Z_]+|(?:BUILD|TARGET)(?:PLATFORM|OS|OSVERSION|ARCH|VARIANT)|TARGETSTAGE)$/;

/** Whether an argument means something without a declaration. */
export function isKnownArgument(name: string): boolean {
  return PROXIES.includes(name) || name === "SOURCE_DATE_EPOCH" || KNOWN.test(name);
}
