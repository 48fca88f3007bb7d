import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { planText } from "../../../test/support/golden-plan.ts";
import { parsePlatform } from "../../image/platform.ts";
import { isDistillError } from "../../lib/errors.ts";
import type { ContextLocation } from "../../plan/origin.ts";
import { finalStage, type Plan, type StageImage, type Step } from "../../plan/plan.ts";
import type { BaseResolver, ResolvedBase } from "./request.ts";

/** Knows the images that are listed and no others; remembers what it was asked for. */
class Bases implements BaseResolver {
  readonly asked: string[] = [];
  readonly #known: Readonly<Record<string, Partial<ResolvedBase>>>;

  constructor(known: Readonly<Record<string, Partial<ResolvedBase>>> = {}) {
    this.#known = known;
  }

  readonly resolve: BaseResolver["resolve"] = async (origin) => {
    const name = origin.kind === "image" ? origin.reference : origin.name;
    this.asked.push(name);
    const found = this.#known[name];
    return found === undefined ? undefined : { author: undefined, config: {}, history: [], ...found };
  };
}

const EMPTY = new Bases({ "docker.io/library/base:latest": {} });

async function imageOf(text: string, bases: BaseResolver = EMPTY): Promise<StageImage> {
  const { written } = finalStage(await planText(text, {}, bases));
  assert.ok(written);
  return written.image;
}

async function texts(text: string, request: Parameters<typeof planText>[1] = {}): Promise<readonly string[]> {
  const plan = await planText(text, request, EMPTY);
  return finalStage(plan)
    .steps.slice(1)
    .map((step) => step.text);
}

async function lastStep(text: string): Promise<Step> {
  const step = finalStage(await planText(text, {}, EMPTY)).steps.at(-1);
  assert.ok(step);
  return step;
}

async function refused(text: string, message: RegExp, request: Parameters<typeof planText>[1] = {}): Promise<void> {
  await assert.rejects(planText(text, request, EMPTY), (error) => {
    assert.ok(isDistillError(error, "CONFIG_INVALID", "USAGE"), String(error));
    assert.match(`${error.message}\n${error.hint}`, message);
    return true;
  });
}

const builtStages = (plan: Plan): readonly string[] => plan.stages.map(({ name }) => name);

describe("the stages that are built", () => {
  const FILE =
    "FROM a AS a\nFROM b AS b\nFROM c AS c\nCOPY --from=a / /\nFROM b AS d\nRUN --mount=from=c,target=/c x\n";

  test("are those that the last one needs, in the order of the file", async () => {
    const plan = await planText(FILE);
    assert.deepEqual(builtStages(plan), ["a", "b", "c", "d"]);
    assert.deepEqual(plan.skipped, []);
  });

  test("are those that the target needs, by name in any case or by number", async () => {
    for (const target of ["c", "C", "2"]) {
      const plan = await planText(FILE, { target });
      assert.deepEqual(builtStages(plan), ["a", "c"]);
      assert.deepEqual(
        plan.skipped?.map(({ name, index, base }) => [name, index, base]),
        [
          ["b", 1, "b"],
          ["d", 3, "b"],
        ],
      );
    }
  });

  test("bases of the others are not asked about", async () => {
    const bases = new Bases();
    await planText(FILE, { target: "c" }, bases);
    assert.deepEqual(bases.asked.sort(), ["docker.io/library/a:latest", "docker.io/library/c:latest"]);
  });

  test("a target that is not there is named, with what may be meant", async () => {
    await refused("FROM base AS build", /has no stage "biuld"\ndid you mean build\?/, { target: "biuld" });
    await refused("FROM base", /none of its stages has a name/, { target: "7" });
  });

  test("the same name twice means the nearest above", async () => {
    const plan = await planText("FROM a AS x\nFROM b AS x\nFROM x\nCOPY --from=x / /\nFROM c AS x");
    assert.deepEqual(builtStages(plan), ["x"]);
    const third = await planText("FROM a AS x\nFROM b AS x\nFROM x\nCOPY --from=x / /\nFROM c AS x", { target: "2" });
    assert.deepEqual(
      third.stages.map(({ written }) => written?.index),
      [1, 2],
    );
  });

  test("a chain of thousands is no deep recursion", async () => {
    const chain = Array.from({ length: 4000 }, (_, index) => `FROM s${index} AS s${index + 1}`);
    const plan = await planText(["FROM scratch AS s0", ...chain].join("\n"));
    assert.equal(plan.stages.length, 4001);
  });
});

