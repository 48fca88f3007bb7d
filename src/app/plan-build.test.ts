import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { ownHome } from "../../test/support/home.ts";
import { layerTar } from "../../test/support/images.ts";
import { once } from "../image/image.ts";
import { parseReference } from "../image/reference.ts";
import { finalStage } from "../plan/plan.ts";
import { Store } from "../store/store.ts";
import { parseBuildArguments } from "./build-arguments.ts";
import { parseNamedContexts } from "./named-contexts.ts";
import { type PlanBuildRequest, planBuild } from "./plan-build.ts";

function request(directory: string, more: Partial<PlanBuildRequest> = {}): PlanBuildRequest {
  const none = { file: undefined, platform: "linux/amd64", target: undefined, buildArg: [], buildContext: [] };
  return { directory, ...none, ...more };
}

describe("the plan of a directory", () => {
  test("is that of its Dockerfile, with what the store knows of the base", async (t) => {
    const home = ownHome(t);
    mkdirSync(home.at("app"));
    writeFileSync(home.at("app/Dockerfile"), "FROM me/base\nENV PATH=/app:$PATH\n");
    const {
      plans: [before],
    } = await planBuild(request(home.at("app")));
    assert.ok(before);
    assert.equal(finalStage(before).written?.baseKnown, false);
    {
      await using store = Store.open(home.store);
      await using lease = store.lease("put");
      const { diffID } = await store.writeLayer(lease, once(layerTar(1, 10)));
      const config = { architecture: "amd64", os: "linux", config: { Env: ["PATH=/base"] } };
      const image = await store.putImage(lease, { config, layers: [diffID] });
      store.tag(parseReference("me/base"), image.manifestDigest);
    }
    const {
      plans: [plan],
    } = await planBuild(request(home.at("app")));
    assert.ok(plan);
    assert.equal(finalStage(plan).written?.baseKnown, true);
    assert.deepEqual(finalStage(plan).written?.image.config.Env, ["PATH=/app:/base"]);
    const {
      plans: [other],
    } = await planBuild(request(home.at("app"), { platform: "linux/arm64" }));
    assert.ok(other);
    assert.equal(finalStage(other).written?.baseKnown, true, "an image alone is taken as it is");
  });

  test("is made for each platform", async (t) => {
    const home = ownHome(t);
    mkdirSync(home.at("app"));
    writeFileSync(home.at("app/Dockerfile"), "FROM scratch\nARG TARGETARCH\nUSER $TARGETARCH\n");
    const { plans } = await planBuild(request(home.at("app"), { platform: "linux/amd64,linux/arm64" }));
    assert.deepEqual(
      plans.map((plan) => finalStage(plan).written?.image.config.User),
      ["amd64", "arm64"],
    );
  });

  test("says which file leaves things out of the context: the one beside the Dockerfile first", async (t) => {
    const home = ownHome(t);
    mkdirSync(home.at("app"));
    mkdirSync(home.at("docker"));
    const file = home.at("docker/app");
    writeFileSync(file, "FROM scratch\n");
    const ignoreFile = async () => (await planBuild(request(home.at("app"), { file }))).ignoreFile;
    assert.equal(await ignoreFile(), undefined);
    writeFileSync(home.at("app/.dockerignore"), "a\n");
    assert.equal(await ignoreFile(), home.at("app/.dockerignore"));
    writeFileSync(home.at("docker/app.dockerignore"), "");
    assert.equal(await ignoreFile(), home.at("docker/app.dockerignore"));
    writeFileSync(home.at("docker/app.dockerignore"), "ok\na[\n");
    await assert.rejects(ignoreFile(), { code: "CONFIG_INVALID", message: /app\.dockerignore:2:1: the bracket/ });
  });

  test("is that of its distill.yaml, which has no stages to choose from", async (t) => {
    const home = ownHome(t);
    mkdirSync(home.at("app"));
    writeFileSync(join(home.at("app"), "distill.yaml"), "base: static\nentrypoint: [/app]\n");
    const {
      plans: [plan],
    } = await planBuild(request(home.at("app")));
    assert.ok(plan);
    assert.deepEqual(
      finalStage(plan).steps.map(({ kind }) => kind),
      ["compose", "meta"],
    );
    for (const flags of [{ target: "x" }, { buildArg: ["A=1"] }, { buildContext: ["a=b"] }]) {
      await assert.rejects(planBuild(request(home.at("app"), flags)), { code: "USAGE", message: /is for Dockerfiles/ });
    }
  });
});

test("a build argument without a value has that of the environment", () => {
  const values = parseBuildArguments(["A=1", "B", "C", "D=", "A=x=y"], { B: "2" });
  assert.deepEqual(
    [...values],
    [
      ["A", "x=y"],
      ["B", "2"],
      ["D", ""],
    ],
  );
  assert.throws(() => parseBuildArguments(["=x"], {}), { code: "USAGE" });
});

test("a named context is a directory, an image, an image by its transport, or an address", () => {
  const given = [
    "a=./dir",
    "docker.io/library/b:latest=docker://debian:13",
    "c=docker-image://x",
    "d=oci-layout:///l",
    "e=docker-archive:f.tar",
    "f=https://x/y.git#main",
    "g=https://x/y.tar",
    "h=git@host:me/r",
  ];
  assert.deepEqual(
    [...parseNamedContexts(given)],
    [
      ["a", { kind: "directory", path: "./dir" }],
      ["b", { kind: "image", reference: "debian:13" }],
      ["c", { kind: "image", reference: "x" }],
      ["d", { kind: "transport", name: "oci:/l" }],
      ["e", { kind: "transport", name: "docker-archive:f.tar" }],
      ["f", { kind: "git", url: "https://x/y.git#main" }],
      ["g", { kind: "http", url: "https://x/y.tar" }],
      ["h", { kind: "git", url: "git@host:me/r" }],
    ],
  );
  for (const wrong of ["a", "=b", "a=", "scratch=x", "Context=x"]) {
    assert.throws(() => parseNamedContexts([wrong]), { code: "USAGE" });
  }
});
