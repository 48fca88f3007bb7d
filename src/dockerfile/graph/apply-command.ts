import type { ContainerConfig, Healthcheck } from "../../image/config.ts";
import type { Command, CommandInstruction, HealthcheckInstruction, ShellInstruction } from "../instruction.ts";
import { note } from "./apply-settings.ts";
import { printGoDuration, quoteGoList } from "./go-format.ts";
import type { Site } from "./site.ts";
import type { StageBuilder } from "./stage-builder.ts";

/** CMD and ENTRYPOINT: an ENTRYPOINT takes the inherited CMD away, unless the stage has said one itself. */
export function applyCommand(site: Site, builder: StageBuilder, instruction: CommandInstruction): void {
  const { kind, command, statement } = instruction;
  const line = commandLine(builder, command);
  const { config } = builder;
  if (kind === "CMD") {
    config.ArgsEscaped = true;
    config.Cmd = line;
    builder.hasOwnCommand = true;
  } else {
    config.Entrypoint = line;
    if (!builder.hasOwnCommand) delete config.Cmd;
  }
  note(site, builder, statement, `${kind} ${quoteGoList(line)}`);
}

export function applyShell(site: Site, builder: StageBuilder, { shell, statement }: ShellInstruction): void {
  builder.config.Shell = shell.map(({ text }) => text);
  note(site, builder, statement, `SHELL [${builder.config.Shell.join(" ")}]`);
}

export function applyHealthcheck(site: Site, builder: StageBuilder, instruction: HealthcheckInstruction): void {
  const check = healthcheckOf(instruction);
  builder.config.Healthcheck = check;
  const { Test = [], Interval = 0, Timeout = 0, StartPeriod = 0, StartInterval = 0, Retries = 0 } = check;
  const times = [
    `Interval:${printGoDuration(Interval)}`,
    `Timeout:${printGoDuration(Timeout)}`,
    `StartPeriod:${printGoDuration(StartPeriod)}`,
    `StartInterval:${printGoDuration(StartInterval)}`,
  ];
  const text = `HEALTHCHECK {Test:[${Test.join(" ")}] ${times.join(" ")} Retries:${Retries}}`;
  note(site, builder, instruction.statement, text);
}

/** Program and arguments; a text is one for the shell of the stage. */
export function commandLine(builder: StageBuilder, command: Command): readonly string[] {
  if (command.form === "exec") return command.arguments.map(({ text }) => text);
  return [...builder.shell, command.text.text];
}

function healthcheckOf({ check }: HealthcheckInstruction): NonNullable<ContainerConfig["Healthcheck"]> {
  if (check === undefined) return { Test: ["NONE"] };
  const { command, interval, timeout, startPeriod, startInterval, retries } = check;
  const test =
    command.form === "exec" ? ["CMD", ...command.arguments.map(({ text }) => text)] : ["CMD-SHELL", command.text.text];
  const healthcheck: Healthcheck = {
    Test: test,
    ...(interval === undefined ? {} : { Interval: interval }),
    ...(timeout === undefined ? {} : { Timeout: timeout }),
    ...(startPeriod === undefined ? {} : { StartPeriod: startPeriod }),
    ...(startInterval === undefined ? {} : { StartInterval: startInterval }),
    ...(retries === undefined ? {} : { Retries: retries }),
  };
  return healthcheck;
}
