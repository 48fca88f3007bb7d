import type { OwnBuild } from "./own-build.ts";

const HEREDOCS = "Docker 20.10 knows no here-documents";

/** One file that a program writes. */
function out(text: string, mode = "644", owner = "0:0"): readonly string[] {
  return [`file ${mode} ${owner} out = ${JSON.stringify(text)}`];
}

function build(name: string, lines: readonly string[], text: string, more: Partial<OwnBuild> = {}): OwnBuild {
  return { name, dockerfile: `${["FROM busybox", ...lines].join("\n")}\n`, layers: [out(text)], ...more };
}

const ID = "RUN id > /tmp/out";

function user(name: string, text: string): OwnBuild {
  const written = text.match(/uid=(\d+).*? gid=(\d+)/);
  return {
    name: `USER ${name}`,
    dockerfile: `FROM busybox\nUSER ${name}\n${ID}\n`,
    layers: [["dir 1777 0:0 tmp", `file 644 ${written?.[1]}:${written?.[2]} tmp/out = ${JSON.stringify(text)}`]],
    notAsked: "Docker 20.10 leaves a program's own group out of its further ones",
  };
}

/** Who a program runs as, where, with which variables, and how it is called. */
export const ENVIRONMENT: readonly OwnBuild[] = [
  user("app", "uid=1000(app) gid=1001(app) groups=50(staff),1001(app),1002(more)\n"),
  user("1000", "uid=1000(app) gid=1001(app) groups=50(staff),1001(app),1002(more)\n"),
  user("1000:50", "uid=1000(app) gid=50(staff) groups=50(staff)\n"),
  user("app:more", "uid=1000(app) gid=1002(more) groups=1002(more)\n"),
  user("app:7", "uid=1000(app) gid=7 groups=7\n"),
  user("4321", "uid=4321 gid=0(root) groups=0(root)\n"),
  user("4321:1234", "uid=4321 gid=1234 groups=1234\n"),
  user("nobody", "uid=65534(nobody) gid=65534(nogroup) groups=65534(nogroup)\n"),
  {
    name: "USER that is not there",
    dockerfile: "FROM busybox\nUSER missing\nRUN true\n",
    fails: ["CONFIG_INVALID", /missing/],
  },
  {
    name: "USER of a group that is not there",
    dockerfile: "FROM busybox\nUSER app:missing\nRUN true\n",
    fails: ["CONFIG_INVALID", /missing/],
  },
  {
    name: "USER that an earlier program made",
    dockerfile: "FROM busybox\nRUN echo new:x:77:78::/:/bin/sh >> /etc/passwd\nUSER new\nRUN id -u > /tmp/out\n",
    layers: [
      [
        "dir 755 0:0 etc",
        `file 644 0:0 etc/passwd = ${JSON.stringify("root:x:0:0:root:/root:/bin/sh\ndaemon:x:1:1:daemon:/usr/sbin:/bin/false\napp:x:1000:1001:An app:/home/app:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/bin/false\nnew:x:77:78::/:/bin/sh\n")}`,
      ],
      ["dir 1777 0:0 tmp", 'file 644 77:78 tmp/out = "77\\n"'],
    ],
  },
  build("HOME is the user's", ["USER app", "RUN echo $HOME > /tmp/out"], "", {
    layers: [["dir 1777 0:0 tmp", 'file 644 1000:1001 tmp/out = "/home/app\\n"']],
  }),
  build("HOME of ENV wins", ["ENV HOME=/x", "RUN echo $HOME > /out"], "/x\n"),
  build("HOME of root", ["RUN echo $HOME > /out"], "/root\n"),
  build("another user cannot write everywhere", ["USER app", "RUN touch /n 2>/dev/null || echo no > /tmp/out"], "", {
    layers: [["dir 1777 0:0 tmp", 'file 644 1000:1001 tmp/out = "no\\n"']],
  }),
  build("USER root again", ["USER app", "USER root", "RUN id -u > /out"], "0\n"),
  {
    name: "WORKDIR, which is made",
    dockerfile: "FROM busybox\nWORKDIR /w/x\nRUN pwd > /out\n",
    layers: [["dir 755 0:0 w", "dir 755 0:0 w/x"], out("/w/x\n")],
  },
  {
    name: "WORKDIR relative to another",
    dockerfile: "FROM busybox\nWORKDIR /l\nWORKDIR d\nWORKDIR deep/../deep\nRUN pwd > /out\n",
    layers: [[], [], [], out("/l/d/deep\n")],
  },
  {
    name: "WORKDIR that a program removed is there again",
    dockerfile: "FROM busybox\nWORKDIR /w\nRUN rm -r /w\nRUN pwd > /out\n",
    layers: [["dir 755 0:0 w"], ["gone w"], ['file 644 0:0 out = "/w\\n"', "dir 755 0:0 w"]],
  },
  {
    name: "WORKDIR through a link",
    dockerfile: "FROM busybox\nWORKDIR /l/to-d\nRUN pwd -P > /out\n",
    layers: [[], out("/l/d\n")],
  },
  build("the directory is the root where nothing is said", ["RUN pwd > /out"], "/\n"),
  build("ENV", ["ENV A=1 B='two words'", 'RUN echo "$A $B" > /out'], "1 two words\n"),
  build("ENV with another's value", ["ENV A=1", "ENV A=2 B=$A", 'RUN echo "$A $B" > /out'], "2 1\n"),
  build("ENV wins over ARG", ["ARG A=arg", "ENV A=env", "RUN echo $A > /out"], "env\n", { buildArgs: ["A=given"] }),
  build("ARG with a default", ["ARG A=arg", "RUN echo $A > /out"], "arg\n"),
  build("ARG that is given", ["ARG A=arg", "RUN echo $A > /out"], "given\n", { buildArgs: ["A=given"] }),
  build("ARG without a value", ["ARG A", 'RUN echo "${A-unset}" > /out'], "unset\n"),
  build("ARG is seen from its line on", ['RUN echo "${A-unset}" > /out', "ARG A=1", "RUN echo $A > /out"], "", {
    layers: [out("unset\n"), out("1\n")],
  }),
  {
    name: "ARG of one stage is not seen in another",
    dockerfile:
      'ARG G=global\nFROM busybox AS one\nARG A=1\nRUN true\nFROM busybox\nRUN echo "${A-unset} ${G-unset}" > /out\nARG G\nRUN echo $G > /out\n',
    layers: [out("unset unset\n"), out("global\n")],
  },
  {
    name: "ARG of a stage is seen in those that begin with it",
    dockerfile: "FROM busybox AS one\nARG A=1\nFROM one\nRUN echo $A > /out\n",
    layers: [out("1\n")],
    notAsked: "Docker 20.10 forgets arguments of the stage that another one begins with",
  },
  build(
    "variables are the shell's, not distill's",
    ["ENV A=1", "RUN A=2; echo $A ${A:-x} \\$A '$A' > /out"],
    "2 2 $A $A\n",
  ),
  build(
    "what the environment of this machine holds is not seen",
    ["RUN env | cut -d= -f1 | sort | tr '\\n' ' ' > /out"],
    "HOME PATH PWD SHLVL ",
  ),
  build(
    "proxies that are given are seen and are no part of the image",
    ["RUN echo $http_proxy > /out"],
    "http://127.0.0.1:1\n",
    {
      buildArgs: ["http_proxy=http://127.0.0.1:1"],
    },
  ),
  build("exec form: no shell", ['RUN ["/bin/sh", "-c", "echo \\"$0\\" $1 > /out", "a  b", "$HOME"]'], "a  b $HOME\n"),
  build("exec form: searched in PATH", ['RUN ["cp", "/l/a", "/out"]'], "a\n"),
  { name: "exec form: not there", dockerfile: 'FROM busybox\nRUN ["/missing"]\n', fails: ["NO_SUCH_PATH", /missing/] },
  {
    name: "SHELL",
    dockerfile: 'FROM busybox\nSHELL ["/bin/sh", "-ec"]\nRUN false; echo after > /out\n',
    fails: ["RUN_FAILED", /status 1/],
  },
  build(
    "SHELL: another program",
    ['SHELL ["/bin/echo", "said"]', "RUN a  b", 'SHELL ["/bin/sh", "-c"]', "RUN echo back > /out"],
    "",
    {
      layers: [[], out("back\n")],
    },
  ),
  build("a line that goes on", ["RUN echo a \\", "  # a comment", "", "  b > /out"], "a b\n"),
  build("a here-document", ["RUN <<E", "echo one > /out", "echo two >> /out", "E"], "one\ntwo\n", {
    notAsked: HEREDOCS,
  }),
  build("a here-document: the shell stops at no error", ["RUN <<E", "false", "echo two > /out", "E"], "two\n", {
    notAsked: HEREDOCS,
  }),
  build(
    "a here-document: with a line of its own interpreter",
    ["RUN <<E", "#!/bin/awk -f", 'BEGIN { print "awk" > "/out" }', "E"],
    "awk\n",
    { notAsked: HEREDOCS },
  ),
  build("a here-document as standard input", ["RUN cat > /out <<E", "text $HOME", "E"], "text /root\n", {
    notAsked: HEREDOCS,
  }),
  build("a here-document as standard input, quoted", ["RUN cat > /out <<'E'", "text $HOME", "E"], "text $HOME\n", {
    notAsked: HEREDOCS,
  }),
  build("a here-document without its tabs", ["RUN <<-E", "\techo one > /out", "\tE"], "one\n", { notAsked: HEREDOCS }),
  build("two here-documents", ["RUN cat <<A > /out && cat <<B >> /out", "a", "A", "b", "B"], "a\nb\n", {
    notAsked: HEREDOCS,
  }),
  {
    name: "ONBUILD RUN of the parent",
    parents: {
      parent:
        "FROM busybox\nONBUILD ARG WHO=nobody\nONBUILD RUN echo trigger $WHO > /triggered\nONBUILD COPY one /one\n",
    },
    dockerfile: "FROM parent\nRUN cat /triggered /one > /out\n",
    files: { one: "1\n" },
    layers: [
      ['file 644 0:0 triggered = "trigger nobody\\n"'],
      ['file 644 0:0 one = "1\\n"'],
      out("trigger nobody\n1\n"),
    ],
  },
  {
    name: "ONBUILD RUN, not of a grandparent",
    parents: { grandparent: "FROM busybox\nONBUILD RUN echo x >> /n\n", "parent-of-two": "FROM grandparent\n" },
    dockerfile: "FROM parent-of-two\nRUN cat /n > /out\n",
    layers: [['file 644 0:0 n = "x\\n"'], out("x\n")],
  },
  build(
    "--network=none has no route and its own loopback",
    ["RUN --network=none ls /sys/class/net > /out && wc -l < /proc/net/route >> /out"],
    "lo\n1\n",
    { network: "host", notAsked: "Docker 20.10 knows no --network of RUN" },
  ),
  build("the name of the machine", ["RUN hostname > /out"], "distill\n", {
    notAsked: "BuildKit calls it buildkitsandbox",
  }),
  build("the standard input is empty", ["RUN wc -c > /out"], "0\n"),
  build("umask", ["RUN umask > /out && mkdir -m 777 /tmp/n && rmdir /tmp/n"], "0022\n"),
  build("capabilities", ["RUN grep CapEff /proc/self/status | cut -f2 > /out"], "00000000a80425fb\n"),
  build("process 1 is the program", ["RUN echo $$ > /out"], "1\n"),
  {
    name: "--target",
    target: "one",
    dockerfile: "FROM busybox AS one\nRUN echo 1 > /out\nFROM busybox\nRUN false\n",
    layers: [out("1\n")],
  },
  {
    name: "a stage that nothing needs does not run",
    dockerfile: "FROM busybox AS unneeded\nRUN false\nFROM busybox\nRUN echo 1 > /out\n",
    layers: [out("1\n")],
  },
  { name: "a failure", dockerfile: "FROM busybox\nRUN exit 7\n", fails: ["RUN_FAILED", /status 7/] },
  {
    name: "a failure by a signal",
    dockerfile: "FROM busybox\nRUN sh -c 'kill -9 $$'; exit $?\n",
    fails: ["RUN_FAILED", /signal 9/],
  },
];
