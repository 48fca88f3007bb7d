import assert from "node:assert/strict";
import { test } from "node:test";
import { isDistillError } from "../lib/errors.ts";
import { refuseContrary, type SbomWishes } from "./sbom-wishes.ts";

test("wishes that one form of the result cannot all fulfil are refused", () => {
  const cases: readonly (readonly [wishes: SbomWishes, refused: boolean])[] = [
    [{ format: "table", list: undefined, digests: false }, false],
    [{ format: "json", list: "dead", digests: false }, false],
    [{ format: "spdx", list: undefined, digests: true }, false],
    [{ format: "cyclonedx", list: "dead", digests: false }, true],
    [{ format: "json", list: "dead", digests: true }, true],
    [{ format: "table", list: undefined, digests: true }, true],
  ];
  for (const [wishes, refused] of cases) {
    const check = () => refuseContrary(wishes);
    if (refused) assert.throws(check, (error) => isDistillError(error, "USAGE"));
    else check();
  }
});
