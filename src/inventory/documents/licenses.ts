import { fixupSpdxId, isSupportedSpdxId } from "@cyclonedx/cyclonedx-library/SPDX";

/** On SPDX's list, and not yet on the one that the schema of CycloneDX 1.6 came with. */
const NEWER_THAN_SCHEMA: ReadonlySet<string> = new Set([
  ...["Brian-Gladman-3-Clause-no-conversion", "BSD-2-Clause-pos-unchanged", "BSD-3-Clause-OpenWebUI"],
  ...["BSD-ask-to-endorse", "BSD-Source-alt-GPL", "BSD-Source-Code-no-disclaimer", "Bugroff", "CC-BY-NC-3.0-IGO"],
  ...["FDK-MPEG-H", "Hippocratic-3.0-core", "Informatica", "MVT-1.1", "atc-game"],
]);

/** Exceptions whose names do not say so; the list that comes with the library has both in one. */
const EXCEPTIONS: ReadonlySet<string> = new Set([
  ...["Google-Patent-WebM", "GPL-CC-1.0", "Linux-syscall-note", "LLGPL", "SHL-2.0", "SHL-2.1"],
]);
const LICENSES_CALLED_EXCEPTION: ReadonlySet<string> = new Set([
  ...["CAL-1.0-Combined-Work-Exception", "MPL-2.0-no-copyleft-exception"],
]);

const MAX_EXPRESSION = 4096;
const MAX_DEPTH = 32;
const TOKEN = /\s*([()]|[A-Za-z0-9.:+-]+)\s*/y;
const OPERATOR = /^(?:AND|OR|WITH)$/;
const REFERENCE = /^LicenseRef-[A-Za-z0-9.-]+$/;

/** The SPDX identifier that this is, as SPDX writes it (they are the same in any case); undefined for anything else. */
export function spdxLicenseId(text: string): string | undefined {
  const id = listedId(text);
  return id === undefined || isException(id) ? undefined : id;
}

/** Whether the schema of CycloneDX 1.6 has this identifier. */
export function isIdOfCycloneDx(id: string): boolean {
  return !NEWER_THAN_SCHEMA.has(id);
}

/**
 * The SPDX license expression (SPDX 2.3, annex D) that this is, identifiers as SPDX writes them; undefined for anything else.
 * References to other documents are none: nobody could follow them.
 */
export function spdxExpression(text: string): string | undefined {
  if (text.length > MAX_EXPRESSION) return undefined;
  const tokens = tokensOf(text);
  return tokens === undefined ? undefined : new Parser(tokens).whole();
}

/** The names in an expression that stand for licences which SPDX does not list. */
export function licenseReferences(expression: string): readonly string[] {
  return (tokensOf(expression) ?? []).filter((token) => REFERENCE.test(token));
}

/** The library looks up names such as "constructor" in an object, and finds what is on none of its lists. */
function listedId(text: string): string | undefined {
  const found = fixupSpdxId(text);
  return found !== undefined && isSupportedSpdxId(found) ? found : undefined;
}

function isException(id: string): boolean {
  if (EXCEPTIONS.has(id)) return true;
  return /exception/i.test(id) && !id.includes("-with-") && !LICENSES_CALLED_EXCEPTION.has(id);
}

function tokensOf(text: string): readonly string[] | undefined {
  const tokens: string[] = [];
  for (let at = 0; at < text.length; at = TOKEN.lastIndex) {
    TOKEN.lastIndex = at;
    const [, token] = TOKEN.exec(text) ?? [];
    if (token === undefined) return undefined;
    tokens.push(token);
  }
  return tokens;
}

/** Gives back what it reads, canonically written; undefined where the tokens are no expression. */
class Parser {
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  whole(): string | undefined {
    const read = this.#either(0);
    return this.#at === this.#tokens.length ? read : undefined;
  }

  #either(depth: number): string | undefined {
    return this.#list("OR", () => this.#list("AND", () => this.#term(depth)));
  }

  #list(operator: string, item: () => string | undefined): string | undefined {
    let read = item();
    while (read !== undefined && this.#takes(operator)) {
      const next = item();
      read = next === undefined ? undefined : `${read} ${operator} ${next}`;
    }
    return read;
  }

  #term(depth: number): string | undefined {
    if (this.#takes("(")) {
      const inner = depth < MAX_DEPTH ? this.#either(depth + 1) : undefined;
      return inner !== undefined && this.#takes(")") ? `(${inner})` : undefined;
    }
    const license = licenseOf(this.#next());
    if (license === undefined || !this.#takes("WITH")) return license;
    const exception = listedId(this.#next());
    return exception !== undefined && isException(exception) ? `${license} WITH ${exception}` : undefined;
  }

  #takes(token: string): boolean {
    if (this.#tokens[this.#at] !== token) return false;
    this.#at++;
    return true;
  }

  #next(): string {
    return this.#tokens[this.#at++] ?? "";
  }
}

function licenseOf(token: string): string | undefined {
  if (OPERATOR.test(token)) return undefined;
  if (REFERENCE.test(token)) return token;
  const whole = spdxLicenseId(token);
  if (whole !== undefined || !token.endsWith("+")) return whole;
  const id = spdxLicenseId(token.slice(0, -1));
  return id === undefined ? undefined : `${id}+`;
}
