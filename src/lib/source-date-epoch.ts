import { DistillError } from "./errors.ts";

/**
 * The time that everything made carries, in seconds: SOURCE_DATE_EPOCH (reproducible-builds.org) or 0, so that a build
 * gives the same bytes whenever it runs. USAGE where the variable is no number of seconds.
 */
export function sourceDateEpoch(environment: Readonly<Record<string, string | undefined>> = process.env): number {
  const text = environment.SOURCE_DATE_EPOCH;
  if (text === undefined || text === "") return 0;
  if (/^\d{1,11}$/.test(text)) return Number(text);
  throw new DistillError("USAGE", `SOURCE_DATE_EPOCH is ${JSON.stringify(text)}, which is no number of seconds`, {
    hint: "set it to whole seconds since 1970-01-01, as git log -1 --format=%ct prints them, or unset it",
  });
}
