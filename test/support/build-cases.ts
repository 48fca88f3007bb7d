import { existsSync, readFileSync } from "node:fs";
import { sharedPath } from "./shared.ts";

/** An entry of a case's context. Modes are octal. */
export type CaseFile =
  | { readonly type: "file"; readonly content: string; readonly mode: string }
  | { readonly type: "dir"; readonly mode: string }
  | { readonly type: "symlink" | "hardlink"; readonly target: string }
  | { readonly type: "tar"; readonly entries: readonly CaseTarEntry[] };

export interface CaseTarEntry {
  readonly name: string;
  readonly type?: "file" | "dir" | "symlink" | "hardlink";
  readonly mode?: string;
  readonly content?: string;
  readonly target?: string;
  readonly uid?: number;
  readonly gid?: number;
}

/** An entry of a layer or of the whole tree as BuildKit made it. */
export interface ExpectedEntry {
  readonly path: string;
  readonly type: string;
  readonly mode: string;
  readonly uid: number;
  readonly gid: number;
  readonly size?: number;
  /** Whether it has the time of the context's files. */
  readonly mtimeIsEpochT: boolean;
  readonly sha256?: string;
  readonly link?: string;
}

/** A whole build, as the shared cases have it. */
export interface BuildCase {
  readonly name: string;
  readonly dockerfile: string;
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly target: string | null;
  readonly secrets: Readonly<Record<string, string>>;
  readonly opts: Readonly<Record<string, unknown>>;
  readonly files: Readonly<Record<string, CaseFile>>;
  readonly dockerignore: string | null;
  readonly expectError: boolean;
}

/** What BuildKit made of it. */
export interface ExpectedBuild {
  readonly ok: boolean;
  readonly error?: string;
  readonly baseLayers?: number;
  /** Of the layers above the base. */
  readonly layers?: readonly (readonly ExpectedEntry[])[];
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
