/** Longest text and pattern that are compared. */
const LIMIT = 4096;

/** One step of a pattern: any text, any character, or one of a set. */
type Step = "*" | ((char: string) => boolean);

/**
 * Whether `text` matches a pattern of sh as a whole (Shell Command Language, 2.13.1); undefined where either is longer
 * than anybody writes. Characters of the pattern that were quoted are escaped with a backslash.
 */
export function matchesPattern(text: string, pattern: string): boolean | undefined {
  if (text.length > LIMIT || pattern.length > LIMIT) return undefined;
  const steps = stepsOf(pattern);
  let [at, step] = [0, 0];
  let retry: { at: number; step: number } | undefined;
  while (at < text.length) {
    const current = steps[step];
    if (current === "*") {
      retry = { at, step: ++step };
    } else if (current?.(text[at] as string)) {
      at++;
      step++;
    } else if (retry !== undefined) {
      at = ++retry.at;
      step = retry.step;
    } else return false;
  }
  while (steps[step] === "*") step++;
  return step === steps.length;
}

/** `text` as a pattern that matches nothing but itself. */
export function escapePattern(text: string): string {
  return text.replace(/[*?[\]\\]/g, "\\$&");
}

function stepsOf(pattern: string): readonly Step[] {
  const steps: Step[] = [];
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at] as string;
    const close = char === "[" ? pattern.indexOf("]", at + (/[!^]/.test(pattern[at + 1] ?? "") ? 3 : 2)) : -1;
    if (char === "*") {
      if (steps.at(-1) !== "*") steps.push("*");
    } else if (char === "?") steps.push(() => true);
    else if (close > 0) {
      steps.push(setOf(pattern.slice(at + 1, close)));
      at = close;
    } else {
      const literal = char === "\\" ? (pattern[++at] ?? "\\") : char;
      steps.push((other) => other === literal);
    }
  }
  return steps;
}

function setOf(body: string): (char: string) => boolean {
  const negated = /^[!^]/.test(body);
  const members = negated ? body.slice(1) : body;
  const has = (char: string): boolean => {
    for (let at = 0; at < members.length; at++) {
      if (members[at + 1] === "-" && at + 2 < members.length) {
        if (char >= (members[at] as string) && char <= (members[at + 2] as string)) return true;
        at += 2;
      } else if (members[at] === char) return true;
    }
    return false;
  };
  return (char) => has(char) !== negated;
}
