import { parseReference, type Reference } from "../../../image/reference.ts";
import { isDistillError } from "../../../lib/errors.ts";
import type { Word } from "../../source.ts";
import type { Statement } from "../../statement.ts";
import type { StageFacts } from "../facts.ts";
import { ownRule } from "../rule.ts";

export const UNPINNED_BASE = ownRule(
  "UnpinnedBase",
  "A base without a tag, or with latest, is another one tomorrow",
  function* ({ stages }) {
    for (const stage of stages) {
      for (const { name, word, statement } of imagesOf(stage)) {
        const reference = referenceOf(name);
        if (reference === undefined || reference.digest !== undefined) continue;
        const { tag } = reference;
        if (tag !== undefined && tag !== "latest") continue;
        const lacks = tag === undefined ? "no tag, which means latest" : "the tag latest";
        yield { detail: `${name} has ${lacks}: it changes when somebody pushes`, statement, at: word };
      }
    }
  },
);

interface NamedImage {
  readonly name: string;
  readonly word: Word;
  readonly statement: Statement;
}

/** The base, and images that files are taken from. */
function imagesOf({ origin, node, steps, fromImages }: StageFacts): readonly NamedImage[] {
  const { image, statement } = node.stage.from;
  const base = origin.kind === "image" ? [{ name: node.base, word: image, statement }] : [];
  const own = new Set(steps.flatMap(({ own, instruction }) => (own ? [instruction.statement] : [])));
  const others = fromImages.filter((each) => own.has(each.statement));
  return [...base, ...others.map(({ word, statement: at }) => ({ name: word.text, word, statement: at }))];
}

function referenceOf(name: string): Reference | undefined {
  try {
    return parseReference(name);
  } catch (error) {
    if (isDistillError(error, "USAGE")) return undefined;
    throw error;
  }
}
