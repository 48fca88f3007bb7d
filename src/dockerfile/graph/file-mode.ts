const OCTAL = /^[0-7]{1,5}$/;
/** One clause of chmod(1): whom, and what is added, taken or set. */
const CLAUSE = /^[ugoa]*(?:[-+=](?:[rwxXst]*|[ugo]))+$/;

/** Whether a text is a mode as --chmod takes it: octal from 0 to 7777, or symbolic. */
export function isFileMode(text: string): boolean {
  if (/^\d+$/.test(text)) return OCTAL.test(text) && Number.parseInt(text, 8) <= 0o7777;
  return text.split(",").every((clause) => CLAUSE.test(clause));
}
