const INVISIBLE = /^[\p{Mn}\p{Me}\p{Cf}\u1160-\u11ff]$/u;

/** East Asian wide and full-width characters, and pictures: two columns each. */
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f1e6}-\u{1f1ff}\u{20000}-\u{3fffd}\p{Emoji_Presentation}]$/u;

/** Columns that a terminal gives to a text without control characters; never fewer than it really takes, in doubt. */
export function displayWidth(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += widthOf(character);
  return width;
}

/** The text, or its beginning with an ellipsis where it is wider than `columns`. */
export function fitWidth(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  if (columns < 1) return "";
  let fitting = "";
  let width = 1;
  for (const character of text) {
    width += widthOf(character);
    if (width > columns) break;
    fitting += character;
  }
  return `${fitting}…`;
}

/** As fitWidth, but it is the end that is kept: of paths and names that tells more. */
export function fitWidthEnd(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  if (columns < 1) return "";
  let fitting = "";
  let width = 1;
  for (const character of [...text].reverse()) {
    width += widthOf(character);
    if (width > columns) break;
    fitting = character + fitting;
  }
  return `…${fitting}`;
}

function widthOf(character: string): number {
  // Asks for the coloured picture of the character before it, which many terminals draw two columns wide.
  if (character === "\ufe0f") return 1;
  if (INVISIBLE.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}
