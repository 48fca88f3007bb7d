/** Attributes of the main section of a manifest by lower-case name (JAR File Specification, "JAR Manifest"). */
export type Manifest = ReadonlyMap<string, string>;

const MAX_ATTRIBUTES = 1000;

/**
 * Reads the main section. A line that begins with a space continues the one before it, in the middle of a character even.
 * Of an attribute that stands twice the last counts, as for java.util.jar; what is no attribute is passed over.
 */
export function readManifest(bytes: Uint8Array): Manifest {
  const attributes = new Map<string, string>();
  for (const line of mainLines(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1"))) {
    const colon = line.indexOf(":");
    if (colon <= 0 || colon > 70) continue;
    const value = Buffer.from(line.slice(colon + 1), "latin1")
      .toString("utf8")
      .trim();
    attributes.set(line.slice(0, colon).toLowerCase(), value);
    if (attributes.size >= MAX_ATTRIBUTES) break;
  }
  return attributes;
}

function mainLines(text: string): readonly string[] {
  const lines: string[][] = [];
  for (const line of text.split(/\r\n|\n|\r/)) {
    if (line === "") break;
    const last = lines.at(-1);
    if (!line.startsWith(" ")) lines.push([line]);
    else if (last !== undefined) last.push(line.slice(1));
  }
  return lines.map((parts) => parts.join(""));
}
