import { nearest } from "../lib/nearest.ts";
import type { Instruction } from "./instruction.ts";
import { readCommand, readShell } from "./instructions/command.ts";
import { readAdd, readCopy } from "./instructions/copy.ts";
import { readFrom } from "./instructions/from.ts";
import { readHealthcheck } from "./instructions/healthcheck.ts";
import { readOnbuild } from "./instructions/onbuild.ts";
import { readRun } from "./instructions/run.ts";
import { readExpose, readText, readVolume } from "./instructions/settings.ts";
import { readArg, readEnv, readLabel } from "./instructions/variables.ts";
import { KEYWORDS } from "./parse-statement.ts";
import { quoted } from "./quoted.ts";
import type { Source } from "./source.ts";
import type { Statement } from "./statement.ts";

/** The instruction that a statement is, with flags and arguments checked. CONFIG_INVALID where there is none of that name. */
export function readInstruction(source: Source, statement: Statement): Instruction {
  const keyword = statement.keyword.text.toUpperCase();
  switch (keyword) {
    case "FROM":
      return readFrom(source, statement);
    case "ARG":
      return readArg(source, statement);
    case "RUN":
      return readRun(source, statement);
    case "COPY":
      return readCopy(source, statement);
    case "ADD":
      return readAdd(source, statement);
    case "ENV":
      return readEnv(source, statement);
    case "LABEL":
      return readLabel(source, statement);
    case "CMD":
    case "ENTRYPOINT":
      return readCommand(source, statement, keyword);
    case "SHELL":
      return readShell(source, statement);
    case "EXPOSE":
      return readExpose(source, statement);
    case "VOLUME":
      return readVolume(source, statement);
    case "WORKDIR":
    case "USER":
    case "STOPSIGNAL":
    case "MAINTAINER":
      return readText(source, statement, keyword);
    case "HEALTHCHECK":
      return readHealthcheck(source, statement);
    case "ONBUILD":
      return readOnbuild(source, statement, (nested) => readInstruction(source, nested));
    default:
      throw unknownInstruction(source, statement);
  }
}

function unknownInstruction(source: Source, { keyword }: Statement): Error {
  const meant = nearest(keyword.text, KEYWORDS);
  return source.error(keyword, `there is no instruction ${quoted(keyword.text)}`, {
    hint: meant === undefined ? `the instructions are ${KEYWORDS.join(", ")}` : `did you mean ${meant}?`,
  });
}
