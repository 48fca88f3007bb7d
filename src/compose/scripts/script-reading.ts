import { readScript, type ScriptReading } from "../../debian/scripts/script-reader.ts";
import { bytesOfText } from "../../rootfs/path.ts";
import type { Tree } from "../../rootfs/tree.ts";
import type { Payload } from "../packages/payload.ts";
import type { ImageWorld } from "./image-world.ts";
import { reviewOf } from "./reviewed-scripts.ts";
import type { ScriptCommand, ScriptStep } from "./script-work.ts";

/** What the scripts of packages would do, in the order in which dpkg would run them. */
export interface ScriptPlan {
  readonly steps: readonly ScriptStep[];
  readonly commands: readonly {
    readonly package: string;
    readonly command: ScriptCommand;
    /** False where no piece does it. */
    readonly done: boolean;
  }[];
}

const SHELL = /^#! ?(?:\/usr)?\/bin\/(?:env )?(?:ba|da)?sh\b/;
/** Most commands of one package that are kept. */
const MAX_COMMANDS = 500;

/**
 * Reads the preinst and postinst of packages as a fresh installation would run them (Debian Policy 6.5 and 6.7), and the
 * postinst again for triggers of paths that the image has. Packages whose scripts a person has read are passed over.
 */
export function readScripts(payloads: readonly Payload[], tree: Tree, world: ImageWorld): ScriptPlan {
  const plan = new PlanBuilder(world);
  const read = payloads.filter((payload) => reviewOf(payload.package.name) === undefined);
  for (const payload of read) {
    plan.add(payload, "preinst", ["install"]);
    plan.add(payload, "postinst", ["configure", ""]);
  }
  for (const payload of read) {
    const pulled = triggersOf(payload, payloads, tree);
    if (pulled.length > 0) plan.add(payload, "postinst", ["triggered", pulled.join(" ")]);
  }
  return plan;
}

class PlanBuilder implements ScriptPlan {
  readonly steps: ScriptStep[] = [];
  readonly commands: { package: string; command: ScriptCommand; done: boolean }[] = [];
  readonly #world: ImageWorld;
  readonly #seen = new Set<string>();

  constructor(world: ImageWorld) {
    this.#world = world;
  }

  add(payload: Payload, script: "preinst" | "postinst", args: readonly string[]): void {
    const text = payload.scripts[script];
    const { name } = payload.package;
    if (text === undefined) return;
    if (!SHELL.test(text)) {
      this.#note(name, { script, line: 1, command: unreadable(text) }, false);
      return;
    }
    const reading = readScript(text, args, this.#world.of(name));
    this.#take(name, script, reading);
  }

  #take(name: string, script: string, { commands, problem }: ScriptReading): void {
    for (const { line, text, verdict } of commands.slice(0, MAX_COMMANDS)) {
      const command = { script, line, command: text };
      if (verdict.kind === "nothing" || !this.#note(name, command, verdict.kind === "done")) continue;
      if (verdict.kind !== "done") continue;
      for (const effect of verdict.effects) this.steps.push({ package: name, command, effect });
    }
    const rest = problem === undefined && commands.length > MAX_COMMANDS ? "more than can be told" : problem?.what;
    if (rest !== undefined) {
      this.#note(name, { script, line: problem?.line ?? 0, command: `(the rest was not read: ${rest})` }, false);
    }
  }

  /** False for a command that is known already. */
  #note(name: string, command: ScriptCommand, done: boolean): boolean {
    const key = JSON.stringify([name, command]);
    if (this.#seen.has(key)) return false;
    this.#seen.add(key);
    this.commands.push({ package: name, command, done });
    return true;
  }
}

/** Triggers that installing the packages would pull: paths that are in the image, and names that packages activate. */
function triggersOf(payload: Payload, payloads: readonly Payload[], tree: Tree): readonly string[] {
  const interests = directives(payload, "interest");
  if (interests.length === 0) return [];
  const activated = new Set(payloads.flatMap((each) => directives(each, "activate")));
  return interests.filter((name) =>
    name.startsWith("/") ? tree.find(bytesOfText(name)) !== undefined : activated.has(name),
  );
}

/** Names of triggers in a package's triggers file (deb-triggers(5)). */
function directives(payload: Payload, kind: "interest" | "activate"): readonly string[] {
  const lines = (payload.triggers ?? "").split("\n").map((line) => line.replace(/#.*/, "").trim().split(/\s+/));
  return lines.flatMap(([directive, name]) =>
    name !== undefined && (directive === kind || directive?.startsWith(`${kind}-`)) ? [name] : [],
  );
}

function unreadable(text: string): string {
  const interpreter = /^#! ?(\S+)/.exec(text)?.[1]?.slice(0, 80);
  return interpreter === undefined ? "(a program that was not read)" : `(not read: it is written for ${interpreter})`;
}
