import { bytesOfText, type RootPath } from "../../rootfs/path.ts";
import type { Payload } from "../packages/payload.ts";
import { type Kept, sliceOf } from "../packages/slices.ts";
import type { Unpacked } from "../packages/unpack.ts";
import type { ScriptRecord } from "../record.ts";
import { reviewOf } from "./reviewed-scripts.ts";
import type { ScriptPlan } from "./script-reading.ts";
import type { Alternative, Declaration, ScriptCommand, ScriptStep, ScriptWork } from "./script-work.ts";

/** What scripts of a tier's packages leave to pieces, and what became of it. */
export class TierScripts implements ScriptWork {
  readonly steps: readonly ScriptStep[];
  readonly declarations: readonly Declaration[];
  readonly alternatives: readonly Alternative[];
  readonly #payloads: readonly Payload[];
  readonly #plan: ScriptPlan;
  readonly #kept: Kept;
  readonly #failed = new Map<string, ScriptCommand[]>();

  constructor(
    payloads: readonly Payload[],
    plan: ScriptPlan,
    unpacked: Pick<Unpacked, "declarations">,
    alternatives: readonly Alternative[],
    kept: Kept,
  ) {
    this.#payloads = payloads;
    this.#plan = plan;
    this.#kept = kept;
    this.steps = plan.steps;
    this.declarations = unpacked.declarations.filter((each) => reviewOf(each.package) === undefined);
    this.alternatives = alternatives;
  }

  omits(path: string): boolean {
    return sliceOf(bytesOfText(path.replace(/^\/+/, "")) as RootPath, this.#kept) !== undefined;
  }

  undone(name: string, command: ScriptCommand): void {
    const commands = this.#failed.get(name) ?? [];
    if (!commands.includes(command)) commands.push(command);
    this.#failed.set(name, commands);
  }

  /** Those of the tiers below and of this one. */
  allAlternatives(): readonly Alternative[] {
    return [
      ...this.alternatives,
      ...this.steps.flatMap(({ effect }) => (effect.kind === "alternative" ? [effect] : [])),
    ];
  }

  /** For the record, once the pieces are written. */
  recordOf(name: string): ScriptRecord {
    const own = this.#plan.commands.filter((each) => each.package === name);
    const failed = this.#failed.get(name) ?? [];
    const undone = own.filter(({ done, command }) => !done || failed.includes(command)).map(({ command }) => command);
    return {
      done: own.filter(({ done, command }) => done && !failed.includes(command)).map(({ command }) => command),
      undone: [...undone, ...failed.filter((command) => !undone.includes(command))],
      reviewed: this.#hasScripts(name) ? (reviewOf(name) ?? null) : null,
    };
  }

  #hasScripts(name: string): boolean {
    const scripts = this.#payloads.find((payload) => payload.package.name === name)?.scripts;
    return scripts?.preinst !== undefined || scripts?.postinst !== undefined;
  }
}
