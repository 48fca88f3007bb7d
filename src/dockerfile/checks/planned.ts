import { formatPlatform, samePlatform } from "../../image/platform.ts";
import type { Reference } from "../expansion.ts";
import type { PlanObserver } from "../graph/observer.ts";
import type { PlacedInstruction } from "../graph/reach.ts";
import type { ResolvedBase } from "../graph/request.ts";
import type { StageBuilder } from "../graph/stage-builder.ts";
import type { StageNode } from "../graph/stage-table.ts";
import type { Source } from "../source.ts";
import { checkExpose } from "./expose.ts";
import type { Remark } from "./finding.ts";
import { goQuoted } from "./go-quoted.ts";
import { checkIgnored, type IgnoredPaths } from "./ignored-files.ts";
import { closest } from "./suggest.ts";

/** A remark and the text that it is about. */
export interface PlacedRemark extends Remark {
  readonly source: Source;
}

/** What shows only when a stage is planned, since it depends on variables and on the base. */
export class PlannedChecks implements PlanObserver {
  readonly remarks: PlacedRemark[] = [];
  /** True once a stage was planned: what FROM names is in order then. */
  began = false;
  /** The Dockerfile; instructions may be of triggers instead. */
  readonly #source: Source;
  readonly #ignored: IgnoredPaths | undefined;
  /** Of stages that say WORKDIR with an absolute path, or begin with one that does. */
  readonly #placed = new Set<number>();
  #stage: StageNode | undefined;
  /** Else any variable may be one of the base's. */
  #baseKnown = true;
  #used = new Map<string, PlacedInstruction>();
  /** Variables that the instruction under way asked for and that nothing sets. */
  #missing = new Set<string>();

  constructor(source: Source, ignored: IgnoredPaths | undefined) {
    this.#source = source;
    this.#ignored = ignored;
  }

  stage(node: StageNode, _: StageBuilder, baseKnown: boolean, base: ResolvedBase | undefined): void {
    this.#baseKnown = baseKnown;
    this.began = true;
    this.#stage = node;
    this.#used = new Map();
    if (base !== undefined) this.#platform(node, base);
    if (node.parent !== undefined && this.#placed.has(node.parent.stage.index)) this.#placed.add(node.stage.index);
  }

  instruction(placed: PlacedInstruction, _: StageNode, builder: StageBuilder): void {
    this.#missing = new Set();
    const { instruction } = placed;
    this.#once(placed);
    this.#commandForm(placed, builder);
    this.#workdir(placed);
    this.#add(placed, checkExpose(instruction));
    if (this.#ignored !== undefined) this.#add(placed, checkIgnored(instruction, this.#ignored));
  }

  references(placed: PlacedInstruction, builder: StageBuilder, references: readonly Reference[]): void {
    if (!this.#baseKnown) return;
    for (const { name, set } of references) {
      if (set || this.#missing.has(name) || builder.variables.declared.has(name)) continue;
      this.#missing.add(name);
      const meant = closest(name, builder.variables.names());
      const guess = meant === undefined ? "" : ` (did you mean $${meant}?)`;
      const { statement } = placed.instruction;
      const detail = `Usage of undefined variable '$${name}'${guess}`;
      this.#add(placed, [{ rule: "UndefinedVar", detail, statement }]);
    }
  }

  #platform({ base, platform, stage }: StageNode, resolved: ResolvedBase): void {
    if (resolved.platform === undefined || samePlatform(resolved.platform, platform)) return;
    const [found, wanted] = [resolved.platform, platform].map((each) => goQuoted(formatPlatform(each)));
    const detail = `Base image ${base} was pulled with platform ${found}, expected ${wanted} for current build`;
    const { statement } = stage.from;
    this.remarks.push({ rule: "InvalidBaseImagePlatform", detail, statement, source: this.#source });
  }

  /** CMD, ENTRYPOINT and HEALTHCHECK: the earlier one is remarked upon. */
  #once(placed: PlacedInstruction): void {
    const { kind } = placed.instruction;
    if (kind !== "CMD" && kind !== "ENTRYPOINT" && kind !== "HEALTHCHECK") return;
    const before = this.#used.get(kind);
    this.#used.set(kind, placed);
    if (before === undefined) return;
    const detail = `Multiple ${kind} instructions should not be used in the same stage because only the last one will be used`;
    const { statement } = before.instruction;
    this.#add(before, [{ rule: "MultipleInstructionsDisallowed", detail, statement }]);
  }

  #commandForm(placed: PlacedInstruction, { config }: StageBuilder): void {
    const { instruction } = placed;
    if (instruction.kind !== "CMD" && instruction.kind !== "ENTRYPOINT") return;
    // Who chose a shell means it.
    if (instruction.command.form === "exec" || (config.Shell ?? []).length > 0) return;
    const { kind, statement } = instruction;
    const detail = `JSON arguments recommended for ${kind} to prevent unintended behavior related to OS signals`;
    this.#add(placed, [{ rule: "JSONArgsRecommended", detail, statement }]);
  }

  #workdir(placed: PlacedInstruction): void {
    const { instruction } = placed;
    const index = this.#stage?.stage.index;
    if (instruction.kind !== "WORKDIR" || index === undefined) return;
    const { text } = instruction.value;
    if (!text.startsWith("/") && !text.startsWith("$") && !this.#placed.has(index)) {
      const detail = `Relative workdir ${goQuoted(text)} can have unexpected results if the base image changes`;
      this.#add(placed, [{ rule: "WorkdirRelativePath", detail, statement: instruction.statement }]);
    }
    this.#placed.add(index);
  }

  #add({ source }: PlacedInstruction, remarks: readonly Remark[]): void {
    for (const remark of remarks) this.remarks.push({ ...remark, source });
  }
}
