import type { AdvisoryEntry } from "../advisory.ts";
import type { ArchiveAnswer } from "./answer.ts";

/** What an answer says, as entries that are matched with the installed package; none where nothing newer is there. */
export function archiveEntries({ fixes = [], suite }: ArchiveAnswer): readonly AdvisoryEntry[] {
  if (suite === undefined) return [];
  return fixes.map(({ cve, version }) => ({
    feed: "debian-archive",
    record: {
      id: cve,
      aliases: [],
      summary: "",
      severities: [],
      published: undefined,
      modified: undefined,
      withdrawn: undefined,
      link: `https://security-tracker.debian.org/tracker/${cve}`,
    },
    rule: { kind: "archive", fixed: version, suite },
  }));
}
