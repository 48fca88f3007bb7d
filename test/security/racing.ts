import { spawn } from "node:child_process";
import { join } from "node:path";
import { NODE } from "../support/cli.ts";
import type { Attack, BuildScene } from "./build-scene.ts";

/** What another process does to a context again and again, as the body of a function of paths in context and witness. */
function racing(name: string, dockerfile: string, each: string, prepare: (scene: BuildScene) => void): Attack {
  return {
    name,
    dockerfile,
    prepare: async (scene) => {
      prepare(scene);
      const script = `const fs = require("node:fs"); process.chdir(process.argv[1]); const out = process.argv[2];
        const attempt = (work) => { try { work(); } catch {} };
        const { renameSync, symlinkSync, rmSync, writeFileSync, mkdirSync, truncateSync, appendFileSync } = fs;
        process.stdout.write("ready");
        for (let round = 0; ; round++) { ${each} }`;
      const child = spawn(NODE, ["--eval", script, scene.context, scene.witness], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      await new Promise((ready) => child.stdout.once("data", ready));
      scene.atEnd(() => {
        const gone = new Promise((ended) => child.once("exit", ended));
        child.kill("SIGKILL");
        return gone;
      });
    },
    ends: ["IO", "NO_SUCH_PATH"],
    mayEndWell: true,
    rounds: 12,
    milliseconds: 30_000,
  };
}

const ALL = "FROM scratch\nCOPY . /\n";

function many(scene: BuildScene): void {
  for (let index = 0; index < 60; index++) scene.write(`d/sub/${index}`, "x".repeat(5000));
  scene.write("d/secret", "nothing");
  scene.write("d/sub/secret", "nothing");
  scene.link("evil", join(scene.witness));
}

/** Contexts that change while they are read. */
export const RACES: readonly Attack[] = [
  racing(
    "has its directory swapped for a link that leads out",
    ALL,
    'attempt(() => renameSync("d", "aside")); attempt(() => renameSync("evil", "d")); attempt(() => renameSync("d", "evil")); attempt(() => renameSync("aside", "d"));',
    many,
  ),
  racing(
    "has a named directory swapped for a link that leads out",
    "FROM scratch\nCOPY d/sub/secret d/secret /x/\n",
    'attempt(() => renameSync("d", "aside")); attempt(() => symlinkSync(out, "d")); attempt(() => rmSync("d")); attempt(() => renameSync("aside", "d"));',
    many,
  ),
  racing(
    "has a file swapped for a link that leads out",
    "FROM scratch\nCOPY d /d/\n",
    'attempt(() => symlinkSync(out + "/secret", "l")); attempt(() => renameSync("l", "d/secret")); attempt(() => writeFileSync("n", "nothing")); attempt(() => renameSync("n", "d/secret"));',
    many,
  ),
  racing(
    "has a file that grows",
    ALL,
    'attempt(() => appendFileSync("d/sub/7", "more".repeat(1000))); if (round % 50 === 0) truncateSync("d/sub/7", 5000);',
    many,
  ),
  racing("has a file that shrinks", ALL, 'attempt(() => truncateSync("d/sub/7", 5000 - (round % 4999)));', many),
  racing(
    "has a file whose bytes change and whose size does not",
    ALL,
    'attempt(() => writeFileSync("d/sub/7", String(round % 10).repeat(5000), { flag: "r+" }));',
    many,
  ),
  racing(
    "has files that vanish",
    ALL,
    'attempt(() => rmSync("d/sub/" + (round % 60))); attempt(() => writeFileSync("d/sub/" + (round % 60), "y".repeat(5000)));',
    many,
  ),
  racing(
    "has a directory that vanishes",
    ALL,
    'attempt(() => renameSync("d/sub", "../gone")); attempt(() => renameSync("../gone", "d/sub"));',
    many,
  ),
  racing(
    "has a file swapped for a directory",
    ALL,
    'attempt(() => rmSync("d/secret")); attempt(() => mkdirSync("d/secret")); attempt(() => rmSync("d/secret", { recursive: true })); attempt(() => writeFileSync("d/secret", "nothing"));',
    many,
  ),
];
