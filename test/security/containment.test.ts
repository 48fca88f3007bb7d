import assert from "node:assert/strict";
import { mkdirSync, readdirSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";
import { makeTemporaryDirectory } from "../support/directories.ts";
import {
  compilePrograms,
  EXECUTORS,
  type Programs,
  RunScene,
  unlessExecutor,
  unlessRun,
} from "../support/run-scene.ts";

const BASE = "FROM scratch\nCOPY attacker mischief relay loaded /\n";

/** Where the loaders of programs of this machine are looked for in an image, by ABI. */
const LOADERS = ["/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1"];

describe("a RUN that tries to get out", { skip: unlessRun() }, () => {
  const shared = makeTemporaryDirectory();
  let programs: Programs;

  before(async () => {
    programs = await compilePrograms(shared.path);
  });

  after(() => shared.remove());

  for (const [executor] of EXECUTORS) {
    /** A test that is skipped where the executor does not work. */
    const contained = (name: string, work: (scene: RunScene, test: TestContext) => Promise<void>): void => {
      it(`${name}: contained by ${executor}`, async (test) => {
        const why = await unlessExecutor(executor, programs);
        if (why !== false) {
          test.skip(why);
          return;
        }
        const scene = RunScene.open(test, programs);
        await work(scene, test);
        await scene.mustBeClean();
      });
    };

    /** Runs the lines behind BASE, which are to end well, and without an escape. */
    const harmless = async (scene: RunScene, lines: string): Promise<readonly string[]> => {
      const run = await scene.build(`${BASE}${lines}`, executor);
      assert.equal(run.status, 0, run.stderr);
      const output = RunScene.output(run);
      assert.deepEqual(
        output.filter((line) => line.startsWith("escaped")),
        [],
      );
      return output;
    };

    contained("through mounts, devices, /proc, /sys, descriptors and system calls", async (scene, test) => {
      const server = createServer();
      await new Promise<void>((ready) => server.listen("\0distill-attack", ready));
      test.after(() => server.close());
      const secret = join(scene.witness, "secret");
      const output = await harmless(
        scene,
        `RUN --network=none --mount=type=cache,target=/cache --mount=type=tmpfs,target=/memory \
          --mount=type=bind,target=/context,rw --mount=type=bind,source=attacker,target=/attack \
          ["/attack", "${secret}"]\n`,
      );
      assert.ok(output.includes("attempts: 16"), output.join("\n"));
    });

    contained("as an ordinary user", async (scene) => {
      const output = await harmless(
        scene,
        `USER 1000:1000\nRUN --network=none ["/attacker", "${scene.witness}/secret"]\n`,
      );
      assert.ok(output.includes("attempts: 16"), output.join("\n"));
    });

    contained("through the file of whatever starts it", async (scene) => {
      const script = 'COPY --chmod=755 <<"E" /script\n#!/proc/self/exe /loaded\nE\n';
      const output = await harmless(
        scene,
        `${LOADERS.map((path) => `COPY relay ${path}\n`).join("")}${script}RUN ["/script"]\n`,
      );
      assert.ok(
        output.some((line) => line.startsWith("executing ") && line.endsWith("cannot be written")),
        output.join("\n"),
      );
    });

    for (const directory of ["/proc/self/cwd", "/proc/1/cwd", "/proc/self/fd/5"]) {
      contained(`by WORKDIR ${directory}`, async (scene) => {
        const attack = `["/attacker", "${scene.witness}/secret"]`;
        const run = await scene.build(`${BASE}WORKDIR ${directory}\nRUN --network=none ${attack}\n`, executor);
        assert.doesNotMatch(run.stderr, /escaped/);
        assert.ok(run.status === 0 || /RUN_FAILED|ENVIRONMENT/.test(run.stderr), run.stderr);
      });
    }

    contained("by links that an earlier RUN left in a cache", async (scene) => {
      const cache = "--mount=type=cache,target=/cache,id=one";
      await harmless(scene, `RUN ${cache} ["/mischief", "link", "/cache/link", "${scene.witness}"]\n`);
      for (const more of ["type=tmpfs,target=/cache/link/below", "type=tmpfs,target=/cache/link"]) {
        const run = await scene.build(`${BASE}RUN ${cache} --mount=${more} ["/mischief"]\n`, executor);
        assert.equal(run.status, 2, run.stderr);
        assert.match(run.stderr, /\/cache\/link is a symbolic link.*\n(?:.*\n)*.*FILE_CONFLICT/);
      }
      await harmless(scene, `RUN ${cache} ["/mischief", "link", "/cache/file", "${scene.witness}/made"]\n`);
      const file = "--mount=type=bind,source=relay,target=/cache/file";
      const run = await scene.build(`${BASE}RUN ${cache} ${file} ["/mischief"]\n`, executor);
      assert.equal(run.status, 2, run.stderr);
      assert.deepEqual(readdirSync(scene.witness), ["secret"]);
    });

    contained("by links in the image where something is mounted", async (scene) => {
      for (const name of ["proc", "dev", "sys"]) {
        const made = `RUN ["/mischief", "link", "/elsewhere/${name}", "${scene.witness}"]\n`;
        const lines = `${BASE}RUN ["/mischief", "directory", "/elsewhere"]\n${made}`;
        const last = `FROM scratch\nCOPY mischief /\nCOPY --from=one /elsewhere /\nRUN ["/mischief"]\n`;
        const run = await scene.build(`${lines.replace("FROM scratch", "FROM scratch AS one")}${last}`, executor);
        assert.equal(run.status, 2, run.stderr);
        assert.match(run.stderr, /FILE_CONFLICT/);
      }
      for (const path of ["/etc/hosts", "/etc/resolv.conf"]) {
        const first = 'RUN ["/mischief", "directory", "/x"]\n';
        const lines = `${BASE}${first}RUN ["/mischief", "link", "/x/name", "${scene.witness}/made"]\n`;
        const last = `FROM scratch\nCOPY mischief /\nCOPY --from=one /x/name ${path}\nRUN ["/mischief"]\n`;
        const run = await scene.build(`${lines.replace("FROM scratch", "FROM scratch AS one")}${last}`, executor);
        assert.equal(run.status, 0, run.stderr);
      }
      assert.deepEqual(readdirSync(scene.witness), ["secret"]);
    });

    contained("by files of the context that lead out", async (scene) => {
      mkdirSync(join(scene.context, "sub"));
      await harmless(
        scene,
        `RUN --mount=type=bind,source=sub,target=/sub,rw ["/mischief", "link", "/sub/out", "${scene.witness}"]\n`,
      );
      assert.deepEqual(readdirSync(join(scene.context, "sub")), [], "what is written to a bind is thrown away");
    });

    contained("by variables that tools of this machine read", async (scene) => {
      const hostile = [
        "LD_PRELOAD",
        "LD_LIBRARY_PATH",
        "BASH_ENV",
        "ENV",
        "PATH",
        "LD_AUDIT",
        "PERL5OPT",
        "PERL5LIB",
        "IFS",
        "PS4",
      ];
      const lines = hostile.map((name) => `ENV ${name}=/mischief`).join("\n");
      const odd = 'ENV a.b-c="x y" \\\n    "d e"=f\nENV UPPER=$UPPER\n';
      const output = await harmless(scene, `${lines}\n${odd}RUN ["/mischief", "show"]\n`);
      for (const name of hostile) assert.ok(output.includes(`variable ${name}=/mischief`), name);
      assert.ok(output.includes("variable a.b-c=x%20y"), output.join("\n"));
    });

    contained("by words that look like something else", async (scene) => {
      const words = [
        "a=b",
        "-i",
        "--",
        "",
        "line\nbreak",
        `quote'"\`$(false)\\`,
        "--help",
        "*",
        "\u00e9\u{1f600}",
        "-",
      ];
      const output = await harmless(scene, `RUN ${JSON.stringify(["/mischief", ...words])}\n`);
      const found = output
        .filter((line) => line.startsWith("argument "))
        .map((line) => decodeURIComponent(line.slice(9)));
      assert.deepEqual(found, ["/mischief", ...words]);
    });

    contained("by a program whose name looks like something else", async (scene) => {
      for (const name of ["-i", "--help", "with space", "(x)"]) {
        const run = await scene.build(
          `${BASE}COPY ${JSON.stringify(["mischief", `/bin/${name}`])}\nENV PATH=/bin\nRUN ${JSON.stringify([name, "x"])}\n`,
          executor,
        );
        assert.equal(run.status, 0, run.stderr);
        assert.ok(RunScene.output(run).includes("argument x"), run.stderr);
      }
    });
  }
});
