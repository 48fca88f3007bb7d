import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { digestOf } from "../../lib/digest.ts";
import { isDistillError } from "../../lib/errors.ts";
import type { ChosenPackage } from "../record.ts";
import { differencesFrom } from "./asked.ts";
import { type Lock, type LockSection, lockIdentity } from "./lock.ts";
import { changesBetween } from "./lock-changes.ts";
import { parseLock } from "./read-lock.ts";
import { formatLock } from "./write-lock.ts";

function chosen(name: string, version = "1.0-1", changes: Partial<ChosenPackage> = {}): ChosenPackage {
  return {
    ...{ name, version, architecture: "amd64", source: { name, version }, archive: 0 },
    ...{ filename: `pool/${name}_${version}.deb`, size: 1000, digest: digestOf(`${name} ${version}`) },
    ...{ tiers: ["static"], ignored: [], ...changes },
  };
}

const SECTION: LockSection = {
  asked: { base: "static", suite: "trixie", packages: ["demo"], rules: digestOf("") },
  archives: [
    { key: "debian trixie main", date: Date.parse("2026-11-14T09:00:00Z") },
    { key: "local", date: undefined },
  ],
  packages: [
    chosen("demo", "1:2.0-1+b1", { source: { name: "demo-src", version: "1:2.0-1" }, tiers: ["base", "packages"] }),
    chosen("own", "3", { archive: 1, ignored: [{ relation: "debconf (>= 0.5) | debconf-2.0", reason: "why" }] }),
  ],
};

const LOCK: Lock = { sections: new Map([["linux/amd64", SECTION]]) };
const TEXT = formatLock(LOCK);

function refused(text: string, message: RegExp, code = "CONFIG_INVALID"): void {
  assert.throws(
    () => parseLock(text, "distill.lock"),
    (error) => {
      assert.ok(isDistillError(error), String(error));
      assert.equal(error.code, code);
      assert.match(error.message, message);
      assert.ok(error.hint !== undefined);
      return true;
    },
  );
}

describe("the text of a lock", () => {
  it("is JSON with one package a line, and gives the lock back", () => {
    assert.deepEqual(parseLock(TEXT, "distill.lock"), LOCK);
    assert.equal(JSON.parse(TEXT).lockVersion, 1);
    assert.equal(TEXT.split("\n").filter((line) => line.includes('"sha256"')).length, 2);
    assert.match(TEXT, /"source":"demo-src \(1:2\.0-1\)"/);
    assert.deepEqual(parseLock(JSON.stringify(JSON.parse(TEXT)), "x"), LOCK);
  });

  it("does not depend on the order in which platforms were added", () => {
    const other = { ...SECTION, packages: [] };
    const pairs = [["linux/arm64", other] as const, ["linux/amd64", SECTION] as const];
    const texts = [pairs, pairs.toReversed()].map((sections) => formatLock({ sections: new Map(sections) }));
    assert.equal(texts[0], texts[1]);
    assert.deepEqual(parseLock(texts[0] as string, "x").sections.get("linux/arm64"), other);
  });

  it("is refused with the line and what was expected there", () => {
    refused(
      TEXT.replace("{", "{\n<<<<<<< ours"),
      /^distill\.lock:2:1: a merge left its conflict here\n {2}2 \| <<<<<<< ours/,
    );
    refused(`${TEXT}=======\n`, /a merge left/);
    refused(TEXT.replace('"note"', '"note", "x"'), /^distill\.lock:3:9: expected a colon/);
    refused(TEXT.replace('"suite": "trixie"', '"suite": 13'), /^distill\.lock:8:18: suite: expected a text/);
    refused(TEXT.replace("2026-11-14T", "2026-14-14T"), /^distill\.lock:13:\d+: expected a date/);
    refused(
      TEXT.replace('"2026-11-14T09:00:00Z"', "null"),
      /^distill\.lock:13:\d+: the date of a release: expected a text/,
    );
    refused(
      TEXT.replace('"local": null', '"local": "2026-11-14T09:00:00Z"'),
      /^distill\.lock:14:\d+: local: expected null/,
    );
    refused(
      TEXT.replace('"name":"own"', '"name":"demo"').replace('"3"', '"1:2.0-1+b1"'),
      /:18:9: demo 1:2\.0-1\+b1 is in the list/,
    );
    refused(TEXT.replace('"archive":"local"', '"archive":"x"'), /^distill\.lock:18:\d+: archive: x is none of/);
    refused(TEXT.replace("pool/own", "../own"), /^distill\.lock:18:9: own, Filename: .* leaves the archive/);
    refused(TEXT.replace('"size":1000', '"size":-1'), /^distill\.lock:17:9: demo, Size/);
    refused(TEXT.replace('"tiers":', '"tires":'), /^distill\.lock:17:\d+: there is no such key \(keys: name, /);
    refused(TEXT.replace(/"tiers":\[[^\]]*\]/, '"tiers":"base"'), /tiers: expected a list/);
    refused(TEXT.replace('"platforms"', '"platform"'), /^distill\.lock:4:3: there is no such key/);
    refused("", /^distill\.lock:1:1: expected a value, and the file ends/);
    refused("[]", /^distill\.lock:1:1: a lock: expected a map/);
    refused("{}", /lockVersion is missing/);
    refused('{"lockVersion": "1"}', /lockVersion "1"; this distill knows 1/, "UNSUPPORTED");
    refused('{"lockVersion": 2, "anything": []}', /lockVersion 2/, "UNSUPPORTED");
  });

  it("is refused well whatever happens to it", () => {
    const at = fc.nat(TEXT.length - 1);
    fc.assert(
      fc.property(
        at,
        at,
        fc.constantFrom("", '"', "{", "]", "\\", "\u0000", "9", "é", ":"),
        (from, length, inserted) => {
          const text = TEXT.slice(0, from) + inserted + TEXT.slice(from + (length % 40));
          try {
            parseLock(text, "distill.lock");
          } catch (error) {
            assert.ok(isDistillError(error, "CONFIG_INVALID", "UNSUPPORTED"), String(error));
          }
        },
      ),
    );
  });
});

