import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { systemErrorCode } from "../../../src/lib/errors.ts";
import { makeTemporaryDirectory } from "../../support/directories.ts";
import {
  compilePrograms,
  EXECUTORS,
  type Programs,
  RunScene,
  unlessExecutor,
  unlessRun,
} from "../../support/run-scene.ts";
import { isInShare } from "../../support/share.ts";

const BASE = "FROM scratch\nCOPY attacker mischief relay loaded /\n";

/** Where programs of this machine have their loader, by ABI. */
const LOADERS = ["/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1"];

/** What shells, loaders and interpreters read of their environment. */
const HOSTILE = ["LD_PRELOAD", "LD_LIBRARY_PATH", "LD_AUDIT", "BASH_ENV", "ENV", "PERL5OPT", "PERL5LIB", "IFS", "PS4"];

/** Words that options, assignments and quoting could be mistaken for. */
const WORDS = ["a=b", "-i", "--", "", "line\nbreak", `quote'"\`$(false)\\`, "--help", "*", "\u00e9\u{1f600}", "-"];

/** The executor on which a share of the tests makes all attacks, where root builds. */
const DEFAULT = "crun";

/** Attacks that a share of the tests makes on one of the others, or as an ordinary user. */
const QUARTER = 4;

/** A server at a Unix socket of this name, once that is free: another file of tests may have one there. */
async function listeningAt(name: string): Promise<Server> {
  for (let attempt = 0; ; attempt++) {
    const server = createServer();
    try {
      server.listen(name);
      await once(server, "listening");
      return server;
    } catch (error) {
      if (systemErrorCode(error) !== "EADDRINUSE" || attempt === 600) throw error;
      await sleep(200);
    }
  }
}

