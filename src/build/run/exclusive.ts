import type { StepSite } from "../steps/transfer.ts";

/** Waits for what nobody else may use at the same time; in an order that is the same for everybody, so that nobody waits for ever. */
export async function inTurn<T>(
  { run }: StepSite,
  exclusive: readonly { readonly purpose: string; readonly sharing: "private" | "locked" }[],
  work: (numberOf: (purpose: string) => number) => Promise<T>,
): Promise<T> {
  const { store, signal } = run.collaborators;
  const numbers = new Map<string, number>();
  const sorted = [...new Map(exclusive.map((each) => [each.purpose, each])).values()].sort((a, b) =>
    a.purpose < b.purpose ? -1 : 1,
  );
  const enter = async (index: number): Promise<T> => {
    const next = sorted[index];
    if (next === undefined) return work((purpose) => numbers.get(purpose) ?? 0);
    const within = async (number: number): Promise<T> => {
      numbers.set(next.purpose, number);
      return enter(index + 1);
    };
    if (next.sharing === "locked") return store.alone(next.purpose, () => within(0), signal);
    return store.withFreeNumber(next.purpose, within);
  };
  return enter(0);
}

/** One for each cache, so that nobody removes it. */
export function leasesOf(
  store: StepSite["run"]["collaborators"]["store"],
  purposes: readonly string[],
): AsyncDisposable {
  const leases = [...new Set(purposes)].map((purpose) => store.lease(`${purpose} in use`));
  return {
    [Symbol.asyncDispose]: async () => {
      for (const lease of leases) await lease.release();
    },
  };
}
