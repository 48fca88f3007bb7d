import type { Source, Word } from "../source.ts";
import type { Statement } from "../statement.ts";
import { OWN } from "./rule.ts";

/** What `check=...` asks for. */
export interface CheckSettings {
  readonly skip: ReadonlySet<string>;
  readonly experimental: ReadonlySet<string>;
  /** Findings fail the build. */
  readonly error: boolean;
}

/** Parts that BuildKit reads; a further `;` belongs to the last of them. */
const MAX_PARTS = 3;
const TRUE: ReadonlySet<string> = new Set(["1", "t", "T", "TRUE", "true", "True"]);
const FALSE: ReadonlySet<string> = new Set(["0", "f", "F", "FALSE", "false", "False"]);
/** Everything that is not experimental, and nothing fails. */
export const NO_SETTINGS: CheckSettings = { skip: new Set(), experimental: new Set(), error: false };

/** The settings of the directive `# check=` at the top. CONFIG_INVALID for what it cannot say. */
export function settingsOf(source: Source, directive: Word | undefined): CheckSettings {
  if (directive === undefined) return NO_SETTINGS;
  const read = readSettings(directive.text);
  if (typeof read !== "string") return read;
  throw source.error(directive, read, { hint: "# check=skip=RULE,RULE;error=true;experimental=RULE" });
}

/**
 * The settings for one instruction: those of the file, and what the first comment `# check=` above it adds, up to its first
 * space. One that says nothing sensible adds nothing, as it may be any comment.
 */
export function settingsFor({ comments }: Statement, file: CheckSettings): CheckSettings {
  const [, value = ""] = comments.map(({ text }) => /^check\s*=\s*(\S+)/i.exec(text)).find((match) => match) ?? [];
  const read = readSettings(value);
  if (typeof read === "string") return file;
  return {
    skip: file.skip.union(read.skip),
    experimental: file.experimental.union(read.experimental),
    error: file.error,
  };
}

/** Whether a rule runs. Those that are experimental have to be asked for, and are not skipped. */
export function isOn(name: string, experimental: boolean, settings: CheckSettings): boolean {
  const { experimental: asked, skip } = settings;
  if (experimental) return asked.has("all") || asked.has(name);
  return !skip.has("all") && !skip.has(name) && !(name.startsWith(OWN) && skip.has(`${OWN}all`));
}

/** The settings, or what is wrong with them. */
function readSettings(text: string): CheckSettings | string {
  if (text.trim() === "") return NO_SETTINGS;
  const parts = text.split(";");
  const joined = [...parts.slice(0, MAX_PARTS - 1), parts.slice(MAX_PARTS - 1).join(";")].slice(0, parts.length);
  let { skip, experimental, error } = NO_SETTINGS;
  for (const part of joined) {
    const equals = part.indexOf("=");
    const [key, value] = [part.slice(0, Math.max(equals, 0)).trim(), part.slice(equals + 1).trim()];
    if (key === "skip") skip = names(value);
    else if (key === "experimental") experimental = names(value);
    else if (key === "error" && (TRUE.has(value) || FALSE.has(value))) error = TRUE.has(value);
    else if (key === "error") return `error is true or false, not ${JSON.stringify(value)}`;
    else return `${JSON.stringify(part.trim())} is no setting of checks`;
  }
  return { skip, experimental, error };
}

function names(list: string): ReadonlySet<string> {
  return new Set(list.split(",").map((name) => name.trim()));
}
