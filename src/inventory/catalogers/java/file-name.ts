import { mavenName, mavenVersion } from "./pom.ts";

/** What the name of an archive says, as Maven and Gradle give it: NAME-VERSION.jar. */
export interface NamedArchive {
  readonly artifact: string;
  /** "" where the name has none. */
  readonly version: string;
}

const SNAPSHOT = /^\d{8}\.\d{6}-\d+(-|$)/;

/** Where versions may begin: mostly a number and a point, as in `log4j-1.2-api-2.17.0`; else a number, as in `javax.inject-1`. */
const STARTS = [/-(?=\d+\.)/g, /-(?=\d)/g];

/**
 * Splits a name such as `guava-33.0.0-jre.jar`. `version` is what the archive itself says, which settles what is ambiguous
 * and leaves a classifier away: `netty-epoll-4.1.100.Final-linux-x86_64.jar`.
 */
export function splitFileName(fileName: string, version: string): NamedArchive {
  const base = fileName.slice(0, 300).replace(/\.[^.]*$/, "");
  const stated = version === "" ? -1 : `${base}-`.lastIndexOf(`-${version}-`);
  if (stated > 0) return { artifact: mavenName(base.slice(0, stated)), version };
  for (const start of STARTS) {
    const places = [...base.matchAll(start)].map(({ index }) => index).filter((index) => index > 0);
    const last = places.at(-1);
    if (last === undefined) continue;
    const at = SNAPSHOT.test(base.slice(last + 1)) ? (places.at(-2) ?? last) : last;
    return { artifact: mavenName(base.slice(0, at)), version: mavenVersion(base.slice(at + 1)) };
  }
  return { artifact: mavenName(base), version: "" };
}