describe("names that files are taken from", () => {
  test("a stage cannot take from itself or from below", async () => {
    await refused("FROM base AS x\nCOPY --from=x a b", /^Dockerfile:2:6: stage x takes files from itself\n {2}2 \|/);
    await refused("FROM base\nCOPY --from=0 a b", /stage 0 takes files from itself/);
    await refused("FROM base\nCOPY --from=y a b\nFROM a AS y\nFROM 0", /^/, { target: "nothing" });
    await refused(
      "FROM base AS x\nRUN --mount=from=y,target=/y z\nFROM a AS y\n",
      /^Dockerfile:2:5: stage y stands below/,
      {
        target: "x",
      },
    );
    await refused("FROM base\nCOPY --from=3 a b", /there is no stage 3: they are 0 to 0/);
  });

  test("what is no stage is a context or an image", async () => {
    const contexts = new Map<string, ContextLocation>([["assets", { kind: "directory", path: "./a" }]]);
    const plan = await planText("FROM scratch\nCOPY --from=assets a b\nCOPY --from=Alpine:3 a b", { contexts }).catch(
      (error: Error) => error.message,
    );
    assert.match(String(plan), /Dockerfile:3:6: "Alpine:3" is not an image name/);
    const { steps } = finalStage(
      await planText("FROM scratch\nCOPY --from=assets a b\nCOPY --from=alpine a b", { contexts }),
    );
    assert.deepEqual(
      steps.map((step) => (step.kind === "transfer" ? step.from : undefined)),
      [
        undefined,
        {
          kind: "named-context",
          name: "assets",
          location: contexts.get("assets"),
          platform: parsePlatform("linux/amd64"),
        },
        { kind: "image", reference: "docker.io/library/alpine:latest", platform: parsePlatform("linux/amd64") },
      ],
    );
  });

  test("variables are not replaced in them", async () => {
    await refused("FROM base\nARG X=y\nCOPY --from=$X a b", /variables are not replaced in --from/);
  });
});

describe("FROM", () => {
  test("sees the arguments above it and those of the platforms", async () => {
    const file = "ARG A=base\nARG B=$A-$TARGETARCH\nFROM $B";
    const plan = await planText(file, { platform: parsePlatform("linux/arm64") });
    const [from] = finalStage(plan).steps;
    assert.equal(
      from?.kind === "from" && from.origin.kind === "image" && from.origin.reference,
      "docker.io/library/base-arm64:latest",
    );
    const other = await planText(file, { arguments: new Map([["A", "x"]]) });
    assert.equal(other.stages[0]?.steps[0]?.text, "FROM x-amd64");
  });

  test("without an image is refused, with the variable that may be meant", async () => {
    await refused(
      "ARG VERSION=1\nFROM $VERSOIN",
      /^Dockerfile:2:6: FROM has no image: "\$VERSOIN" is empty here.*did you mean \$VERSION/s,
    );
    await refused("FROM base\nARG X=y\nFROM $X", /FROM has no image/);
    await refused("FROM --platform=$BULIDPLATFORM base", /did you mean \$BUILDPLATFORM/);
    await refused("FROM --platform=linux/ base", /^Dockerfile:1:6: not a platform/);
    await refused("FROM UPPER", /lower-case/);
  });

  test("of a stage has its platform, variables, settings and user", async () => {
    const plan = await planText(
      "FROM --platform=linux/arm64 a AS a\nARG X=1\nENV Y=2\nUSER me\nWORKDIR /w\nFROM a\nRUN echo\nCOPY x y",
    );
    const { steps, written } = finalStage(plan);
    assert.equal(written?.platform.architecture, "arm64");
    assert.equal(plan.platform.architecture, "arm64");
    const [from, run, copy] = steps;
    assert.deepEqual(from?.kind === "from" && from.origin, { kind: "stage", index: 0 });
    assert.ok(run?.kind === "run" && copy?.kind === "transfer");
    assert.deepEqual([run.user, run.directory, copy.destination], ["me", "/w", "/w/y"]);
    assert.ok(run.environment.includes("X=1") && run.environment.includes("Y=2"));
  });
});

