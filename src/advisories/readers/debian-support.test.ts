import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { anyText } from "../../../test/support/any-text.ts";
import { isDistillError } from "../../lib/errors.ts";
import { supportNames } from "../support-names.ts";
import { readSupportList, type SupportList } from "./debian-support.ts";

const notesOf = (text: string, list: SupportList) =>
  readSupportList(text, "bookworm", list).map((item) => {
    assert.ok(item.kind === "support" && item.release === "bookworm");
    return [item.source, item.note];
  });

test("the list of what has ended support has a day, and the reason behind it", () => {
  const text = `
# 3. Date when support ended or will end, in the form YYYY-mm-dd
wpewebkit\t2.38.6-1\t\t2023-05-09\thttps://bugs.debian.org/1035794
dnsdist         1.7.3-2                 2025-10-01      No security support upstream
intel-mediasdk\t22.5.4-1\t\t2024-11-21  \tabandoned  upstream
php-horde.*\t0\t\t2025-03-22\r
`;
  assert.deepEqual(notesOf(text, "ended"), [
    ["wpewebkit", { kind: "ended", since: "2023-05-09", text: "https://bugs.debian.org/1035794" }],
    ["dnsdist", { kind: "ended", since: "2025-10-01", text: "No security support upstream" }],
    ["intel-mediasdk", { kind: "ended", since: "2024-11-21", text: "abandoned upstream" }],
    ["php-horde.*", { kind: "ended", since: "2025-03-22", text: "" }],
  ]);
});

test("the list of limited support has the reason behind the name", () => {
  const text = "binutils        Only suitable for trusted content\ngolang.*        See the release notes\n";
  assert.deepEqual(notesOf(text, "limited"), [
    ["binutils", { kind: "limited", since: undefined, text: "Only suitable for trusted content" }],
    ["golang.*", { kind: "limited", since: undefined, text: "See the release notes" }],
  ]);
});

test("the list for all, which Debian has since trixie, says of each line what it is about", () => {
  const text = `consul                      non-supported   1.10.12+dfsg1-1  2023-09-20  https://bugs.debian.org/1052289
rust.*                      limited  See the release notes
rust-sequoia-sqv            supported  sequoia sqv is fully supported
freeimage                   non-supported   Inactive project upstream
golang*                     limited
`;
  assert.deepEqual(notesOf(text, "all"), [
    ["consul", { kind: "ended", since: "2023-09-20", text: "https://bugs.debian.org/1052289" }],
    ["rust.*", { kind: "limited", since: undefined, text: "See the release notes" }],
    ["rust-sequoia-sqv", undefined],
    ["freeimage", { kind: "ended", since: undefined, text: "Inactive project upstream" }],
    ["golang.*", { kind: "limited", since: undefined, text: "" }],
  ]);
});

test("names to look for go from the package itself to shorter beginnings", () => {
  assert.deepEqual(supportNames("golang"), ["golang", "golang.*", "golan.*", "gola.*", "gol.*", "go.*", "g.*"]);
});

test("a line of another form is told with its number, and the others are read", () => {
  const problems: string[] = [];
  const text = "$(reboot) limited x\nadns limited Stub resolver\nadns fair Stub resolver\n[a-z]+ limited x\n";
  const items = readSupportList(text, "trixie", "all", ({ message }) => problems.push(message));
  assert.equal(items.length, 1);
  assert.deepEqual(problems, [
    "the list of security support of trixie: line 1 does not begin with a source package",
    "the list of security support of trixie: line 3 is none of limited, non-supported and supported",
    "the list of security support of trixie: line 4 does not begin with a source package",
  ]);
});

test("any text is read or refused, and no note has control characters", () => {
  const line = anyText(20);
  const near = fc.tuple(fc.constantFrom("a", "b-c", "d.*"), fc.constantFrom("limited", "non-supported", ""), line);
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          line,
          near.map((words) => words.join(" ")),
        ),
      ),
      (lines) => {
        for (const list of ["ended", "limited", "all"] as const) {
          const items = readSupportList(lines.join("\n"), "sid", list, (error) =>
            assert.ok(isDistillError(error, "FORMAT_INVALID")),
          );
          for (const item of items) {
            if (item.kind === "support") assert.doesNotMatch(item.note?.text ?? "", /[\x00-\x1f\x7f-\x9f]/);
          }
        }
      },
    ),
  );
});
