const POSIX_CLASSES: Readonly<Record<string, string>> = {
  alnum: "0-9A-Za-z",
  alpha: "A-Za-z",
  ascii: "\\x00-\\x7f",
  blank: "\\t ",
  cntrl: "\\x00-\\x1f\\x7f",
  digit: "0-9",
  graph: "!-~",
  lower: "a-z",
  print: " -~",
  punct: "!-\\/:-@\\[-`{-~",
  space: "\\t-\\r ",
  upper: "A-Z",
  word: "0-9A-Za-z_",
  xdigit: "0-9A-Fa-f",
};

const TOKEN = /\\Q([\s\S]*?)(?:\\E|$)|\\([\s\S])|\[:(\^?)(\w+):\]|\(\?P(?=<)|\(\?([a-zA-Z]+)\)/g;

/**
 * The JavaScript form of a regular expression in Go's syntax (RE2, https://pkg.go.dev/regexp/syntax): what the two write
 * differently is rewritten, the rest is the same in both. A RangeError where JavaScript cannot say it.
 */
export function goRegex(source: string): RegExp {
  let flags = "";
  const leading = /^\(\?([a-zA-Z]+)\)/.exec(source);
  if (leading !== null) flags = flagsOf(leading[1] ?? "");
  const body = leading === null ? source : source.slice(leading[0].length);
  const rewritten = body.replace(TOKEN, (token, quoted, escaped, negated, name, inner) => {
    if (quoted !== undefined) return quoted.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
    if (escaped !== undefined) return escapeOf(token, escaped);
    if (name !== undefined) return classOf(name, negated !== "");
    if (inner !== undefined) throw new RangeError(`flags in the middle of an expression: ${token}`);
    return "(?";
  });
  return new RegExp(rewritten, flags);
}

function flagsOf(letters: string): string {
  if (/^[ims]+$/.test(letters)) return letters;
  throw new RangeError(`flags that JavaScript does not have: (?${letters})`);
}

function escapeOf(token: string, letter: string): string {
  switch (letter) {
    case "A":
      return "(?<![\\s\\S])";
    case "z":
      return "(?![\\s\\S])";
    case "a":
      return "\\x07";
    case "C":
    case "p":
    case "P":
      throw new RangeError(`an escape that is not rewritten: ${token}`);
    default:
      return token;
  }
}

function classOf(name: string, negated: boolean): string {
  const found = POSIX_CLASSES[name];
  if (found === undefined || negated) throw new RangeError(`a class that is not rewritten: [:${name}:]`);
  return found;
}
