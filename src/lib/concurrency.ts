/**
 * Maps `items` with at most `limit` calls of `work` at a time; results keep the order of the items. The first failure
 * stops further items from starting, is waited out (no call is left running) and then thrown. A limit below 1 is 1.
 */
export async function mapLimited<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  const failures: unknown[] = [];
  let next = 0;
  const runner = async (): Promise<void> => {
    while (next < items.length && failures.length === 0) {
      const index = next++;
      try {
        results[index] = await work(items[index] as T, index);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(Math.max(1, Math.floor(limit)), items.length) }, runner));
  if (failures.length > 0) throw failures[0];
  return results;
}
