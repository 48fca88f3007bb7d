import { readFlags } from "../flag-values.ts";
import type { ExposeInstruction, TextInstruction, VolumeInstruction } from "../instruction.ts";
import type { Source, Word } from "../source.ts";
import type { Statement } from "../statement.ts";
import { wordsOf } from "./command.ts";

/** WORKDIR, USER, STOPSIGNAL and MAINTAINER: the rest of the line is one text. */
export function readText(source: Source, statement: Statement, kind: TextInstruction["kind"]): TextInstruction {
  readFlags(source, statement, {});
  const [value] = required(source, statement, kind);
  return { kind, statement, value };
}

export function readExpose(source: Source, statement: Statement): ExposeInstruction {
  readFlags(source, statement, {});
  return { kind: "EXPOSE", statement, ports: required(source, statement, "EXPOSE") };
}

export function readVolume(source: Source, statement: Statement): VolumeInstruction {
  readFlags(source, statement, {});
  const paths = required(source, statement, "VOLUME");
  const empty = paths.find(({ text }) => text.trim() === "");
  if (empty !== undefined) throw source.error(empty, "a volume needs a path");
  return { kind: "VOLUME", statement, paths: paths.map(({ text, span }) => ({ text: text.trim(), span })) };
}

const EXPECTED: Readonly<Record<string, string>> = {
  WORKDIR: "a directory",
  USER: "a user",
  STOPSIGNAL: "a signal",
  MAINTAINER: "a name",
  EXPOSE: "a port",
  VOLUME: "a path",
};

function required(source: Source, statement: Statement, kind: string): readonly [Word, ...Word[]] {
  const [first, ...rest] = wordsOf(statement);
  if (first === undefined) throw source.error(statement.keyword, `${kind} needs ${EXPECTED[kind]} behind it`);
  return [first, ...rest];
}
