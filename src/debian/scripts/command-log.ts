import { judge } from "./commands.ts";
import { onlyAdds, pathMadeBy, type Verdict } from "./script-effect.ts";
import type { FileAnswer, ScriptWorld } from "./script-world.ts";
import type { Field } from "./shell-expand.ts";

const MAX_TEXT = 160;

/** A command that a script would run. */
export interface ReachedCommand {
  readonly line: number;
  /** With its arguments as far as they are known, on one line. */
  readonly text: string;
  readonly verdict: Verdict;
}

/** The commands that a script reaches, each once, with what becomes of them, and the files that exist because of them. */
export class CommandLog {
  readonly commands: ReachedCommand[] = [];
  readonly #world: ScriptWorld;
  readonly #seen = new Set<string>();
  readonly #made = new Map<string, FileAnswer>();

  constructor(world: ScriptWorld) {
    this.#world = world;
  }

  /** What lies at a path because a command before put it there. */
  made(path: string): FileAnswer | undefined {
    return this.#made.get(normalized(path));
  }

  /** Takes a command; where it is doubtful that the script comes there, changes to files do not count as done. */
  record(line: number, words: readonly Field[], writes: readonly Field[], doubtful: boolean): void {
    const verdict = this.#judged(words, writes, doubtful);
    if (verdict.kind === "done") {
      for (const effect of verdict.effects) {
        const path = pathMadeBy(effect);
        const type = effect.kind === "directory" ? "directory" : "file";
        if (path !== undefined) this.#made.set(normalized(path), { type, symlink: effect.kind === "link" });
      }
    }
    const text = textOf(words, writes);
    const key = `${line} ${text}`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    this.commands.push({ line, text, verdict });
  }

  #judged(words: readonly Field[], writes: readonly Field[], doubtful: boolean): Verdict {
    const verdict = judge({ words, writes }, this.#world);
    return doubtful && verdict.kind === "done" && !verdict.effects.every(onlyAdds) ? { kind: "more" } : verdict;
  }
}

function textOf(words: readonly Field[], writes: readonly Field[]): string {
  const parts = [...words.map(({ text }) => (text === "" ? "''" : text)), ...writes.map(({ text }) => `> ${text}`)];
  const line = parts.join(" ").replace(/[\s\x00-\x1f\x7f]+/g, " ");
  return line.length > MAX_TEXT ? `${line.slice(0, MAX_TEXT)}...` : line;
}

function normalized(path: string): string {
  return path.replace(/\/+/g, "/").replace(/(.)\/$/, "$1");
}
