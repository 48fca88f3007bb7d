/** A text as Go's %q prints it: BuildKit's history has commands in this form. */
export function quoteGo(text: string): string {
  let quoted = "";
  for (const character of text) quoted += ESCAPES.get(character) ?? escaped(character);
  return `"${quoted}"`;
}

/** `["a" "b"]`, as %q prints a list. */
export function quoteGoList(texts: readonly string[]): string {
  return `[${texts.map(quoteGo).join(" ")}]`;
}

/** A time in nanoseconds as Go prints it: "1h0m0s", "1m30s", "1.5s", "20ms", "0s". */
export function printGoDuration(nanoseconds: number): string {
  if (nanoseconds < 0) return `-${printGoDuration(-nanoseconds)}`;
  if (nanoseconds === 0) return "0s";
  if (nanoseconds < 1_000) return `${nanoseconds}ns`;
  if (nanoseconds < 1_000_000) return `${decimal(nanoseconds, 3)}µs`;
  if (nanoseconds < 1_000_000_000) return `${decimal(nanoseconds, 6)}ms`;
  const total = BigInt(nanoseconds);
  const minutes = total / 60_000_000_000n;
  const seconds = `${decimal(Number(total % 60_000_000_000n), 9)}s`;
  if (minutes === 0n) return seconds;
  return minutes < 60n ? `${minutes}m${seconds}` : `${minutes / 60n}h${minutes % 60n}m${seconds}`;
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '\\"'],
  ["\\", "\\\\"],
  ["\x07", "\\a"],
  ["\b", "\\b"],
  ["\f", "\\f"],
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
  ["\v", "\\v"],
]);

/** What Go takes for printable: letters, marks, numbers, punctuation, symbols, and of all spaces the one of ASCII. */
function escaped(character: string): string {
  if (/^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(character)) return character;
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x80) return `\\x${code.toString(16).padStart(2, "0")}`;
  if (code < 0x1_0000) return `\\u${code.toString(16).padStart(4, "0")}`;
  return `\\U${code.toString(16).padStart(8, "0")}`;
}

/** A number divided by a power of ten, without zeros at its end. */
function decimal(value: number, places: number): string {
  const digits = String(value).padStart(places + 1, "0");
  const fraction = digits.slice(-places).replace(/0+$/, "");
  return digits.slice(0, -places) + (fraction === "" ? "" : `.${fraction}`);
}
