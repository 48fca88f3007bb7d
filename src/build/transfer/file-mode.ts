/** Changes permission bits, setuid, setgid and sticky with them: 0 to 0o7777. */
export type ModeChange = (mode: number, isDirectory: boolean) => number;

const ALL = 0o777;

/** Bits of read, write and execute, for all three kinds of people. */
const BITS: Readonly<Record<string, number>> = { r: 0o444, w: 0o222, x: 0o111 };
const PEOPLE: Readonly<Record<string, number>> = { u: 0o4700, g: 0o2070, o: 0o1007, a: 0o7777 };

/**
 * What `--chmod` asks for: octal, or clauses as chmod(1) reads them, one after another. Clauses without people are for all,
 * whatever the umask. The text has been checked (dockerfile/graph/file-mode).
 */
export function modeChange(text: string): ModeChange {
  if (/^[0-7]+$/.test(text)) {
    const mode = Number.parseInt(text, 8);
    return () => mode;
  }
  const changes = text.split(",").flatMap(clause);
  return (mode, isDirectory) => changes.reduce((sum, change) => change(sum, isDirectory), mode);
}

/** The mode of a directory that a step makes on the way: an octal --chmod holds for it too, without setuid and its like. */
export function madeDirectoryMode(text: string | undefined): number {
  return text !== undefined && /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) & ALL : 0o755;
}

function clause(text: string): readonly ModeChange[] {
  const people = /^[ugoa]*/.exec(text)?.[0] ?? "";
  const who = people === "" ? 0o7777 : [...people].reduce((sum, each) => sum | (PEOPLE[each] ?? 0), 0);
  return [...text.slice(people.length).matchAll(/([-+=])([rwxXst]*|[ugo])(?=[-+=]|$)/g)].map(
    ([, operator = "", what = ""]) => {
      return (mode: number, isDirectory: boolean) => {
        const bits = bitsOf(what, who, mode, isDirectory);
        if (operator === "+") return mode | bits;
        if (operator === "-") return mode & ~bits;
        return (mode & ~who) | bits;
      };
    },
  );
}

function bitsOf(what: string, who: number, mode: number, isDirectory: boolean): number {
  if (/^[ugo]$/.test(what)) {
    const shift = what === "u" ? 6 : what === "g" ? 3 : 0;
    const granted = (mode >> shift) & 7;
    return (granted * 0o111) & who & ALL;
  }
  let bits = 0;
  for (const letter of what) {
    if (letter === "X") bits |= isDirectory || (mode & 0o111) !== 0 ? 0o111 & who : 0;
    else if (letter === "s") bits |= 0o6000 & who;
    else if (letter === "t") bits |= 0o1000;
    else bits |= (BITS[letter] ?? 0) & who & ALL;
  }
  return bits;
}
