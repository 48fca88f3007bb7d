import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type MatchingRow, outcomeOf, ratingOf, wordsOf } from "../support/matching.ts";
import { ALPINE_ROWS } from "./matching/alpine.ts";
import { DEBIAN_ROWS } from "./matching/debian.ts";
import { GO_ROWS } from "./matching/go.ts";
import { LIBRARY_ROWS } from "./matching/libraries.ts";
import { MERGE_ROWS } from "./matching/merge.ts";
import { NODE_ROWS } from "./matching/node.ts";
import { NPM_ROWS } from "./matching/npm.ts";
import { OSV_ROWS } from "./matching/osv.ts";
import { PYPI_ROWS } from "./matching/pypi.ts";
import { SEVERITY_ROWS } from "./matching/severity.ts";
import { UBUNTU_ROWS } from "./matching/ubuntu.ts";
import { UNASSESSED_ROWS } from "./matching/unassessed.ts";

const TABLES: Readonly<Record<string, readonly MatchingRow[]>> = {
  Debian: DEBIAN_ROWS,
  Ubuntu: UBUNTU_ROWS,
  Alpine: ALPINE_ROWS,
  "OSV's evaluation": OSV_ROWS,
  PyPI: PYPI_ROWS,
  npm: NPM_ROWS,
  Go: GO_ROWS,
  "crates.io, Maven and RubyGems": LIBRARY_ROWS,
  "Node.js": NODE_ROWS,
  "records of one flaw": MERGE_ROWS,
  severity: SEVERITY_ROWS,
  "what cannot be assessed": UNASSESSED_ROWS,
};

test("there are 150 rows and more, and each says who states its rule", () => {
  const rows = Object.values(TABLES).flat();
  assert.ok(rows.length >= 150, String(rows.length));
  for (const { rule, source } of rows) assert.ok(source.length > 5, rule);
});

for (const [name, rows] of Object.entries(TABLES)) {
  describe(name, () => {
    for (const [index, row] of rows.entries()) {
      const { facts } = row.installed;
      test(`${index + 1}: ${row.rule} (${facts.name} ${facts.version}; ${row.source})`, () => {
        const { assessed, matches } = outcomeOf(row);
        const found = Object.fromEntries(matches.map((match) => [match.id, wordsOf(match)]));
        assert.deepEqual({ level: assessed.level, matches: found }, { level: row.level, matches: row.matches });
        assert.equal(assessed.reason === undefined, row.level === "full");
        assert.equal(assessed.feeds.length === 0, row.level === "none");
        if (row.reason !== undefined) assert.match(assessed.reason ?? "", row.reason);
        const [only] = matches;
        if (row.rating !== undefined) assert.equal(only === undefined ? "" : ratingOf(only), row.rating);
        if (row.because !== undefined) assert.match(only?.verdicts[0]?.because ?? "", row.because);
        if (row.aliases !== undefined) assert.deepEqual(only?.aliases, row.aliases);
        for (const { because } of assessed.verdicts) assert.match(because, /^\S.*[^.\s]$/);
      });
    }
  });
}
