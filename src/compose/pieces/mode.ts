const CLAUSE = /^([ugoa]*)((?:[-+=][rwxXst]*)+)$/;
const ACTION = /([-+=])([rwxXst]*)/g;
const SET_ID = 0o6000;
const UMASK = 0o022;

/** Bits that each letter of "who" speaks of. */
const WHO: Readonly<Record<string, number>> = { u: 0o4700, g: 0o2070, o: 0o1007, a: 0o7777 };
const BITS: Readonly<Record<string, number>> = { r: 0o444, w: 0o222, x: 0o111, s: SET_ID, t: 0o1000 };

/**
 * What GNU chmod makes of permission bits (POSIX, "chmod"), with umask 022. Setuid and setgid of a directory stay unless
 * the mode names them; an octal one of fewer than five digits only sets them. Undefined for what is no mode.
 */
export function changedMode(mode: number, text: string, isDirectory: boolean): number | undefined {
  if (/^[0-7]{1,5}$/.test(text)) {
    const kept = isDirectory && text.length < 5 ? mode & SET_ID : 0;
    return (Number.parseInt(text, 8) & 0o7777) | kept;
  }
  let changed = mode;
  for (const clause of text.split(",")) {
    const [, who, actions] = CLAUSE.exec(clause) ?? [];
    if (who === undefined || actions === undefined) return undefined;
    for (const [, operator, letters] of actions.matchAll(ACTION)) {
      changed = apply(changed, who, operator as string, letters as string, isDirectory);
    }
  }
  return changed;
}

function apply(mode: number, who: string, operator: string, letters: string, isDirectory: boolean): number {
  const affected = [...who].reduce((bits, letter) => bits | (WHO[letter] ?? 0), 0);
  const executable = isDirectory || (mode & 0o111) !== 0;
  const wanted = [...letters].reduce(
    (bits, letter) => bits | (letter === "X" ? (executable ? 0o111 : 0) : (BITS[letter] ?? 0)),
    0,
  );
  const named = who === "" ? wanted : wanted & affected;
  const untouched = isDirectory ? SET_ID & ~named : 0;
  const value = wanted & (who === "" ? ~UMASK : affected) & ~untouched;
  if (operator === "+") return mode | value;
  if (operator === "-") return mode & ~value;
  return (mode & ((who === "" ? 0 : ~affected) | untouched)) | value;
}
