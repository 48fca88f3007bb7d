import { type Checked, checkDockerfile } from "../../src/dockerfile/checks/check-dockerfile.ts";
import type { BaseResolver, PlanRequest } from "../../src/dockerfile/graph/request.ts";
import { parseIgnoreFile } from "../../src/dockerfile/ignore/ignore-file.ts";
import { parsePlatform } from "../../src/image/platform.ts";

const AMD64 = parsePlatform("linux/amd64");

/** Bases that set a user, a command and nothing else. */
export const PLAIN_BASES: BaseResolver = {
  resolve: async () => ({ author: undefined, config: { User: "me", Cmd: ["run"] }, history: [] }),
};
export const UNKNOWN_BASES: BaseResolver = { resolve: async () => undefined };

export interface CheckOptions {
  readonly resolver?: BaseResolver;
  /** The text of a .dockerignore. */
  readonly ignore?: string;
  readonly request?: Partial<PlanRequest>;
}

/** What the checks of a text come to. */
export function checkText(text: string, options: CheckOptions = {}): Promise<Checked> {
  const request: PlanRequest = {
    ...{ directory: ".", target: undefined, arguments: new Map(), contexts: new Map() },
    ...{ platform: AMD64, buildPlatform: AMD64 },
    ...options.request,
  };
  const ignored = options.ignore === undefined ? undefined : parseIgnoreFile(options.ignore);
  return checkDockerfile(text, "Dockerfile", request, options.resolver ?? PLAIN_BASES, ignored);
}

/** `LINE RULE: DETAIL` of each finding. */
export async function findingsOf(text: string, options: CheckOptions = {}): Promise<readonly string[]> {
  const { findings, failure } = await checkText(text, options);
  if (failure !== undefined) throw failure;
  return findings.map(({ line, rule, detail }) => `${line} ${rule}: ${detail}`);
}

/** What is marked of each finding. */
export async function marksOf(text: string, options: CheckOptions = {}): Promise<readonly string[]> {
  const { findings, source } = await checkText(text, options);
  return findings.map(({ range: { start, end } }) =>
    source.text.slice(source.offset(start.line) + start.column - 1, source.offset(end.line) + end.column - 1),
  );
}
