import type { Reference } from "../expansion.ts";
import type { PlacedInstruction } from "./reach.ts";
import type { ResolvedBase } from "./request.ts";
import type { StageBuilder } from "./stage-builder.ts";
import type { StageNode } from "./stage-table.ts";

/** Who watches a Dockerfile being planned, stage by stage and instruction by instruction; it throws nothing. */
export interface PlanObserver {
  /** `baseKnown`: false where nobody knows what the base says of itself; `base`: an image that does. */
  stage(node: StageNode, builder: StageBuilder, baseKnown: boolean, base: ResolvedBase | undefined): void;
  /** Before an instruction is applied. */
  instruction(placed: PlacedInstruction, node: StageNode, builder: StageBuilder): void;
  /** While it is applied: variables that one of its words asked for. */
  references(placed: PlacedInstruction, builder: StageBuilder, references: readonly Reference[]): void;
}
