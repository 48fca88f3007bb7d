const MAX_SHOWN = 60;

/** A text in quotes for a message, as much of it as is worth to be shown; control characters escaped. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN).toWellFormed()}…` : text);
}

/** A name for a message, shortened like a quoted text. */
export function shortened(name: string): string {
  return quoted(name).slice(1, -1);
}
