import type { Plan } from "../plan/plan.ts";

/**
 * The stages of a plan, by name, that `--no-cache=STAGE` asks to do again: a name, a number, or `stage-2` as progress calls
 * a stage without a name; upper and lower case are the same. `unknown` hears of what is none that is built.
 */
export function stagesWithoutCache(
  { stages }: Plan,
  asked: readonly string[],
  unknown: (name: string) => void,
): ReadonlySet<string> {
  const found = new Set<string>();
  for (const name of asked) {
    const wanted = name.toLowerCase();
    const stage = stages.find(({ name: own, written }) => {
      const number = String(written?.index);
      return own.toLowerCase() === wanted || number === wanted || (own === number && `stage-${number}` === wanted);
    });
    if (stage === undefined) unknown(name);
    else found.add(stage.name.toLowerCase());
  }
  return found;
}
