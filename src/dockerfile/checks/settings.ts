import type { Word } from "../source.ts";

/** What `# check=` asks for. */
export interface CheckSettings {
  readonly skip: ReadonlySet<string>;
  readonly skipAll: boolean;
  readonly experimental: ReadonlySet<string>;
  readonly experimentalAll: boolean;
  /** Findings make the build fail. */
  readonly error: boolean;
}

export const NO_SETTINGS: CheckSettings = {
  skip: new Set(),
  skipAll: false,
  experimental: new Set(),
  experimentalAll: false,
  error: false,
};

/**
 * Reads `skip=A,B;error=true;experimental=C`; what follows ` //` is a comment. Names are compared without regard to case.
 * Undefined with a reason for what is none.
 */
export function readSettings(text: string): CheckSettings | { readonly problem: string } {
  let settings = NO_SETTINGS;
  const [meant = ""] = text.split(/\s\/\//);
  for (const part of meant.split(";")) {
    const [key = "", value] = part.split("=", 2).map((each) => each.trim());
    if (part.trim() === "") continue;
    if (value === undefined) return { problem: `${part.trim()} is no key=value` };
    const names = value.split(",").map((name) => name.trim().toLowerCase());
    switch (key) {
      case "skip":
        settings = { ...settings, skip: new Set(names), skipAll: names.includes("all") };
        break;
      case "experimental":
        settings = { ...settings, experimental: new Set(names), experimentalAll: names.includes("all") };
        break;
      case "error":
        if (!/^(?:true|false|t|f|1|0)$/i.test(value)) return { problem: `error is true or false, not ${value}` };
        settings = { ...settings, error: /^(?:true|t|1)$/i.test(value) };
        break;
      default:
        return { problem: `${key} is not known: skip, error and experimental are` };
    }
  }
  return settings;
}

/** The settings of the comments directly above an instruction; what is no setting there is a comment like others. */
export function settingsAbove(comments: readonly Word[]): CheckSettings {
  let skip = new Set<string>();
  for (const { text } of comments) {
    const [, value] = /^check\s*=\s*(.+)$/i.exec(text) ?? [];
    const read = value === undefined ? undefined : readSettings(value);
    if (read !== undefined && !("problem" in read)) skip = new Set([...skip, ...read.skip]);
  }
  return { ...NO_SETTINGS, skip, skipAll: skip.has("all") };
}

/** True where a finding of that rule is not wanted. */
export function isSkipped({ skip, skipAll }: CheckSettings, rule: string): boolean {
  return skipAll || skip.has(rule.toLowerCase());
}