describe("named contexts", () => {
  const image = (reference: string): ContextLocation => ({ kind: "image", reference });

  test("stand for an image, however its name is written, and for one platform only where they say so", async () => {
    const origin = async (text: string, name: string): Promise<string | undefined> => {
      const plan = await planText(text, { contexts: new Map([[name, image("other")]]) }, EMPTY);
      const [from] = finalStage(plan).steps;
      return from?.kind === "from" ? from.origin.kind : undefined;
    };
    assert.equal(await origin("FROM docker.io/library/base:latest", "base"), "named-context");
    assert.equal(await origin("FROM base:1", "base"), "image");
    assert.equal(await origin("FROM base", "base::linux/amd64"), "named-context");
    assert.equal(await origin("FROM base", "base::linux/arm64"), "image");
  });

  test("stand for a whole stage, whose instructions are not done", async () => {
    const contexts = new Map([["build", image("ready")]]);
    const plan = await planText("FROM a AS x\nFROM x AS build\nRUN make\nFROM build\nCMD x", { contexts });
    assert.deepEqual(builtStages(plan), ["build", "2"]);
    assert.deepEqual(
      plan.stages[0]?.steps.map(({ kind }) => kind),
      ["from"],
    );
  });
});

describe("arguments", () => {
  test("have the user's value, else their default, else the one above the first FROM", async () => {
    const file = "ARG A=global\nARG B=global\nFROM base\nARG A\nARG B=own\nARG C\nRUN x";
    assert.deepEqual((await texts(file)).slice(0, 3), ["ARG A=global", "ARG B=own", "ARG C"]);
    const given = new Map(["A", "B", "C"].map((name) => [name, "user"]));
    assert.deepEqual((await texts(file, { arguments: given })).slice(0, 3), ["ARG A=user", "ARG B=user", "ARG C=user"]);
  });

  test("are for the stage and those on it, and in the history of RUN", async () => {
    const { history } = await imageOf("FROM base AS a\nARG X=1\nARG Y\nRUN a\nFROM a\nRUN b");
    assert.deepEqual(
      history.map((each) => each.created_by),
      ["ARG X=1", "ARG Y", "RUN |2 X=1 Y= /bin/sh -c a # buildkit", "RUN |2 X=1 Y= /bin/sh -c b # buildkit"],
    );
    const other = await lastStep("FROM base AS a\nARG X=1\nFROM base\nCOPY $X /x$X");
    assert.equal(other.text, "COPY  /x");
  });

  test("of proxies need no declaration and leave no trace", async () => {
    const proxy = new Map([["HTTPS_PROXY", "http://p"]]);
    const plan = await planText("FROM base\nRUN x", { arguments: proxy }, EMPTY);
    const run = finalStage(plan).steps.at(-1);
    assert.ok(run?.kind === "run");
    assert.deepEqual(run.proxies, ["HTTPS_PROXY=http://p"]);
    assert.ok(!run.environment.some((each) => each.includes("PROXY")));
    assert.ok(!JSON.stringify(finalStage(plan).written).includes("PROXY"));
  });

  test("and ENV: the one that was set last counts, and only ENV is in the image", async () => {
    assert.equal((await lastStep("FROM base\nARG X=arg\nENV X=env\nUSER $X")).text, "USER env");
    assert.equal((await lastStep("FROM base\nENV X=env\nARG X\nUSER $X")).text, "USER env");
    const { config } = await imageOf("FROM base\nARG X=arg\nENV Y=$X");
    assert.deepEqual(config.Env?.slice(1), ["Y=arg"]);
  });

  test("one instruction sees the variables as they were before it", async () => {
    const { config } = await imageOf("FROM base\nENV a=1\nENV a=2 b=$a\nENV a=3");
    assert.deepEqual(config.Env?.slice(1), ["a=3", "b=1"]);
  });
});