describe("lockIdentity", () => {
  const changed = (changes: Partial<ChosenPackage>) =>
    lockIdentity({ ...SECTION, packages: [{ ...(SECTION.packages[0] as ChosenPackage), ...changes }] });

  it("changes with what is composed, not with where it comes from", () => {
    assert.deepEqual(changed({ archive: 1, filename: "pool/elsewhere.deb" }), changed({}));
    assert.notDeepEqual(changed({ digest: digestOf("x") }), changed({}));
    assert.notDeepEqual(changed({ tiers: ["base"] }), changed({}));
  });
});

describe("differencesFrom", () => {
  const { asked } = SECTION;
  const keys = ["debian trixie main", "local"];

  it("finds none where the same is asked for, and names what differs", () => {
    assert.deepEqual(differencesFrom(SECTION, asked, keys), []);
    const now = { ...asked, base: "base", packages: ["other"], rules: digestOf("x"), debs: ["d"] };
    assert.deepEqual(differencesFrom(SECTION, now, ["debian trixie main"]), [
      "base is base, was static",
      "new among packages: other",
      "no longer among packages: demo",
      "this distill chooses by other rules",
      "new among debs: d",
      "no longer among archives: local",
    ]);
    const { packages: _, ...fewer } = asked;
    assert.deepEqual(differencesFrom(SECTION, fewer, keys), ["no longer among packages: demo"]);
    assert.deepEqual(differencesFrom(SECTION, asked, keys.toReversed()), ["the order of archives has changed"]);
  });
});

describe("changesBetween", () => {
  it("tells what is newer, older, rebuilt, new and gone, by name", () => {
    const section = (...packages: readonly ChosenPackage[]): LockSection => ({ ...SECTION, packages });
    const before = section(chosen("back", "2"), chosen("gone"), chosen("lib", "1.9"), chosen("same"), chosen("twin"));
    const now = section(
      ...[chosen("back", "1"), chosen("fresh"), chosen("lib", "1.10", { size: 1500 }), chosen("same")],
      chosen("twin", "1.0-1", { digest: digestOf("again") }),
    );
    assert.deepEqual(
      changesBetween(before, now).map(({ change: { kind, package: name, from, to, size } }) => [
        kind,
        name,
        from,
        to,
        size,
      ]),
      [
        ["older", "back", "2", "1", 0],
        ["new", "fresh", null, "1.0-1", 1000],
        ["gone", "gone", "1.0-1", null, -1000],
        ["newer", "lib", "1.9", "1.10", 500],
        ["rebuilt", "twin", "1.0-1", "1.0-1", 0],
      ],
    );
    assert.deepEqual(changesBetween(now, now), []);
  });

  it("keeps two versions of a name apart", () => {
    const both = { ...SECTION, packages: [chosen("lib", "1"), chosen("lib", "2")] };
    const later = { ...SECTION, packages: [chosen("lib", "2"), chosen("lib", "3")] };
    assert.deepEqual(
      changesBetween(both, later).map(({ change }) => [change.from, change.to]),
      [["1", "3"]],
    );
  });
});
