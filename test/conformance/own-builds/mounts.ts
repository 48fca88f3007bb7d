import type { OwnBuild } from "./own-build.ts";

const STUBS = "Docker 20.10 leaves the places of mounts in the layer";
const FILES = { one: "1\n", "dir/two": "2\n", "dir/deep/three": "3\n", tool: "#!/bin/sh\necho tool\n" };

/** One file that a program writes. */
function out(text: string): readonly string[] {
  return [`file 644 0:0 out = ${JSON.stringify(text)}`];
}

function run(name: string, flags: string, commands: string, text: string, more: Partial<OwnBuild> = {}): OwnBuild {
  const dockerfile = `FROM busybox\nRUN ${flags} ${commands}\n`;
  return { name, dockerfile, files: FILES, layers: [out(text)], ...more };
}

/** What programs find that is mounted for them, and that nothing of it is in a layer. */
export const MOUNTS: readonly OwnBuild[] = [
  run("bind: the whole context", "--mount=target=/c", "cat /c/one /c/dir/two > /out", "1\n2\n", { notAsked: STUBS }),
  run(
    "bind: a directory of the context",
    "--mount=type=bind,source=dir,target=/c",
    "find /c | sort > /out",
    "/c\n/c/deep\n/c/deep/three\n/c/two\n",
    { notAsked: STUBS },
  ),
  run("bind: source is cleaned", "--mount=type=bind,source=/../dir/../dir/.,target=/c", "ls /c > /out", "deep\ntwo\n", {
    notAsked: STUBS,
  }),
  run("bind: a file over a file", "--mount=source=one,target=/l/a", "cat /l/a > /out", "1\n"),
  run("bind: a file where nothing is", "--mount=source=one,target=/n/o/p", "cat /n/o/p > /out", "1\n", {
    notAsked: STUBS,
  }),
  run(
    "bind: over a directory, which is whole again afterwards",
    "--mount=source=dir,target=/l/d",
    "ls /l/d > /out",
    "deep\ntwo\n",
  ),
  run("bind: a relative target", "--mount=source=one,target=n", "cat /n > /out", "1\n", { notAsked: STUBS }),
  {
    name: "bind: a target relative to WORKDIR",
    dockerfile: "FROM busybox\nWORKDIR /l/d\nRUN --mount=source=one,target=run cat /l/d/run > /out\n",
    files: FILES,
    layers: [[], out("1\n")],
    notAsked: "Docker 20.10 takes relative targets to be those of the root",
  },
  run("bind: dst and src, readonly", "--mount=dst=/l/a,src=one,readonly", "cat /l/a > /out", "1\n"),
  run("bind: destination and ro", "--mount=destination=/l/a,source=one,ro=true", "cat /l/a > /out", "1\n"),
  run(
    "bind: cannot be written to",
    "--mount=source=dir,target=/l/d",
    "touch /l/d/n 2>/dev/null || echo no > /out",
    "no\n",
  ),
  run(
    "bind: rw, and what is written is thrown away",
    "--mount=source=dir,target=/l/d,rw",
    "echo n > /l/d/n && rm /l/d/two && ls /l/d > /out",
    "deep\nn\n",
  ),
  run(
    "bind: readwrite=true of a file",
    "--mount=source=one,target=/l/a,readwrite=true",
    "echo more >> /l/a && cat /l/a > /out",
    "1\nmore\n",
  ),
  {
    name: "bind: what one program threw away, another one does not find",
    dockerfile:
      "FROM busybox\nRUN --mount=source=dir,target=/l/d,rw rm /l/d/two\nRUN --mount=source=dir,target=/l/d,rw ls /l/d > /out\n",
    files: FILES,
    layers: [[], out("deep\ntwo\n")],
  },
  {
    name: "bind: from a stage",
    dockerfile:
      "FROM busybox AS made\nRUN mkdir /m && echo 1 > /m/a && chown 5:6 /m/a && chmod 640 /m/a\nFROM busybox\nRUN --mount=from=made,source=/m,target=/l/d stat -c '%a %u:%g %n' /l/d/a > /out\n",
    layers: [out("640 5:6 /l/d/a\n")],
  },
  {
    name: "bind: from a stage, the whole of it",
    dockerfile:
      "FROM busybox AS made\nRUN echo 1 > /m\nFROM busybox\nRUN --mount=from=made,target=/l/d cat /l/d/m /l/d/l/a > /out\n",
    layers: [out("1\na\n")],
  },
  {
    name: "bind: from a stage, rw, and the stage stays as it was",
    dockerfile:
      "FROM busybox AS made\nRUN echo 1 > /m\nFROM busybox\nRUN --mount=from=made,target=/l/d,rw echo 2 > /l/d/m && rm -r /l/d/l\nCOPY --from=made /m /out\n",
    layers: [[], out("1\n")],
  },
  {
    name: "bind: from an image",
    dockerfile: "FROM busybox AS here\nRUN --mount=from=busybox,source=/l/e,target=/l/d ls /l/d > /out\n",
    layers: [out("linked\nx\n")],
  },
  {
    name: "bind: from a stage by its number",
    dockerfile:
      "FROM busybox\nRUN echo 1 > /m\nFROM busybox\nRUN --mount=from=0,source=m,target=/l/a cat /l/a > /out\n",
    layers: [out("1\n")],
    notAsked: "Docker 20.10 takes the number for an image",
  },
  run("bind: from a named context", "--mount=from=other,source=sub,target=/l/d", "cat /l/d/x > /out", "of other\n", {
    other: { "sub/x": "of other\n" },
    notAsked: "Docker 20.10 has no named contexts",
  }),
  run(
    "bind: one below another",
    "--mount=source=dir,target=/l/d --mount=source=one,target=/l/d/deep/three",
    "cat /l/d/deep/three > /out",
    "1\n",
  ),
  run(
    "bind: one below another, the inner one first",
    "--mount=source=one,target=/l/d/deep/three --mount=source=dir,target=/l/d",
    "cat /l/d/deep/three >> /out",
    "1\n",
  ),
  run("bind: a program of the context runs", "--mount=source=tool,target=/l/d/run", "/l/d/run > /out", "tool\n"),
  run("bind: files are root's", "--mount=source=dir,target=/l/d", "stat -c '%u:%g %a' /l/d/two > /out", "0:0 644\n"),
  {
    name: "bind: through a link of the image",
    dockerfile: "FROM busybox\nRUN --mount=source=one,target=/l/to-d/run cat /l/d/run > /out\n",
    files: FILES,
    layers: [out("1\n")],
  },
  {
    name: "bind: nothing at the source",
    dockerfile: "FROM busybox\nRUN --mount=source=missing,target=/l/d true\n",
    fails: ["NO_SUCH_PATH", /missing/],
  },
  {
    name: "bind: a target is needed",
    dockerfile: "FROM busybox\nRUN --mount=source=one true\n",
    files: FILES,
    fails: ["CONFIG_INVALID", /root file system/],
  },
  {
    name: "bind: the root cannot be a target",
    dockerfile: "FROM busybox\nRUN --mount=source=dir,target=/ true\n",
    files: FILES,
    fails: ["CONFIG_INVALID", /root file system/],
  },
  {
    name: "an unknown kind of mount",
    dockerfile: "FROM busybox\nRUN --mount=type=other,target=/n true\n",
    fails: ["CONFIG_INVALID", /other/],
  },
  {
    name: "an unknown option of a mount",
    dockerfile: "FROM busybox\nRUN --mount=target=/n,colour=red true\n",
    fails: ["CONFIG_INVALID", /colour/],
  },
  run(
    "tmpfs: empty, can be written to, and is gone",
    "--mount=type=tmpfs,target=/l/d",
    "ls /l/d > /out; echo x > /l/d/x && cat /l/d/x >> /out",
    "x\n",
  ),
  run("tmpfs: everybody may write", "--mount=type=tmpfs,target=/l/d", "stat -c %a /l/d > /out", "1777\n", {
    notAsked: "in BuildKit it has the mode of the directory that it hides",
  }),
  run(
    "tmpfs: a size",
    "--mount=type=tmpfs,target=/l/d,size=64k",
    "dd if=/dev/zero of=/l/d/x bs=1k count=100 2>/dev/null; stat -c %s /l/d/x > /out",
    "65536\n",
    {
      notAsked: "Docker 20.10 knows no size",
    },
  ),
  run("tmpfs: where nothing is", "--mount=type=tmpfs,target=/n/o", "echo x > /n/o/x && ls /n > /out", "o\n", {
    notAsked: STUBS,
  }),
  {
    name: "what a program puts beside the place of a mount stays",
    dockerfile: "FROM busybox\nRUN --mount=type=tmpfs,target=/n/o echo x > /n/x\n",
    layers: [["dir 755 0:0 n", 'file 644 0:0 n/x = "x\\n"']],
    notAsked: STUBS,
  },
  {
    name: "cache: what one program leaves, another one finds, and no layer has it",
    dockerfile:
      "FROM busybox\nRUN --mount=type=cache,target=/l/d echo kept > /l/d/x\nRUN --mount=type=cache,target=/l/d cat /l/d/x > /out\n",
    layers: [[], out("kept\n")],
  },
  {
    name: "cache: by an id, at other places",
    dockerfile:
      "FROM busybox\nRUN --mount=type=cache,id=own-1,target=/l/d echo kept 1 > /l/d/x\nRUN --mount=type=cache,id=own-1,target=/l/e cat /l/e/x > /out\n",
    layers: [[], out("kept 1\n")],
  },
  {
    name: "cache: another id is another one",
    dockerfile:
      "FROM busybox\nRUN --mount=type=cache,id=own-2,target=/l/d echo kept 2 > /l/d/x\nRUN --mount=type=cache,id=own-3,target=/l/d ls /l/d | wc -l > /out\n",
    layers: [[], out("0\n")],
  },
  {
    name: "cache: ro cannot be written to",
    dockerfile:
      "FROM busybox\nRUN --mount=type=cache,id=own-4,target=/l/d echo kept 4 > /l/d/x\nRUN --mount=type=cache,id=own-4,target=/l/d,ro cat /l/d/x > /out && ! touch /l/d/y 2>/dev/null\n",
    layers: [[], out("kept 4\n")],
  },
  run(
    "cache: mode and owner",
    "--mount=type=cache,id=own-5,target=/l/d,mode=0750,uid=1000,gid=50",
    "stat -c '%a %u:%g' /l/d > /out",
    "750 1000:50\n",
  ),
  run(
    "cache: mode and owner where nothing is said",
    "--mount=type=cache,id=own-6,target=/l/d",
    "stat -c '%a %u:%g' /l/d > /out",
    "755 0:0\n",
  ),
  {
    name: "cache: begins with a directory of a stage",
    dockerfile:
      "FROM busybox AS made\nRUN mkdir /m && echo 1 > /m/a\nFROM busybox\nRUN --mount=type=cache,id=own-7,from=made,source=/m,target=/l/d cat /l/d/a > /out && echo 2 > /l/d/a\nRUN --mount=type=cache,id=own-7,from=made,source=/m,target=/l/d cat /l/d/a > /out\nCOPY --from=made /m/a /a\n",
    layers: [out("1\n"), out("2\n"), ['file 644 0:0 a = "1\\n"']],
  },
  run("cache: private", "--mount=type=cache,id=own-8,target=/l/d,sharing=private", "ls /l/d | wc -l > /out", "0\n"),
  run("cache: locked", "--mount=type=cache,id=own-9,target=/l/d,sharing=locked", "ls /l/d | wc -l > /out", "0\n"),
  run(
    "cache: two of a program",
    "--mount=type=cache,id=own-10,target=/l/d,sharing=locked --mount=type=cache,id=own-11,target=/l/e,sharing=locked",
    "ls /l/d /l/e | grep -c x > /out || :",
    "0\n",
  ),
  run(
    "secret: where it lies, its mode and owner",
    "--mount=type=secret,id=one",
    "stat -c '%a %u:%g' /run/secrets/one > /out && cat /run/secrets/one >> /out",
    "400 0:0\nhidden\n",
    { secrets: { one: "hidden\n" }, notAsked: STUBS },
  ),
  run("secret: a target", "--mount=type=secret,id=one,target=/l/a", "cat /l/a > /out", "hidden", {
    secrets: { one: "hidden" },
  }),
  run(
    "secret: mode and owner",
    "--mount=type=secret,id=one,target=/l/a,mode=0444,uid=1000,gid=50",
    "stat -c '%a %u:%g' /l/a > /out",
    "444 1000:50\n",
    { secrets: { one: "hidden" } },
  ),
  run("secret: the id of a target", "--mount=type=secret,target=/l/one", "cat /l/one > /out", "hidden", {
    secrets: { one: "hidden" },
    notAsked: STUBS,
  }),
  run(
    "secret: a variable, and no file",
    "--mount=type=secret,id=one,env=ONE",
    'echo "$ONE" > /out; ls -d /run/secrets 2>/dev/null || echo none >> /out',
    "hidden\nnone\n",
    { secrets: { one: "hidden" }, notAsked: "Docker 20.10 knows no env" },
  ),
  run(
    "secret: a variable and a file",
    "--mount=type=secret,id=one,env=ONE,target=/l/a",
    'echo "$ONE" > /out; cat /l/a >> /out',
    "hidden\nhidden",
    { secrets: { one: "hidden" }, notAsked: "Docker 20.10 knows no env" },
  ),
  run("secret: bytes of all kinds", "--mount=type=secret,id=one,target=/l/a", "wc -c < /l/a > /out", "5\n", {
    secrets: { one: "\n\u0000ü\n" },
  }),
  run(
    "secret: one that nobody gave leaves nothing behind",
    "--mount=type=secret,id=none",
    "ls /run 2>/dev/null | wc -l > /out",
    "0\n",
  ),
  {
    name: "secret: one that is required and nobody gave",
    dockerfile: "FROM busybox\nRUN --mount=type=secret,id=none,required true\n",
    fails: ["USAGE", /none/],
  },
  {
    name: "secret: at the place of a file, which is whole again afterwards",
    dockerfile: "FROM busybox\nRUN --mount=type=secret,id=one,target=/l/a true\nRUN cat /l/a > /out\n",
    secrets: { one: "hidden" },
    layers: [[], out("a\n")],
  },
  run(
    "secret: for another user",
    "--mount=type=secret,id=one,target=/l/a,uid=1000",
    "su app -c 'cat /l/a' > /out",
    "hidden",
    { secrets: { one: "hidden" }, notAsked: "no program of this base may change its user there" },
  ),
  run(
    "ssh: an agent's socket",
    "--mount=type=ssh",
    '{ test -S "$SSH_AUTH_SOCK" && stat -c "%a %u:%g %n" "$SSH_AUTH_SOCK"; } > /out',
    "600 0:0 /run/buildkit/ssh_agent.0\n",
    { agent: true, notAsked: STUBS },
  ),
  run(
    "ssh: a target, mode and owner",
    "--mount=type=ssh,target=/l/a,mode=0666,uid=1000,gid=50",
    'stat -c "%a %u:%g %n" "$SSH_AUTH_SOCK" > /out',
    "666 1000:50 /l/a\n",
    { agent: true, notAsked: STUBS },
  ),
  run(
    "ssh: none was lent",
    "--mount=type=ssh",
    "ls $SSH_AUTH_SOCK 2>/dev/null || echo none $SSH_AUTH_SOCK > /out",
    "none /run/buildkit/ssh_agent.0\n",
  ),
  {
    name: "ssh: one is required and none was lent",
    dockerfile: "FROM busybox\nRUN --mount=type=ssh,required true\n",
    fails: ["USAGE", /default/],
  },
  {
    name: "variables in a mount",
    dockerfile: "FROM busybox\nARG WHERE=/l/d\nENV WHAT=dir\nRUN --mount=source=$WHAT,target=${WHERE} ls /l/d > /out\n",
    files: FILES,
    layers: [out("deep\ntwo\n")],
    notAsked: "Docker 20.10 replaces no variables in mounts",
  },
];
