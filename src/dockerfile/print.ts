import type { Directives, Dockerfile, EscapeCharacter } from "./instruction.ts";
import type { Heredoc, Statement } from "./statement.ts";

/**
 * A Dockerfile that reads back as the same instructions: each in one line, below the comments that belong to it, with its
 * heredocs; directives first. What stood between and said nothing is left out.
 */
export function printDockerfile({ directives, instructions }: Pick<Dockerfile, "directives" | "instructions">): string {
  const statements = instructions.map(({ statement }) => printStatement(statement, directives.escape));
  return printDirectives(directives) + statements.join("");
}

function printDirectives({ written }: Directives): string {
  const lines = written.map(({ name, value }) => `# ${name.text}=${value.text}\n`);
  // An empty line ends the directives: no comment below can be taken for one.
  return `${lines.join("")}\n`;
}

function printStatement({ text, comments, heredocs }: Statement, escaper: EscapeCharacter): string {
  const above = comments.map((comment) => `# ${comment.text}\n`);
  return `${above.join("")}${ended(text, escaper)}\n${heredocs.map(printHeredoc).join("")}`;
}

/** Where the line would be continued: a space behind it that ends this, and that the parser takes off. */
function ended(line: string, escaper: EscapeCharacter): string {
  let end = line.length;
  while (line[end - 1] === "\r") end--;
  while (line[end - 1] === " " || line[end - 1] === "\t") end--;
  return line[end - 1] === escaper ? `${line}\f` : line;
}

function printHeredoc({ content, name }: Heredoc): string {
  return `${content}${name}\n`;
}
