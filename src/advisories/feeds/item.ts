import type { AdvisoryRecord, AdvisoryRule, ExploitLikelihood, KnownExploited, SupportNote } from "../advisory.ts";

/** One thing that a feed says, as readers give it and the database takes it; plain JSON. */
export type FeedItem =
  /** `name` as storedName() has it. */
  | {
      readonly kind: "entry";
      readonly ecosystem: string;
      readonly name: string;
      readonly record: AdvisoryRecord;
      readonly rule: AdvisoryRule;
    }
  /** The feed covers this ecosystem, also where it has nothing to say of it. */
  | { readonly kind: "ecosystem"; readonly ecosystem: string }
  | { readonly kind: "exploited"; readonly cve: string; readonly exploited: KnownExploited }
  | { readonly kind: "likelihood"; readonly cve: string; readonly likelihood: ExploitLikelihood }
  /** `source` may end with `.*`: see supportNames(). Without a note it has full support, whatever is said of a shorter name. */
  | {
      readonly kind: "support";
      readonly release: string;
      readonly source: string;
      readonly note: SupportNote | undefined;
    }
  /** The date that the feed carries itself, RFC 3339. */
  | { readonly kind: "dated"; readonly date: string };
