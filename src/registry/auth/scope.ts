/** What a token may be used for: actions on one repository (Docker's token specification, "Requesting a token"). */
export interface Scope {
  /** Below the registry: `library/python`. */
  readonly repository: string;
  readonly actions: readonly Action[];
}

export type Action = "pull" | "push" | "delete";

/** `repository:library/python:pull,push`, as challenges and token requests spell it. */
export function formatScope({ repository, actions }: Scope): string {
  return `repository:${repository}:${actions.join(",")}`;
}