describe("the image of a stage", () => {
  test("ENTRYPOINT takes the CMD of the base away, and not one of its own stage", async () => {
    const bases = new Bases({ "docker.io/library/base:latest": { config: { Cmd: ["old"] } } });
    assert.equal((await imageOf('FROM base\nENTRYPOINT ["e"]', bases)).config.Cmd, undefined);
    assert.deepEqual((await imageOf('FROM base\nCMD ["c"]\nENTRYPOINT ["e"]', bases)).config.Cmd, ["c"]);
    assert.equal((await imageOf('FROM base AS a\nCMD ["c"]\nFROM a\nENTRYPOINT ["e"]', bases)).config.Cmd, undefined);
  });

  test("SHELL is put before texts, of RUN too", async () => {
    const { config } = await imageOf('FROM base\nSHELL ["sh", "-e"]\nCMD a b\nENTRYPOINT c\nHEALTHCHECK CMD d');
    assert.deepEqual(config.Entrypoint, ["sh", "-e", "c"]);
    assert.deepEqual(config.Healthcheck, { Test: ["CMD-SHELL", "d"] });
    const run = await lastStep('FROM base\nSHELL ["sh", "-e"]\nRUN a b');
    assert.deepEqual(run.kind === "run" && run.arguments, ["sh", "-e", "a b"]);
  });

  test("HEALTHCHECK has its times in the history as Go prints them", async () => {
    const file = "FROM base\nHEALTHCHECK --interval=90s --timeout=1500ms --start-period=2h --retries=3 CMD x";
    const { config, history } = await imageOf(file);
    assert.deepEqual(config.Healthcheck, {
      Test: ["CMD-SHELL", "x"],
      Interval: 90e9,
      Timeout: 1.5e9,
      StartPeriod: 7200e9,
      Retries: 3,
    });
    assert.equal(
      history.at(-1)?.created_by,
      "HEALTHCHECK {Test:[CMD-SHELL x] Interval:1m30s Timeout:1.5s StartPeriod:2h0m0s StartInterval:0s Retries:3}",
    );
    assert.deepEqual((await imageOf("FROM base\nHEALTHCHECK NONE")).config.Healthcheck, { Test: ["NONE"] });
  });

  test("EXPOSE knows ranges, protocols and several ports in a variable", async () => {
    const { config, history } = await imageOf('FROM base\nENV P="9 8/udp"\nEXPOSE 100-102/TCP $P 0.0.0.0:80:81');
    assert.deepEqual(Object.keys(config.ExposedPorts ?? {}).sort(), [
      "100/tcp",
      "101/tcp",
      "102/tcp",
      "8/udp",
      "81/tcp",
      "9/tcp",
    ]);
    assert.equal(history.at(-1)?.created_by, "EXPOSE [100/tcp 101/tcp 102/tcp 8/udp 81/tcp 9/tcp]");
    await refused("FROM base\nEXPOSE 70000", /^Dockerfile:2:8: "70000" is no port/);
    await refused("FROM base\nEXPOSE 5-3", /ends before it begins/);
    await refused("FROM base\nEXPOSE 80/http", /no protocol/);
    await refused("FROM base\nEXPOSE http", /no port/);
  });

  test("labels, volumes, author, user and signal are those of the base and its own", async () => {
    const bases = new Bases({
      "docker.io/library/base:latest": {
        author: "they",
        config: { Labels: { a: "1", b: "1" }, Volumes: { "/v": {} }, User: "u", OnBuild: [] },
        history: [{ created: "2020-01-01T00:00:00Z", created_by: "base" }],
      },
    });
    const { author, config, history } = await imageOf(
      'FROM base\nLABEL b=2 "c d"=3\nVOLUME ["/w"]\nMAINTAINER me\nSTOPSIGNAL SIGINT\nONBUILD RUN x',
      bases,
    );
    assert.equal(author, "me");
    assert.deepEqual(config.Labels, { a: "1", b: "2", "c d": "3" });
    assert.deepEqual(config.Volumes, { "/v": {}, "/w": {} });
    assert.deepEqual([config.User, config.StopSignal, config.OnBuild], ["u", "SIGINT", ["RUN x"]]);
    assert.deepEqual(history[0], { created: "2020-01-01T00:00:00Z", created_by: "base" });
    assert.equal(history.length, 5);
    await refused("FROM base\nSTOPSIGNAL SIGNONE", /"SIGNONE" is no signal/);
    await refused("FROM base\nVOLUME $none", /needs a path/);
  });

  test("names that objects have themselves are names like others", async () => {
    const { config } = await imageOf("FROM base\nENV __proto__=1 constructor=2\nLABEL __proto__=3\nVOLUME __proto__");
    assert.deepEqual(config.Env?.slice(1), ["__proto__=1", "constructor=2"]);
    assert.deepEqual(Object.entries(config.Labels ?? {}), [["__proto__", "3"]]);
    assert.deepEqual(Object.keys(config.Volumes ?? {}), ["__proto__"]);
  });
});

