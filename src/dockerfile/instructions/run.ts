import { readFlags } from "../flag-values.ts";
import type { DeviceFlag, RunInstruction } from "../instruction.ts";
import { readMountFlag, splitFields } from "../mount-flag.ts";
import { quoted } from "../quoted.ts";
import type { Source, Word } from "../source.ts";
import type { Statement } from "../statement.ts";
import { commandOf } from "./command.ts";

const NETWORKS = ["default", "none", "host"] as const;
const SECURITIES = ["sandbox", "insecure"] as const;

/** `RUN [--mount --network --security --device] COMMAND`. */
export function readRun(source: Source, statement: Statement): RunInstruction {
  const flags = readFlags(source, statement, { mount: "texts", network: "text", security: "text", device: "texts" });
  return {
    kind: "RUN",
    statement,
    command: commandOf(statement),
    mounts: flags.texts("mount").map((flag) => readMountFlag(source, flag)),
    network: oneOf(source, flags.texts("network")[0], "network", NETWORKS) ?? "default",
    security: oneOf(source, flags.texts("security")[0], "security", SECURITIES) ?? "sandbox",
    devices: flags.texts("device").map((flag) => readDevice(source, flag)),
  };
}

function oneOf<T extends string>(
  source: Source,
  flag: Word | undefined,
  name: string,
  values: readonly T[],
): T | undefined {
  if (flag === undefined) return undefined;
  const found = values.find((value) => value === flag.text);
  if (found !== undefined) return found;
  throw source.error(flag, `--${name} is ${values.join(", ")}; not ${quoted(flag.text)}`);
}

/** `NAME[,required]`, or `name=NAME`. */
function readDevice(source: Source, flag: Word): DeviceFlag {
  let name = "";
  let required = false;
  for (const field of splitFields(source, flag)) {
    const [key = "", value] = field.split(/=(.*)/s);
    if (key.toLowerCase() === "required" && (value === undefined || /^(true|false)$/i.test(value))) {
      required = value?.toLowerCase() !== "false";
    } else if (name === "" && (key.includes("/") || value === undefined)) name = field;
    else if (name === "" && key.toLowerCase() === "name" && value !== undefined) name = value;
    else throw source.error(flag, `--device is NAME[,required]; ${quoted(field)} is something else`);
  }
  if (name === "") throw source.error(flag, "--device needs the name of a device");
  return { flag, name, required };
}
