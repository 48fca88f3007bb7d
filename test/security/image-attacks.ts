import assert from "node:assert/strict";
import { bare, type Entry, file } from "../support/tar.ts";
import { type Attack, type BuildScene, SECRET } from "./build-scene.ts";

/** Takes all files of an image with these layers, and stands on it too. */
function hostile(
  name: string,
  layers: (scene: BuildScene) => readonly (readonly Entry[])[],
  rest: Omit<Attack, "name" | "dockerfile" | "prepare" | "contexts"> & { readonly dockerfile?: string },
): Attack {
  return {
    name,
    dockerfile: "FROM base\nCOPY --from=base / /copy/\n",
    prepare: async (scene) => {
      scene.write("f");
      await scene.image("hostile", layers(scene));
    },
    contexts: (scene) => [`base=oci:${scene.root}/hostile`],
    ...rest,
  };
}

/** An image whose config is this, beside what every config needs. */
function configured(
  name: string,
  config: object,
  dockerfile: string,
  rest: Omit<Attack, "name" | "dockerfile">,
): Attack {
  return {
    ...{ name, dockerfile, contexts: (scene: BuildScene) => [`base=oci:${scene.root}/hostile`] },
    prepare: (scene) =>
      scene.image("hostile", [[file("f", "x")]], (diffIDs) =>
        Buffer.from(
          JSON.stringify({
            ...{ architecture: "amd64", os: "linux", rootfs: { type: "layers", diff_ids: diffIDs } },
            ...config,
          }),
        ),
      ),
    ...rest,
  };
}

const COPIED = "FROM scratch\nCOPY --from=base / /copy/\n";

