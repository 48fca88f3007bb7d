import { existsSync, readFileSync } from "node:fs";
import { sharedPath } from "./shared.ts";

/** A whole build, as the shared cases have it. */
export interface BuildCase {
  readonly name: string;
  readonly dockerfile: string;
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly target: string | null;
  readonly opts: Readonly<Record<string, unknown>>;
}

/** What BuildKit made of it. */
export interface ExpectedBuild {
  readonly ok: boolean;
  readonly error?: string;
  readonly author?: string | null;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly history?: readonly {
    readonly created_by?: string;
    readonly empty_layer?: boolean;
  }[];
}

/** Where the builds are among the shared cases. */
export const BUILDS = ["cases", "builds"] as const;

/** The builds of the shared cases, each with what it comes to; none where those are not there. */
export function readBuildCases(): readonly { readonly given: BuildCase; readonly expected: ExpectedBuild }[] {
  const path = sharedPath(...BUILDS, "cases.json");
  if (!existsSync(path)) return [];
  const cases: readonly BuildCase[] = JSON.parse(readFileSync(path, "utf8"));
  const results: Readonly<Record<string, ExpectedBuild>> = JSON.parse(
    readFileSync(sharedPath(...BUILDS, "expected.json"), "utf8"),
  );
  return cases.flatMap((given) => {
    const expected = results[given.name];
    return expected === undefined ? [] : [{ given, expected }];
  });
}