describe("triggers", () => {
  test("of a stage are done in the next one, and not in those on it", async () => {
    const plan = await planText("FROM base AS a\nONBUILD ENV X=1\nFROM a AS b\nENV Y=2\nFROM b\nENV Z=3", {}, EMPTY);
    assert.deepEqual(
      plan.stages.map(({ steps }) => steps.slice(1).map(({ text }) => text)),
      [["ONBUILD ENV X=1"], ["ENV X=1", "ENV Y=2"], ["ENV Z=3"]],
    );
    assert.equal(finalStage(plan).written?.image.config.OnBuild, undefined);
  });

  test("of an image are done first, and may need stages that nothing else does", async () => {
    const bases = new Bases({
      "docker.io/library/base:latest": { config: { OnBuild: ["COPY --from=src /a /b", "RUN <<E\nx\nE"] } },
    });
    const plan = await planText("FROM scratch AS src\nFROM base\nCMD x", {}, bases);
    assert.deepEqual(builtStages(plan), ["src", "1"]);
    const [, copy, run] = finalStage(plan).steps;
    assert.equal(copy?.text, "COPY /a /b");
    assert.deepEqual(run?.kind === "run" && run.arguments, ["/bin/sh", "-c", "x\n"]);
    assert.equal(run?.kind === "run" && run.place.file, "ONBUILD of base");
    assert.deepEqual(finalStage(plan).written?.image.config.OnBuild, undefined);
  });

  test("of an image that are no instructions are refused with the name of the image", async () => {
    const bases = new Bases({ "docker.io/library/base:latest": { config: { OnBuild: ["NOTHING x"] } } });
    await assert.rejects(planText("FROM base", {}, bases), /ONBUILD of base:1:1: there is no instruction "NOTHING"/);
  });
});

describe("RUN", () => {
  test("mounts have their defaults", async () => {
    const run = await lastStep(
      [
        "FROM base",
        "WORKDIR /w",
        "RUN --mount=target=x --mount=type=cache,target=c/ --mount=type=tmpfs,target=/t,size=1k \\",
        " --mount=type=secret,id=a/s --mount=type=secret,id=e,env=E --mount=type=ssh --mount=type=ssh,id=k x",
      ].join("\n"),
    );
    assert.ok(run.kind === "run");
    const owned = { uid: 0, gid: 0 };
    assert.deepEqual(run.mounts, [
      { kind: "bind", target: "/w/x", from: { kind: "context" }, source: "/", writable: false },
      {
        kind: "cache",
        target: "/w/c",
        id: "/w/c",
        sharing: "shared",
        writable: true,
        from: undefined,
        source: "/",
        mode: 0o755,
        ...owned,
      },
      { kind: "tmpfs", target: "/t", size: 1024 },
      {
        kind: "secret",
        id: "a/s",
        target: "/run/secrets/s",
        variable: undefined,
        required: false,
        mode: 0o400,
        ...owned,
      },
      { kind: "secret", id: "e", target: undefined, variable: "E", required: false, mode: 0o400, ...owned },
      { kind: "ssh", id: "default", target: "/run/buildkit/ssh_agent.0", required: false, mode: 0o600, ...owned },
      { kind: "ssh", id: "k", target: "/run/buildkit/ssh_agent.1", required: false, mode: 0o600, ...owned },
    ]);
    assert.equal(run.environment.at(-1), "SSH_AUTH_SOCK=/run/buildkit/ssh_agent.0");
  });

  test("caches are kept apart by the namespace that the user gives", async () => {
    const request = { arguments: new Map([["BUILDKIT_CACHE_MOUNT_NS", "ci"]]) };
    const plan = await planText(
      "FROM base\nRUN --mount=type=cache,target=/c --mount=type=cache,id=i,target=/d x",
      request,
    );
    const run = finalStage(plan).steps.at(-1);
    assert.deepEqual(run?.kind === "run" && run.mounts.map((mount) => mount.kind === "cache" && mount.id), [
      "ci//c",
      "ci/i",
    ]);
  });

  test("a document alone is its content, a program where it says so; more than that is for the shell", async () => {
    const run = async (text: string): Promise<Step> => lastStep(`FROM base\n${text}`);
    const lines = async (text: string) => {
      const step = await run(text);
      assert.ok(step.kind === "run");
      return [step.arguments.at(-1), ...step.mounts.map((mount) => (mount.kind === "document" ? mount.content : ""))];
    };
    assert.deepEqual(await lines("RUN <<E\na\nb\nE"), ["a\nb\n"]);
    assert.deepEqual(await lines("RUN <<-E\n\t#!/bin/x\n\ta\n\tE"), ["/dev/pipes/E", "#!/bin/x\na\n"]);
    assert.deepEqual(await lines("RUN cat <<A <<B\n1\nA\n2\nB"), ["cat <<A <<B\n1\nA\n2\nB"]);
  });
});