/** Images that are copied from and built on. */
export const IMAGE_ATTACKS: readonly Attack[] = [
  hostile("removes what lies above its root", () => [[file("f", "x")], [file(".wh...", "")]], {
    ends: ["FORMAT_INVALID"],
  }),
  hostile("removes a directory above one of its own", () => [[file("a/f", "x")], [file("a/.wh...", "")]], {
    ends: ["FORMAT_INVALID"],
  }),
  hostile(
    "removes through a link that leads out",
    ({ witness }) => [
      [bare({ path: "out", type: "symlink", linkname: witness })],
      [file("out/.wh.secret", ""), file("out/sub/.wh..wh..opq", "")],
    ],
    { dockerfile: COPIED, ends: "contained" },
  ),
  hostile("has a name with ..", () => [[file("a/../../../x", "x")]], { ends: ["FORMAT_INVALID"] }),
  hostile("has an absolute name", () => [[file("/x", "x")]], {
    dockerfile: COPIED,
    ends: "contained",
    holds: (entries) => assert.ok(entries.has("copy/x")),
  }),
  hostile(
    "writes through a link that leads out",
    ({ witness }) => [[bare({ path: "out", type: "symlink", linkname: witness }), file("out/secret", "overwritten")]],
    {
      dockerfile: COPIED,
      ends: "contained",
      holds: (entries, { witness }) => assert.equal(entries.get(`copy${witness}/secret`)?.size, 11),
    },
  ),
  hostile(
    "has a hard link to a file of this machine",
    ({ witness }) => [[bare({ path: "hard", type: "hardlink", linkname: `${witness}/secret` })]],
    { ends: ["FORMAT_INVALID"] },
  ),
  hostile(
    "has a hard link with .. to a file of this machine",
    () => [[bare({ path: "hard", type: "hardlink", linkname: "../../../../../../etc/passwd" })]],
    { ends: ["FORMAT_INVALID"] },
  ),
  hostile("has a hard link to itself", () => [[bare({ path: "hard", type: "hardlink", linkname: "hard" })]], {
    ends: ["FORMAT_INVALID"],
  }),
  hostile(
    "has links to itself in its place for names of users",
    () => [[bare({ path: "etc", type: "symlink", linkname: "etc" })]],
    { dockerfile: "FROM base\nCOPY --chown=nobody f /f\n", ends: ["FORMAT_INVALID", "CONFIG_INVALID"] },
  ),
  hostile(
    "knows 100,000 users with long names, and not the one that is wanted",
    () => [
      [
        file(
          "etc/passwd",
          Array.from({ length: 8000 }, (_, index) => `user-${index}-${"n".repeat(100)}:x:1:1:::\n`).join(""),
        ),
      ],
    ],
    { dockerfile: "FROM base\nCOPY --chown=nobody f /f\n", ends: ["CONFIG_INVALID"], says: /no user called nobody/ },
  ),
  hostile("gives a user a number that is none", () => [[file("etc/passwd", "nobody:x:-1:99999999999:::\n")]], {
    dockerfile: "FROM base\nCOPY --chown=nobody f /f\n",
    ends: ["FORMAT_INVALID"],
  }),
  hostile(
    "has devices, which are copied as what they are",
    () => [[bare({ path: "zero", type: "char", devmajor: 1, devminor: 5 }), bare({ path: "pipe", type: "fifo" })]],
    {
      dockerfile: COPIED,
      ends: "contained",
      holds: (entries) => assert.equal(entries.get("copy/zero")?.type, "char"),
    },
  ),
  hostile("has a directory in the place of a file that is written", () => [[bare({ path: "f", type: "directory" })]], {
    dockerfile: "FROM base\nCOPY f /f\n",
    ends: "contained",
    holds: (entries) => assert.ok(entries.has("f/f")),
  }),
  hostile(
    "has a device where a directory is needed",
    () => [[bare({ path: "a", type: "char", devmajor: 1, devminor: 5 })]],
    {
      dockerfile: "FROM base\nCOPY f /a/b\n",
      ends: ["FILE_CONFLICT"],
    },
  ),
  configured("has a config of 9 MiB", { author: "a".repeat(9 << 20) }, COPIED, { ends: ["LIMIT_EXCEEDED"] }),
  configured(
    "has 200,000 variables",
    {
      config: { Env: Array.from({ length: 200_000 }, (_, index) => `V${index}=${index}`) },
    },
    "FROM base\nENV A=$V1\nCOPY --from=base / /copy/\n",
    { ends: "contained", milliseconds: 10_000 },
  ),
  configured(
    "has a variable that is large, and is doubled",
    {
      config: { Env: [`V=${"v".repeat(1 << 20)}`] },
    },
    `FROM base\n${"ENV V=$V$V\n".repeat(20)}`,
    { ends: ["LIMIT_EXCEEDED", "CONFIG_INVALID"] },
  ),
  configured(
    "wants 50,000 things done by whoever builds on it",
    {
      config: { OnBuild: Array.from({ length: 50_000 }, (_, index) => `ENV A${index % 10}=${index}`) },
    },
    "FROM base\n",
    { ends: ["LIMIT_EXCEEDED"], unplaced: true, says: /more than 10000 instructions/ },
  ),
  configured(
    "wants files of this machine copied by whoever builds on it",
    {
      config: { OnBuild: ["COPY ../witness/secret /stolen"] },
    },
    "FROM base\n",
    { ends: ["NO_SUCH_PATH", "FORMAT_INVALID", "CONFIG_INVALID"], unplaced: true },
  ),
  configured(
    "wants what is wanted of those who build on it wanted again",
    {
      config: { OnBuild: ["ONBUILD ONBUILD COPY f /"] },
    },
    "FROM base\n",
    { ends: ["CONFIG_INVALID"], unplaced: true },
  ),
  configured(
    "tells of 100,000 steps",
    {
      history: Array.from({ length: 100_000 }, () => ({ empty_layer: true })),
    },
    COPIED,
    { ends: "contained", milliseconds: 10_000 },
  ),
  configured(
    "works in a directory above its root",
    { config: { WorkingDir: "/../../../.." } },
    "FROM base\nCOPY --from=base f ../x\n",
    {
      ends: "contained",
      holds: (entries) => assert.ok(entries.has("x")),
    },
  ),
  configured(
    "has a config whose values are of other kinds",
    { config: { Env: "A=b", OnBuild: 7, User: {} } },
    "FROM base\nUSER a\n",
    {
      ends: ["FORMAT_INVALID"],
    },
  ),
  {
    name: "is named by a directory that leads out, and has the secret nowhere",
    dockerfile: "FROM base\n",
    prepare: (scene) => scene.link("files/link", scene.witness),
    contexts: (scene) => [`base=${scene.context}/files`],
    ends: "contained",
    holds: (entries) => assert.ok(entries.get("link")?.type === "symlink" && !SECRET.startsWith("link")),
  },
];
