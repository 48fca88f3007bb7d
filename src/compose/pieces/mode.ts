const CLAUSE = /^([ugoa]*)((?:[-+=][rwxXst]*)+)$/;
const ACTION = /([-+=])([rwxXst]*)/g;
const SHIFTS = { u: 6, g: 3, o: 0 } as const;
const SPECIAL = { u: 0o4000, g: 0o2000, o: 0 } as const;

/**
 * What chmod makes of permission bits (POSIX, "chmod"; an empty "who" counts as "a", as scripts run with umask 022 and
 * add no write permission that way). An octal mode of fewer than five digits leaves a directory's setuid and setgid
 * bits, as GNU's does. Undefined for what is no mode.
 */
export function changedMode(mode: number, text: string, isDirectory: boolean): number | undefined {
  if (/^[0-7]{1,5}$/.test(text)) {
    const kept = isDirectory && text.length < 5 ? mode & 0o6000 : 0;
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
  const everybody = who === "" || who.includes("a");
  let bits = 0;
  let mask = 0;
  for (const each of ["u", "g", "o"] as const) {
    if (!everybody && !who.includes(each)) continue;
    mask |= 0o7 << SHIFTS[each];
    if (!isDirectory) mask |= SPECIAL[each];
    let own = 0;
    if (letters.includes("r")) own |= 4;
    if (letters.includes("w")) own |= 2;
    if (letters.includes("x") || (letters.includes("X") && (isDirectory || (mode & 0o111) !== 0))) own |= 1;
    bits |= own << SHIFTS[each];
    if (letters.includes("s")) bits |= SPECIAL[each];
  }
  if (letters.includes("t")) bits |= 0o1000;
  if (who === "") bits &= ~0o022;
  if (operator === "+") return mode | bits;
  if (operator === "-") return mode & ~bits;
  return (mode & ~mask) | bits;
}
