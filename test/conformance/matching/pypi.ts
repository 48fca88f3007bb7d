import { installed, type MatchingRow, osv } from "../../support/matching.ts";

const SPEC = "packaging.python.org version-specifiers (PEP 440)";
const ID = "PYSEC-2024-1";

interface Rule {
  readonly ranges?: readonly string[];
  readonly versions?: readonly string[];
}

function row(rule: string, version: string, of: Rule, match: string, source = SPEC): MatchingRow {
  return {
    ...{ rule, source, installed: installed("pypi", "Flask", version), level: "full", matches: { [ID]: match } },
    feeds: { "osv-pypi": [osv("PyPI", "flask", ID, of)] },
  };
}

const below = (version: string, fixed: string, match: "yes" | "no"): MatchingRow =>
  row(
    `${version} against ${fixed}`,
    version,
    { ranges: [`>=0 <${fixed}`] },
    match === "yes" ? `yes, fixed in ${fixed}` : "no",
  );

function named(rule: string, ours: string, theirs: string, source: string, isSame = true): MatchingRow {
  return {
    ...{ rule, source, installed: installed("pypi", ours, "1.0"), level: "full" },
    matches: isSame ? { [ID]: "yes, fixed in 2.0" } : {},
    feeds: { "osv-pypi": [osv("PyPI", theirs, ID, { ranges: [">=0 <2.0"] })] },
  };
}

const NAMES = "packaging.python.org name-normalization (PEP 503)";

export const PYPI_ROWS: readonly MatchingRow[] = [
  named("names differ by case", "Flask", "flask", NAMES),
  named("runs of - _ . are one", "ruamel.yaml", "ruamel-yaml", NAMES),
  named("runs of - _ . are one", "zope__interface", "zope.interface", NAMES),
  named("letters are not left out", "flask2", "flask", NAMES, false),
  below("1.0.dev1", "1.0", "yes"),
  below("1.0a1", "1.0", "yes"),
  below("1.0rc1", "1.0", "yes"),
  below("1.0.post1", "1.0", "no"),
  below("1.0", "1.0.0", "no"),
  below("1.0.0", "1", "no"),
  below("1!0.5", "2.0", "no"),
  below("1.0c1", "1.0rc2", "yes"),
  below("1.0-1", "1.0.post1", "no"),
  below("v1.0", "1.1", "yes"),
  below("1.10", "1.9", "no"),
  below("1.0.dev1", "1.0a1", "yes"),
  row("listed, and spelled otherwise", "1.0", { versions: ["1.0.0"] }, "yes, not-fixed"),
  row("listed, with another phase's name", "1.0-rc.1", { versions: ["1.0rc1"] }, "yes, not-fixed"),
  row(
    "a build of a listed version",
    "2.1.0+cu118",
    { versions: ["2.1.0"] },
    "yes, not-fixed",
    `${SPEC}: version matching ignores the local part`,
  ),
  row(
    "a build of the last affected version",
    "2.1.0+cu118",
    { ranges: [">=0 <=2.1.0"] },
    "yes, not-fixed",
    `${SPEC}: <= does not see the local part`,
  ),
  row("a build of the fixed version", "2.1.0+cu118", { ranges: [">=0 <2.1.0"] }, "no", SPEC),
  row(
    "what is no version, and listed",
    "0.8.1p1",
    { versions: ["0.8.1p1"], ranges: [">=0 <2"] },
    "yes, not-fixed",
    "PEP 440 does not order it; osv-schema: versions",
  ),
  row(
    "what is no version, and not listed",
    "0.8.1p2",
    { versions: ["0.8.1p1"], ranges: [">=0 <2"] },
    "no",
    "PEP 440 does not order it; osv-schema: versions",
  ),
  row(
    "PYSEC lists versions beside the range",
    "2.2.4",
    { versions: ["2.2.3", "2.2.4"], ranges: [">=0 <2.2.5"] },
    "yes, fixed in 2.2.5",
    "pypa/advisory-database: versions",
  ),
];