describe("mounts that are none", () => {
  test("stand in the place of the root", async () => {
    await refused("FROM base\nRUN --mount=type=cache x", /^Dockerfile:2:5: a mount cannot stand in the place/);
    await refused("FROM base\nRUN --mount=target=/a/.. x", /cannot stand in the place/);
    await refused("FROM base\nRUN --mount=type=bind,target=${X:?no} x", /^Dockerfile:2:5: X: no/);
  });
});

describe("COPY and ADD", () => {
  test("paths are those of the context and of the image", async () => {
    const step = await lastStep("FROM base\nWORKDIR /w\nCOPY ../a ./b/ /c/../d .");
    assert.ok(step.kind === "transfer");
    assert.deepEqual(
      step.sources.map((source) => source.kind === "path" && source.path),
      ["/a", "/b", "/d"],
    );
    assert.equal(step.destination, "/w/");
    const destinations = async (path: string): Promise<unknown> => {
      const copy = await lastStep(`FROM base\nWORKDIR /w\nCOPY a ${path}`);
      return copy.kind === "transfer" && copy.destination;
    };
    assert.deepEqual(await Promise.all(["b", "b/", "b/.", "./", "/", "/x/..", "/x/", '""'].map(destinations)), [
      "/w/b",
      "/w/b/",
      "/w/b/",
      "/w/",
      "/",
      "/",
      "/x/",
      "/w/",
    ]);
  });

  test("paths are copied before documents", async () => {
    const step = await lastStep("FROM base\nCOPY <<A b /d/\nx\nA");
    assert.equal(step.text, "COPY b <<A /d/");
    assert.deepEqual(step.kind === "transfer" && step.sources.map(({ kind }) => kind), ["path", "document"]);
  });

  test("documents have their variables replaced, unless their name is quoted", async () => {
    const step = await lastStep("FROM base\nENV X='1 2'\nCOPY <<A <<'B' /d/\n\"$X\"\nA\n$X\nB");
    assert.ok(step.kind === "transfer");
    assert.deepEqual(step.sources, [
      { kind: "document", name: "A", content: '"1 2"\n' },
      { kind: "document", name: "B", content: "$X\n" },
    ]);
  });

  test("ADD knows addresses; COPY takes none", async () => {
    const step = await lastStep("FROM base\nADD https://x/a.tar https://x/r.git#main git@host:me/r.git local /d/");
    assert.deepEqual(step.kind === "transfer" && step.sources.map(({ kind }) => kind), ["http", "git", "git", "path"]);
    await refused("FROM base\nCOPY https://x/a /", /COPY takes no addresses/);
    await refused(
      "FROM base\nADD --checksum=sha256:0 a /",
      /^Dockerfile:2:5: --checksum is of a source in the network/,
    );
  });

  test("flags are checked with the values that they have", async () => {
    const step = await lastStep(
      "FROM base\nARG M=u+x,go=\nCOPY --chown=me:$USER --chmod=$M --link --parents --exclude=*.$M a/./b /",
    );
    assert.ok(step.kind === "transfer");
    assert.deepEqual(
      [step.owner, step.mode, step.link, step.parents, step.exclude, step.sources],
      ["me:", "u+x,go=", true, true, ["*.u+x,go="], [{ kind: "path", path: "/a", below: "b" }]],
    );
    await refused("FROM base\nCOPY --chmod=99 a /", /^Dockerfile:2:6: --chmod is octal up to 7777/);
    await refused("FROM base\nCOPY --chmod=10000 a /", /--chmod/);
    await refused("FROM base\nCOPY --exclude=[ a /", /--exclude has no pattern/);
  });
});

