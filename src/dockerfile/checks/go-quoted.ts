/** A text in double quotes as Go's %q has it, since BuildKit's details are written so. */
export function goQuoted(text: string): string {
  return JSON.stringify(text);
}
