/** Last day of each release line of Node.js, as YYYY-MM-DD (nodejs/Release, schedule.json). */
const ENDS: readonly (readonly [line: number, end: string])[] = [
  [16, "2023-09-11"],
  [17, "2022-06-01"],
  [18, "2025-04-30"],
  [19, "2023-06-01"],
  [20, "2026-04-30"],
  [21, "2024-06-01"],
  [22, "2027-04-30"],
  [23, "2025-06-01"],
  [24, "2028-04-30"],
  [25, "2026-06-01"],
];

/**
 * How support of a version's line ended before `now` (milliseconds since the epoch): "on 2025-04-30"; undefined of one that has
 * it. Node.js' index lists flaws of the lines that are supported when they become known.
 */
export function endOfNodeLine(version: string, now: number): string | undefined {
  const [, digits] = /^v?(\d{1,4})\./.exec(version) ?? [];
  if (digits === undefined) return undefined;
  const line = Number(digits);
  if (line < 16) return "before 2024";
  const end = ENDS.find(([each]) => each === line)?.[1];
  return end !== undefined && new Date(now).toISOString().slice(0, 10) > end ? `on ${end}` : undefined;
}
