import { readStatements } from "../../src/dockerfile/read-statements.ts";
import type { Source } from "../../src/dockerfile/source.ts";
import type { Argument, Statement } from "../../src/dockerfile/statement.ts";

/** One instruction of BuildKit's parse tree, as the shared cases write it. */
export interface ParseNode {
  readonly cmd: string;
  readonly sexp: string;
  readonly startLine: number;
  readonly endLine: number;
  readonly flags?: readonly string[];
  readonly jsonForm?: boolean;
  readonly prevComments?: readonly string[];
  readonly heredocs?: readonly {
    readonly Name: string;
    readonly Content: string;
    readonly Expand: boolean;
    readonly Chomp: boolean;
    readonly FileDescriptor: number;
  }[];
}

/** The parse tree of a Dockerfile in the form of the shared cases. */
export function parseNodes(source: Source): readonly ParseNode[] {
  return readStatements(source).statements.map((statement) => {
    const { keyword, lines, flags, json, comments, heredocs } = statement;
    return {
      cmd: keyword.text,
      sexp: sexpOf(statement),
      startLine: lines.first,
      endLine: lines.last,
      ...(flags.length > 0 ? { flags: flags.map(({ text }) => text) } : {}),
      ...(json ? { jsonForm: true } : {}),
      ...(comments.length > 0 ? { prevComments: comments.map(({ text }) => text) } : {}),
      ...(heredocs.length > 0 ? { heredocs: heredocs.map(heredocOf) } : {}),
    };
  });
}

/** A statement as an s-expression, without the brackets around it. */
export function sexpOf(statement: Statement): string {
  const { keyword, flags, nested } = statement;
  const head = keyword.text.toLowerCase();
  const given = flags.length > 0 ? ` [${flags.map(({ text }) => goQuote(text)).join(" ")}]` : "";
  const inner = nested === undefined ? "" : ` (${sexpOf(nested)})`;
  return (
    head +
    given +
    inner +
    argumentsOf(statement)
      .map((argument) => ` ${goQuote(argument)}`)
      .join("")
  );
}

function argumentsOf({ keyword, arguments: words }: Statement): readonly string[] {
  const known =
    /^(ADD|ARG|CMD|COPY|ENTRYPOINT|ENV|EXPOSE|FROM|HEALTHCHECK|LABEL|MAINTAINER|ONBUILD|RUN|SHELL|STOPSIGNAL|USER|VOLUME|WORKDIR)$/i;
  // What BuildKit does not know has one empty argument in its tree.
  if (!known.test(keyword.text)) return [""];
  return words.flatMap((argument: Argument) =>
    "text" in argument ? [argument.text] : [argument.name.text, argument.value.text, argument.delimited ? "=" : ""],
  );
}

function heredocOf({ name, content, expand, stripTabs, descriptor }: Statement["heredocs"][number]) {
  return { Name: name, Content: content, Expand: expand, Chomp: stripTabs, FileDescriptor: descriptor };
}

const ESCAPES: Readonly<Record<string, string>> = {
  "\x07": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  "\\": "\\\\",
  '"': '\\"',
};

/** A text as Go's strconv.Quote writes it. */
export function goQuote(text: string): string {
  const quoted = [...text].map((character) => {
    const code = character.codePointAt(0) ?? 0;
    if (ESCAPES[character] !== undefined) return ESCAPES[character];
    if (code < 0x20 || code === 0x7f) return `\\x${code.toString(16).padStart(2, "0")}`;
    if (/[\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.test(character)) return character;
    return code > 0xffff ? `\\U${code.toString(16).padStart(8, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
  });
  return `"${quoted.join("")}"`;
}
