/** What Maven calls a library. */
export interface MavenCoordinates {
  /** `org.slf4j`; "" where it is not known. */
  readonly group: string;
  /** `slf4j-api` */
  readonly artifact: string;
  /** "" where it is not known. */
  readonly version: string;
}

/** Names and versions as Maven takes them; properties that were not filled in (`${x}`) are none. */
const NAME = /^[A-Za-z0-9_.-]{1,255}$/;
const VERSION = /^[A-Za-z0-9_][A-Za-z0-9_.+~-]{0,254}$/;

/** The text where it is a name of Maven's, "" otherwise. */
export function mavenName(text: string | undefined): string {
  return text !== undefined && NAME.test(text) ? text : "";
}

/** The text where it is a version of Maven's, "" otherwise. */
export function mavenVersion(text: string | undefined): string {
  return text !== undefined && VERSION.test(text) ? text : "";
}

/** Reads META-INF/maven/GROUP/ARTIFACT/pom.properties, which Maven writes; undefined where it names no library. */
export function readPomProperties(bytes: Uint8Array): MavenCoordinates | undefined {
  const values = new Map<string, string>();
  for (const line of Buffer.from(bytes)
    .toString("utf8")
    .split(/\r\n|\n|\r/)) {
    const equals = line.indexOf("=");
    if (equals > 0 && !line.startsWith("#")) values.set(line.slice(0, equals).trim(), line.slice(equals + 1).trim());
  }
  const group = mavenName(values.get("groupId"));
  const artifact = mavenName(values.get("artifactId"));
  const version = mavenVersion(values.get("version"));
  return group === "" || artifact === "" || version === "" ? undefined : { group, artifact, version };
}

const MAX_LICENSES = 20;

/** Names of the licences in a pom.xml, as they stand there; those of a parent are not known. */
export function readPomLicenses(bytes: Uint8Array): readonly string[] {
  const text = Buffer.from(bytes).toString("utf8");
  const from = text.indexOf("<licenses>");
  const to = text.indexOf("</licenses>", from);
  if (from < 0 || to < 0) return [];
  const names: string[] = [];
  for (let at = text.indexOf("<name>", from); at >= 0 && at < to; at = text.indexOf("<name>", at)) {
    const end = text.indexOf("</name>", at);
    if (end < 0 || names.length >= MAX_LICENSES) break;
    names.push(text.slice(at + "<name>".length, end));
    at = end;
  }
  return names.map(licenseText).filter((name) => name !== "");
}

/** One line of at most 200 characters; "" for anything else. */
export function licenseText(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length <= 200 && !/\p{Cc}/u.test(line) ? line : "";
}