describe("SOURCE_DATE_EPOCH", () => {
  const epoch = async (value: string, rest = "FROM scratch"): Promise<unknown> =>
    (await planText(`ARG SOURCE_DATE_EPOCH=${value}\n${rest}`)).epoch;

  test("is a number, a context or a stage with one remote source", async () => {
    assert.deepEqual(await epoch("12"), { kind: "seconds", seconds: 12 });
    assert.deepEqual(await epoch("context"), { kind: "origin", origin: { kind: "context" } });
    assert.deepEqual(await epoch("s", "FROM scratch AS s\nARG V=1\nADD https://x/$V.tar /\nFROM scratch"), {
      kind: "remote",
      source: { kind: "http", url: "https://x/1.tar" },
    });
    assert.equal(await epoch(""), undefined);
  });

  test("is nothing else", async () => {
    await refused("ARG SOURCE_DATE_EPOCH=noon\nFROM scratch", /^Dockerfile:1:23: SOURCE_DATE_EPOCH is "noon"/);
    await refused("ARG SOURCE_DATE_EPOCH=s\nFROM scratch AS s\nADD a /\nFROM scratch", /which has no one time/);
    await refused("ARG SOURCE_DATE_EPOCH=s\nFROM base AS s\nADD https://x/a /", /which has no one time/);
  });
});

describe("hostile files", () => {
  test("variables that grow are bounded", async () => {
    const doubling = Array.from({ length: 40 }, () => "ENV A=$A$A").join("\n");
    await assert.rejects(planText(`FROM base\nENV A=0123456789\n${doubling}`, {}, EMPTY), /more than \d+ characters/);
    const documents = Array.from({ length: 200 }, () => "COPY <<E /x\n$A\nE").join("\n");
    await assert.rejects(planText(`FROM base\nENV A=${"x".repeat(500_000)}\n${documents}`, {}, EMPTY), (error) =>
      isDistillError(error, "LIMIT_EXCEEDED"),
    );
    const many = Array.from({ length: 2000 }, () => "RUN x").join("\n");
    await assert.rejects(planText(`FROM base\nARG A=${"x".repeat(100_000)}\n${many}`, {}, EMPTY), (error) =>
      isDistillError(error, "LIMIT_EXCEEDED"),
    );
  });

  test("stages that each repeat a long history are bounded", async () => {
    const chain = Array.from({ length: 4000 }, (_, index) => `FROM s${index} AS s${index + 1}`).join("\n");
    const runs = Array.from({ length: 4000 }, () => "RUN x").join("\n");
    await assert.rejects(planText(`FROM base AS s0\n${runs}\n${chain}`, {}, EMPTY), (error) =>
      isDistillError(error, "LIMIT_EXCEEDED"),
    );
  });

  test("names that all stages share are looked up quickly", async () => {
    const stages = Array.from({ length: 9000 }, () => "FROM scratch AS x\nCOPY --from=x a b").slice(1);
    const began = process.cpuUsage();
    await planText(`FROM scratch AS x\n${stages.join("\n")}`, { target: "0" });
    assert.ok(process.cpuUsage(began).user < 5e6);
    await assert.rejects(planText("FROM scratch\n".repeat(10_001)), (error) => isDistillError(error, "LIMIT_EXCEEDED"));
  });

  test("more instructions than anybody writes are refused", async () => {
    const many = Array.from({ length: 10_001 }, (_, index) => `ENV A${index}=1`).join("\n");
    await assert.rejects(planText(`FROM base\n${many}`, {}, EMPTY), (error) => isDistillError(error, "LIMIT_EXCEEDED"));
  });
});
