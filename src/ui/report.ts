/** A result with a verdict, a table of both sides and details below: shown as text or as markdown. */
export interface Report {
  /** Sentences; the first one says it all. */
  readonly verdict: readonly string[];
  readonly summary: {
    readonly header: readonly string[];
    readonly rows: readonly (readonly string[])[];
    /** Label and text that stand across all columns. */
    readonly notes: readonly (readonly [string, string])[];
  };
  readonly sections: readonly ReportSection[];
}

/** Rows, or lists under labels. */
export type ReportSection =
  | {
      readonly kind: "table";
      readonly title: string;
      readonly header: readonly string[];
      readonly rows: readonly (readonly string[])[];
      /** Columns of numbers. */
      readonly right: readonly number[];
      /** Which part of the last column counts where it does not fit. */
      readonly keep: "start" | "end";
    }
  | { readonly kind: "lists"; readonly title: string; readonly lists: readonly ReportList[] };

export interface ReportList {
  readonly label: string;
  readonly items: readonly string[];
  /** Items that are not listed. */
  readonly more: number;
}
