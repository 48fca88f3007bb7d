import { type FlagValues, readFlags } from "../flag-values.ts";
import type { Healthcheck, HealthcheckInstruction } from "../instruction.ts";
import { quoted } from "../quoted.ts";
import type { Source } from "../source.ts";
import type { Statement } from "../statement.ts";
import { commandOf, wordsOf } from "./command.ts";
import { type Duration, parseDuration } from "./duration.ts";

const MILLISECOND = 1_000_000;

/** `HEALTHCHECK NONE`, or `HEALTHCHECK [FLAGS] CMD COMMAND`. */
export function readHealthcheck(source: Source, statement: Statement): HealthcheckInstruction {
  const [type, ...words] = wordsOf(statement);
  const hint = "HEALTHCHECK [--interval=30s] CMD COMMAND, or HEALTHCHECK NONE";
  if (type === undefined) throw source.error(statement.keyword, "HEALTHCHECK needs CMD or NONE behind it", { hint });
  switch (type.text.toUpperCase()) {
    case "NONE":
      if (words[0] !== undefined) throw source.error(words[0], "HEALTHCHECK NONE takes nothing more");
      return { kind: "HEALTHCHECK", statement, check: undefined };
    case "CMD": {
      const check = readCheck(source, statement);
      if (words.length === 0) throw source.error(type, "HEALTHCHECK CMD needs a command", { hint });
      return { kind: "HEALTHCHECK", statement, check: { ...check, command: commandOf(statement, words) } };
    }
    default:
      throw source.error(type, `HEALTHCHECK needs CMD or NONE here, not ${quoted(type.text)}`, { hint });
  }
}

function readCheck(source: Source, statement: Statement): Omit<Healthcheck, "command"> {
  const flags = readFlags(source, statement, {
    interval: "text",
    timeout: "text",
    "start-period": "text",
    "start-interval": "text",
    retries: "text",
  });
  return {
    interval: readInterval(source, flags, "interval"),
    timeout: readInterval(source, flags, "timeout"),
    startPeriod: readInterval(source, flags, "start-period"),
    startInterval: readInterval(source, flags, "start-interval"),
    retries: readRetries(source, flags),
  };
}

/** Undefined where it is not given, or 0: both leave the time to the engine. */
function readInterval(source: Source, flags: FlagValues, name: string): Duration | undefined {
  const flag = flags.text(name);
  if (flag === undefined || flag.text === "") return undefined;
  const duration = parseDuration(flag.text);
  if (duration === undefined) {
    throw source.error(flag, `--${name} is a time such as 30s or 1m30s, not ${quoted(flag.text)}`);
  }
  if (duration !== 0 && duration < MILLISECOND) throw source.error(flag, `--${name} is at least 1ms, or 0`);
  return duration === 0 ? undefined : duration;
}

function readRetries(source: Source, flags: FlagValues): number | undefined {
  const flag = flags.text("retries");
  if (flag === undefined || flag.text === "") return undefined;
  const retries = /^[+]?\d{1,10}$/.test(flag.text) ? Number(flag.text) : Number.NaN;
  if (!(retries < 2 ** 31)) throw source.error(flag, `--retries is a number from 0 on, not ${quoted(flag.text)}`);
  return retries === 0 ? undefined : retries;
}
