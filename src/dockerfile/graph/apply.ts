import type { Instruction } from "../instruction.ts";
import { applyCommand, applyHealthcheck, applyShell } from "./apply-command.ts";
import { applyRun } from "./apply-run.ts";
import { applyArg, applyEnv, applyExpose, applyLabel, applyOnbuild, applyText, applyVolume } from "./apply-settings.ts";
import { applyTransfer } from "./apply-transfer.ts";
import type { Site } from "./site.ts";
import type { StageBuilder } from "./stage-builder.ts";

/** Does one instruction to the stage. CONFIG_INVALID at its place where it cannot be done with the values that it has. */
export function applyInstruction(site: Site, builder: StageBuilder, instruction: Instruction): void {
  switch (instruction.kind) {
    case "FROM":
      throw new Error("FROM begins a stage");
    case "ARG":
      applyArg(site, builder, instruction);
      break;
    case "ENV":
      applyEnv(site, builder, instruction);
      break;
    case "LABEL":
      applyLabel(site, builder, instruction);
      break;
    case "EXPOSE":
      applyExpose(site, builder, instruction);
      break;
    case "VOLUME":
      applyVolume(site, builder, instruction);
      break;
    case "WORKDIR":
    case "USER":
    case "STOPSIGNAL":
    case "MAINTAINER":
      applyText(site, builder, instruction);
      break;
    case "CMD":
    case "ENTRYPOINT":
      applyCommand(site, builder, instruction);
      break;
    case "SHELL":
      applyShell(site, builder, instruction);
      break;
    case "HEALTHCHECK":
      applyHealthcheck(site, builder, instruction);
      break;
    case "ONBUILD":
      applyOnbuild(site, builder, instruction);
      break;
    case "RUN":
      applyRun(site, builder, instruction);
      break;
    case "COPY":
    case "ADD":
      applyTransfer(site, builder, instruction);
  }
}
