import assert from "node:assert/strict";
import { test } from "node:test";
import { binaryPackage } from "../../../test/support/packages.ts";
import { parseRelation } from "../../debian/package/relation.ts";
import { ignoredDependency } from "./ignored-dependencies.ts";

const reason = (from: string, relation: string) =>
  ignoredDependency(binaryPackage({ name: from }), parseRelation(relation, "test"));

test("what only maintainer scripts use is not followed, whatever the version", () => {
  assert.match(reason("tzdata", "debconf (>= 0.5)") ?? "", /maintainer scripts/);
  assert.match(reason("base-files", "awk") ?? "", /maintainer scripts/);
});

test("openssl is not followed for ca-certificates, and is for others", () => {
  assert.match(reason("ca-certificates", "openssl (>= 1.1.1)") ?? "", /update-ca-certificates/);
  assert.equal(reason("app", "openssl"), undefined);
});

test("every other dependency is followed", () => {
  assert.equal(reason("debconf", "perl"), undefined);
  assert.equal(reason("app", "adduser-common"), undefined);
});
