/** Control characters but tab and line feed, and what reorders or hides text (bidirectional controls, separators). */
const UNSAFE = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

/**
 * Text from elsewhere (a registry, an archive, a file name) made safe for a terminal: characters that could move the
 * cursor, change colours or make text look like another are shown as \xNN or \uNNNN. Lines and tabs stay.
 */
export function printable(text: string): string {
  return text.replace(UNSAFE, escaped);
}

/** As printable, on one line: line feeds and tabs are shown as \n and \t. */
export function printableLine(text: string): string {
  return printable(text).replaceAll("\n", "\\n").replaceAll("\t", "\\t");
}

function escaped(character: string): string {
  const code = character.charCodeAt(0);
  const hex = code.toString(16);
  return code < 0x100 ? `\\x${hex.padStart(2, "0")}` : `\\u${hex.padStart(4, "0")}`;
}
