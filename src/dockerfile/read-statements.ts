import { readDirectives } from "./directives.ts";
import { heredocMarkers, readHeredoc } from "./heredocs.ts";
import type { Directives, EscapeCharacter } from "./instruction.ts";
import { limitParts } from "./limits.ts";
import { commentIn, LineReader, readJoinedLine } from "./lines.ts";
import { type LineStatement, parseLine } from "./parse-statement.ts";
import type { Source, Word } from "./source.ts";
import type { Heredoc, Statement } from "./statement.ts";

const WITH_HEREDOCS: ReadonlySet<string> = new Set(["ADD", "COPY", "RUN"]);

/** The directives and statements of a file, by syntax alone. */
export function readStatements(source: Source): { directives: Directives; statements: readonly Statement[] } {
  const { end, ...directives } = readDirectives(source);
  const reader = new LineReader(source.text, end.at, end.lines);
  const statements: Statement[] = [];
  let comments: Word[] = [];
  let parts = 0;
  while (!reader.ended) {
    limitParts(parts);
    const comment = peekComment(source, reader);
    if (comment === undefined) {
      const statement = readStatement(source, reader, directives.escape, comments);
      if (statement === undefined) continue;
      statements.push(statement);
      parts += 1 + statement.arguments.length + statement.flags.length + statement.heredocs.length;
      comments = [];
    } else {
      reader.read();
      parts++;
      // An empty comment parts those above it from those below.
      if (comment.text === "") comments = [];
      else comments.push(comment);
    }
  }
  return { directives, statements };
}

function peekComment(source: Source, reader: LineReader): Word | undefined {
  const line = new LineReader(source.text, reader.at).read();
  const span = commentIn(source.text, line);
  return span === undefined ? undefined : { text: source.slice(span), span };
}

function readStatement(
  source: Source,
  reader: LineReader,
  escaper: EscapeCharacter,
  comments: readonly Word[],
): Statement | undefined {
  const read = readJoinedLine(reader, escaper);
  if (read === undefined) return undefined;
  const { line, firstLine, emptyContinuations } = read;
  const parsed = parseLine(source, line, escaper);
  const markers = takesHeredocs(parsed.nested ?? parsed) ? heredocMarkers(line) : [];
  const heredocs: Heredoc[] = markers.map((marker) => readHeredoc(source, reader, marker));
  const whole = line.span(0, line.text.length);
  const span = {
    start: parsed.keyword.span.start,
    end: heredocs.length > 0 ? contentEnd(source, reader.at) : whole.end,
  };
  const around = { comments, emptyContinuations, heredocs, lines: { first: firstLine, last: reader.count } };
  const nested = parsed.nested && {
    ...parsed.nested,
    ...around,
    span: { start: parsed.nested.span.start, end: span.end },
  };
  return { ...parsed, ...around, nested, span };
}

function takesHeredocs({ keyword, json }: Pick<LineStatement, "keyword" | "json">): boolean {
  return WITH_HEREDOCS.has(keyword.text.toUpperCase()) && !json;
}

/** Where the line ends that was read last, before its line ending. */
function contentEnd(source: Source, at: number): number {
  let end = at;
  while (end > 0 && (source.text[end - 1] === "\n" || source.text[end - 1] === "\r")) end--;
  return end;
}
