import assert from "node:assert/strict";
import { test } from "node:test";
import { composeStep } from "../../test/support/compose-step.ts";
import { digestOf } from "../lib/digest.ts";
import type { ComposeStep } from "../plan/compose-step.ts";
import { composeRequest, debianArchitecture, describeRequest } from "./request.ts";
import { NO_SETTINGS } from "./settings.ts";

const AMD64 = { os: "linux", architecture: "amd64" };
const ARM64 = { os: "linux", architecture: "arm64" };
const NOTHING = { sources: [], debs: [], settings: NO_SETTINGS };

const requested = (asked: Partial<ComposeStep> = {}, platform = AMD64) =>
  composeRequest(composeStep(asked), platform, NOTHING);

test("packages and slices are sets: neither order nor repetition makes another request", () => {
  const { packages, slices } = requested({
    packages: ["zlib1g", "curl=8.14.1-2", "zlib1g"],
    slices: ["ldconfig", "gconv", "gconv"],
  });
  assert.deepEqual(packages, ["curl=8.14.1-2", "zlib1g"]);
  assert.deepEqual(slices, ["gconv", "ldconfig"]);
});

test("a step that says nothing else is nonroot on the newest release that has the base, without a shell", () => {
  const { suite, user, debug } = requested();
  assert.deepEqual([suite, user, debug], ["trixie", "nonroot", false]);
  assert.equal(requested({ base: "python2.7" }).suite, "bullseye");
});

test("a name of gcr.io/distroless brings release, packages, account and shell; the step may add packages and change the account", () => {
  const google = requested({ base: "gcr.io/distroless/cc-debian12:debug", packages: ["curl"] });
  const { base, suite, user, debug, packages } = google;
  assert.deepEqual([base, suite, user, debug, packages], ["cc", "bookworm", "root", true, ["curl"]]);
  assert.equal(requested({ base: "gcr.io/distroless/static", user: "nonroot" }).user, "nonroot");
  assert.throws(() => requested({ base: "gcr.io/distroless/static-debian12", suite: "trixie" }), {
    code: "CONFIG_INVALID",
    message: /is of Debian bookworm, and trixie is asked for/,
  });
  assert.throws(() => requested({ base: "gcr.io/distroless/static:latest-arm64" }), {
    code: "USAGE",
    hint: /--platform linux\/arm64/,
  });
  assert.equal(requested({ base: "gcr.io/distroless/static:latest-arm64" }, ARM64).base, "static");
});

test("what cannot be composed is refused before anything is fetched, with what can", () => {
  assert.throws(() => requested({ base: "java" }), { code: "CONFIG_INVALID", hint: /static/ });
  assert.throws(() => requested({ suite: "sid" }), { code: "UNSUPPORTED", hint: /trixie, bookworm/ });
  assert.throws(() => requested({ slices: ["gconf"] }), { code: "CONFIG_INVALID", hint: /^did you mean gconv\?/ });
  assert.throws(() => requested({}, { os: "linux", architecture: "s390x" }), {
    code: "UNSUPPORTED",
    message: "images for linux/s390x cannot be composed",
    hint: "platforms: linux/amd64, linux/arm64",
  });
  for (const text of ["", "a b", "../x", "a=", "a (1)", "--force"]) {
    assert.throws(() => requested({ packages: [text] }), { code: "FORMAT_INVALID" }, text);
  }
});

test("a platform has Debian's names", () => {
  assert.deepEqual(debianArchitecture(AMD64), { name: "amd64", tuple: "x86_64-linux-gnu" });
  assert.deepEqual(debianArchitecture(ARM64), { name: "arm64", tuple: "aarch64-linux-gnu" });
  assert.throws(() => debianArchitecture({ ...AMD64, variant: "v3" }), {
    message: "images for linux/amd64/v3 cannot be composed",
  });
});

test("the layers do not depend on who containers run as, nor on where .debs and files lie", () => {
  const described = (user: "root" | "nonroot", path: string) =>
    describeRequest({
      ...requested({ user }),
      debs: [{ path, digest: digestOf("deb"), size: 3 }],
      settings: {
        ...NO_SETTINGS,
        files: [{ path: "/x", what: { kind: "file", bytes: Buffer.from("1") }, mode: undefined, owner: undefined }],
      },
    });
  assert.deepEqual(described("root", "/a/x.deb"), described("nonroot", "/b/y.deb"));
  assert.notDeepEqual(described("root", "/a"), describeRequest(requested()));
});
