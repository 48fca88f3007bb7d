/** Longest summary, in characters. */
const MAX_SUMMARY = 300;

/** As much of a text as is looked at: the first line of some details comes behind headings. */
const MAX_LOOKED_AT = 1500;

/** Controls, separators of lines, and what turns the direction of writing around or cannot be seen. */
const UNPRINTABLE = /[\s\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]+/g;

/** A text as one line of at most 300 characters, without anything that a terminal could take as more than text. */
export function oneLine(text: string): string {
  const head = text.length > MAX_LOOKED_AT ? text.slice(0, MAX_LOOKED_AT) : text;
  const line = head.toWellFormed().replaceAll(UNPRINTABLE, " ").trim();
  if (line.length <= MAX_SUMMARY) return line;
  // Not between the halves of a character.
  return `${line.slice(0, MAX_SUMMARY - 1).replace(/[\ud800-\udbff]$/, "")}…`;
}

/** The first line of a text in Markdown that says something, headings left out where more follows. */
export function firstLine(text: string): string {
  const lines = text.slice(0, MAX_LOOKED_AT).split(/[\r\n]+/);
  const line = lines.find((each) => each.trim() !== "" && !each.startsWith("#")) ?? lines.find((each) => each !== "");
  return oneLine((line ?? "").replace(/^#+\s*/, ""));
}
