import { readFlags } from "../flag-values.ts";
import { readHeredocMarker } from "../heredocs.ts";
import type { AddInstruction, CopyInstruction, CopySource } from "../instruction.ts";
import type { Source, Word } from "../source.ts";
import type { Statement } from "../statement.ts";
import { wordsOf } from "./command.ts";

interface Paths {
  readonly sources: readonly CopySource[];
  readonly destination: Word;
}

export function readCopy(source: Source, statement: Statement): CopyInstruction {
  const flags = readFlags(source, statement, {
    from: "text",
    chown: "text",
    chmod: "text",
    link: "boolean",
    parents: "boolean",
    exclude: "texts",
  });
  return {
    kind: "COPY",
    statement,
    ...readPaths(source, statement),
    from: flags.text("from"),
    chown: flags.text("chown"),
    chmod: flags.text("chmod"),
    link: flags.boolean("link") ?? false,
    parents: flags.boolean("parents") ?? false,
    exclude: flags.texts("exclude"),
  };
}

export function readAdd(source: Source, statement: Statement): AddInstruction {
  const flags = readFlags(source, statement, {
    chown: "text",
    chmod: "text",
    checksum: "text",
    link: "boolean",
    "keep-git-dir": "boolean",
    unpack: "boolean",
    exclude: "texts",
  });
  return {
    kind: "ADD",
    statement,
    ...readPaths(source, statement),
    chown: flags.text("chown"),
    chmod: flags.text("chmod"),
    checksum: flags.text("checksum"),
    link: flags.boolean("link") ?? false,
    keepGitDir: flags.boolean("keep-git-dir"),
    unpack: flags.boolean("unpack"),
    exclude: flags.texts("exclude"),
  };
}

function readPaths(source: Source, statement: Statement): Paths {
  const keyword = statement.keyword.text.toUpperCase();
  const words = wordsOf(statement);
  const destination = words.at(-1);
  if (destination === undefined || words.length < 2) {
    const hint = `${keyword} SOURCE... DESTINATION`;
    throw source.error(destination ?? statement.keyword, `${keyword} needs a source and a destination`, { hint });
  }
  if (!statement.json && readHeredocMarker(destination.text) !== undefined) {
    throw source.error(destination, `a document cannot be the destination of ${keyword}`);
  }
  return { sources: readSources(statement, words.slice(0, -1)), destination };
}

/** A document where a marker of one begins, nothing for the rest of a marker such as `<< NAME`, and paths. */
function readSources({ heredocs }: Statement, words: readonly Word[]): readonly CopySource[] {
  const sources: CopySource[] = [];
  let next = 0;
  for (const path of words) {
    while ((heredocs[next]?.marker.end ?? Number.POSITIVE_INFINITY) <= path.span.start) next++;
    const heredoc = heredocs[next];
    if (heredoc === undefined || path.span.start < heredoc.marker.start) sources.push({ kind: "path", path });
    else if (path.span.start === heredoc.marker.start) sources.push({ kind: "heredoc", heredoc });
  }
  return sources;
}