/** Attacks on each executor by a RUN of this user's. */
export function describeContainment(who: string, user: number, skip: false | string): void {
  describe(`${who} RUN that tries to get out`, { skip: unlessRun() || skip }, () => {
    const shared = makeTemporaryDirectory();
    let programs: Programs;

    before(async () => {
      programs = await compilePrograms(shared.path);
    });

    after(() => shared.remove());

    for (const [place, [executor]] of EXECUTORS.entries()) {
      let count = 0;
      /** A test that is skipped where the executor does not work. */
      const contained = (name: string, work: (scene: RunScene, test: TestContext) => Promise<void>): void => {
        const isWhole = user === 0 && executor === DEFAULT;
        if (!isWhole && !isInShare(count++, QUARTER, place)) return;
        it(`${name}: contained by ${executor}`, async (test) => {
          const why = await unlessExecutor(executor, programs, user);
          if (why !== false) {
            test.skip(why);
            return;
          }
          const scene = RunScene.open(test, programs, user);
          await work(scene, test);
          await scene.mustBeClean();
        });
      };

      /** Runs the lines behind BASE, which are to end well, and without an escape. */
      const harmless = async (scene: RunScene, lines: string): Promise<readonly string[]> => {
        const run = await scene.build(`${BASE}${lines}`, executor);
        assert.equal(run.status, 0, run.stderr);
        const output = RunScene.output(run);
        const escapes = output.filter((line) => line.startsWith("escaped"));
        assert.deepEqual(escapes, []);
        return output;
      };

      contained("through mounts, devices, /proc, /sys, descriptors and system calls", async (scene, test) => {
        const server = await listeningAt("\0distill-attack");
        test.after(() => server.close());
        const mounts = [
          ...["type=cache,target=/cache", "type=tmpfs,target=/memory", "type=tmpfs,target=/dev/shm"],
          ...["type=bind,target=/context,rw", "type=bind,source=attacker,target=/attack"],
        ];
        const attack = `["/attack", "${scene.witness}/secret"]`;
        const asRoot = `RUN --network=none ${mounts.map((each) => `--mount=${each}`).join(" ")} ${attack}\n`;
        const asUser = `USER 1000:1000\nRUN --network=none ["/attacker", "${scene.witness}/secret"]\n`;
        const output = await harmless(scene, asRoot + asUser);
        assert.equal(output.filter((line) => line === "attempts: 16").length, 2, output.join("\n"));
      });

      contained("through the file of whatever starts it", async (scene) => {
        const script = 'COPY --chmod=755 <<"E" /script\n#!/proc/self/exe /loaded\nE\n';
        const loaders = LOADERS.map((path) => `COPY relay ${path}\n`).join("");
        const output = await harmless(scene, `${loaders}${script}RUN ["/script"]\n`);
        const said = output.filter((line) => line.startsWith("executing "));
        assert.ok(said.length > 0 && said.every((line) => line.endsWith("cannot be written")), output.join("\n"));
      });

      contained("by a working directory that the kernel leads elsewhere", async (scene) => {
        const attack = `RUN --network=none ["/attacker", "${scene.witness}/secret"]\n`;
        for (const directory of ["/proc/self/cwd", "/proc/self/fd/5"]) {
          const run = await scene.build(`${BASE}WORKDIR ${directory}\n${attack}`, executor);
          assert.doesNotMatch(run.stderr, /escaped/);
          assert.ok(run.status === 0 || /code: (RUN_FAILED|ENVIRONMENT|NO_SUCH_PATH)/.test(run.stderr), run.stderr);
        }
      });

      contained("by links that an earlier RUN left in a cache", async (scene) => {
        const cache = "--mount=type=cache,target=/cache,id=one";
        const made = `RUN ${cache} ["/mischief", "link", "/cache/link", "${scene.witness}"]\n`;
        await harmless(scene, `${made}RUN ${cache} ["/mischief", "link", "/cache/file", "${scene.witness}/made"]\n`);
        for (const [name, more] of [
          ["link", "type=tmpfs,target=/cache/link/below"],
          ["link", "type=tmpfs,target=/cache/link"],
          ["file", "type=bind,source=relay,target=/cache/file"],
        ]) {
          const run = await scene.build(`${BASE}RUN ${cache} --mount=${more} ["/mischief"]\n`, executor);
          assert.equal(run.status, 2, run.stderr);
          assert.match(run.stderr, new RegExp(`/cache/${name} is a symbolic link`));
          assert.match(run.stderr, /FILE_CONFLICT/);
        }
        assert.deepEqual(readdirSync(scene.witness), ["secret"]);
      });

      contained("by links in the image where something is mounted", async (scene) => {
        for (const [index, name] of ["proc", "dev", "sys"].entries()) {
          mkdirSync(join(scene.context, `root${index}`));
          symlinkSync(scene.witness, join(scene.context, `root${index}`, name));
          const run = await scene.build(`${BASE}COPY root${index} /\nRUN ["/mischief"]\n`, executor);
          assert.equal(run.status, 2, run.stderr);
          assert.match(run.stderr, /FILE_CONFLICT/);
        }
        mkdirSync(join(scene.context, "etc"));
        for (const name of ["hosts", "resolv.conf"])
          symlinkSync(`${scene.witness}/made`, join(scene.context, "etc", name));
        symlinkSync(scene.witness, join(scene.context, "etc/work"));
        symlinkSync(scene.witness, join(scene.context, "etc/target"));
        const target = "--mount=type=tmpfs,target=/etc/target/below";
        await harmless(scene, `COPY etc /etc/\nWORKDIR /etc/work/sub\nRUN ${target} ["/mischief"]\n`);
        assert.deepEqual(readdirSync(scene.witness), ["secret"]);
      });

      contained("by what it writes into a bind", async (scene) => {
        mkdirSync(join(scene.context, "sub"));
        symlinkSync(scene.witness, join(scene.context, "sub/out"));
        const bind = "--mount=type=bind,source=sub,target=/sub,rw";
        const run = await scene.build(`${BASE}RUN ${bind} ["/mischief", "directory", "/sub/out/made"]\n`, executor);
        assert.equal(run.status, 1, "the link leads to a path of the image, where nothing is");
        await harmless(scene, `RUN ${bind} ["/mischief", "directory", "/sub/made"]\n`);
        assert.deepEqual(readdirSync(join(scene.context, "sub")), ["out"]);
      });

      contained("by variables and words that programs of this machine would read", async (scene) => {
        const variables = HOSTILE.map((name) => `ENV ${name}=/mischief\n`).join("");
        const odd = 'ENV PATH=/bin a.b-c="x y" -i=1\n';
        const named = `COPY ${JSON.stringify(["mischief", "/bin/-i"])}\n`;
        const output = await harmless(scene, `${variables}${odd}${named}RUN ${JSON.stringify(["-i", ...WORDS])}\n`);
        for (const name of HOSTILE) assert.ok(output.includes(`variable ${name}=/mischief`), name);
        assert.ok(output.includes("variable a.b-c=x%20y") && output.includes("variable -i=1"), output.join("\n"));
        const words = output
          .filter((line) => line.startsWith("argument "))
          .map((line) => decodeURIComponent(line.slice(9)));
        assert.deepEqual(words.slice(1), WORDS);
      });
    }
  });
}
