import { pathFromText } from "../../rootfs/path.ts";
import type { Alternative } from "../scripts/script-work.ts";
import { attempt } from "./attempt.ts";
import { type PieceContext, PieceWriter } from "./piece.ts";

const DIRECTORY = "/etc/alternatives";

/**
 * The links that `update-alternatives --install` in packages' scripts makes (update-alternatives(1)): LINK to
 * /etc/alternatives/NAME, and that to the file with the highest priority that is in the image, of equals the one that was
 * installed first. What it would not write over, a file that is no link, stays.
 */
export function alternatives(context: PieceContext): void {
  const { steps, alternatives: below } = context.scripts;
  const own = steps.flatMap((step) => (step.effect.kind === "alternative" ? [{ ...step, effect: step.effect }] : []));
  const names = new Set(own.map(({ effect }) => effect.name));
  const all = [...below, ...own.map(({ effect }) => effect)].filter((each) => names.has(each.name));
  const write = new PieceWriter(context, "alternatives");
  // Twice: a file may be there by another alternative only.
  for (const _ of [1, 2]) {
    for (const name of names) {
      const best = bestOf(
        all.filter((each) => each.name === name),
        context,
      );
      if (best === undefined) continue;
      for (const link of [best, ...best.followers]) attempt(() => place(link, context, write));
    }
  }
  for (const { package: name, command, effect } of own) {
    if (isBlocked(effect, context)) context.scripts.undone(name, command);
  }
}

function bestOf(candidates: readonly Alternative[], context: PieceContext): Alternative | undefined {
  const [best] = candidates.filter(({ path }) => exists(path, context)).sort((a, b) => b.priority - a.priority);
  return best;
}

function place(
  { link, name, path }: { readonly link: string; readonly name: string; readonly path: string },
  context: PieceContext,
  write: PieceWriter,
): boolean {
  if (!exists(path, context) || context.scripts.omits(link) || isBlocked({ link }, context)) return false;
  write.link(`${DIRECTORY}/${name}`, path);
  write.link(link, `${DIRECTORY}/${name}`);
  return true;
}

function exists(path: string, context: PieceContext): boolean {
  return attempt(() => context.editor.follow(pathFromText(path)).node !== undefined);
}

function isBlocked({ link }: { readonly link: string }, context: PieceContext): boolean {
  const { editor } = context;
  return !attempt(() => {
    const present = editor.get(editor.followParents(pathFromText(link)).path);
    return present === undefined || present.type === "symlink";
  });
}
