import type { OwnBuild } from "./own-build.ts";

const L = "dir 755 0:0 l";
const D = "dir 755 0:0 l/d";
const E = "dir 755 0:0 l/e";
const OWNED = "dir 755 1000:1001 l/owned";
const BY_GRAPH_DRIVER = "Docker 20.10 leaves it to overlayfs which names stay links";

function run(name: string, commands: string, layer: readonly string[], more: Partial<OwnBuild> = {}): OwnBuild {
  return { name, dockerfile: `FROM busybox\nRUN cd /l && ${commands}\n`, layers: [layer], ...more };
}

/** What a program changes, and the layer that this is. */
export const CHANGES: readonly OwnBuild[] = [
  { name: "nothing changes", dockerfile: "FROM busybox\nRUN true\n", layers: [[]] },
  run("a new file", "echo new > n", [L, 'file 644 0:0 l/n = "new\\n"']),
  run("a new file deep down", "echo new > d/deep/er/n", [
    ...[L, D, "dir 755 0:0 l/d/deep", "dir 755 0:0 l/d/deep/er", 'file 644 0:0 l/d/deep/er/n = "new\\n"'],
  ]),
  run("an empty file", ": > n", [L, 'file 644 0:0 l/n = ""']),
  run("a new directory", "mkdir -m 750 n", [L, "dir 750 0:0 l/n"]),
  run("directories below one another", "mkdir -p n/o/p", [
    L,
    "dir 755 0:0 l/n",
    "dir 755 0:0 l/n/o",
    "dir 755 0:0 l/n/o/p",
  ]),
  run("a removed file", "rm b", [L, "gone l/b"]),
  run("a removed directory is one entry", "rm -r d/deep", [L, D, "gone l/d/deep"]),
  run("a removed link does not remove where it leads", "rm to-a", [L, "gone l/to-a"]),
  run("a removed link of a directory", "rm to-d", [L, "gone l/to-d"]),
  run("what lies behind a link of a directory is removed there", "rm to-d/run", [L, D, "gone l/d/run"]),
  run("one of two links is removed", "rm a2", [L, "gone l/a2"]),
  run("a file made and removed is nothing", "echo x > n && rm n", []),
  run("a directory made and removed is nothing", "mkdir -p n/o && rm -r n", []),
  run("a file removed and made as it was is nothing", "cp -p b /tmp/b && rm b && cp -p /tmp/b b && rm /tmp/b", []),
  run("a file removed and made anew", "rm b && echo other > b", [L, 'file 644 0:0 l/b = "other\\n"']),
  run("opened for writing and not changed is nothing", ": >> b", []),
  run("a file grows", "echo more >> b", [L, 'file 644 0:0 l/b = "b\\nmore\\n"']),
  run("a file in place of a directory", "rm -r e && echo file > e", [L, 'file 644 0:0 l/e = "file\\n"']),
  run("a directory in place of a file", "rm b && mkdir b && echo x > b/x", [
    L,
    "dir 755 0:0 l/b",
    'file 644 0:0 l/b/x = "x\\n"',
  ]),
  run("a link in place of a directory", "rm -r e && ln -s d e", [L, "symlink 777 0:0 l/e -> d"]),
  run("a link in place of a file", "ln -sf nowhere b", [L, "symlink 777 0:0 l/b -> nowhere"]),
  run("a directory in place of a link", "rm to-d && mkdir to-d && echo x > to-d/x", [
    ...[L, "dir 755 0:0 l/to-d", 'file 644 0:0 l/to-d/x = "x\\n"'],
  ]),
  run("a file in place of a link", "rm to-a && echo x > to-a", [L, 'file 644 0:0 l/to-a = "x\\n"']),
  run("a link leads elsewhere", "ln -sfn e to-d", [L, "symlink 777 0:0 l/to-d -> e"]),
  run("a dangling link", "ln -s /not/there n", [L, "symlink 777 0:0 l/n -> /not/there"]),
  run("a directory made again hides what was in it", "rm -r d && mkdir d && echo again > d/x", [
    ...[L, D, "gone l/d/deep", "gone l/d/run", 'file 644 0:0 l/d/x = "again\\n"'],
  ]),
  run("a directory made again and left empty", "rm -r e && mkdir e", [L, E, "gone l/e/linked", "gone l/e/x"]),
  run("a directory made again twice over", "rm -r d && mkdir -p d/deep && echo new > d/deep/n", [
    ...[L, D, "dir 755 0:0 l/d/deep", "gone l/d/deep/er", 'file 644 0:0 l/d/deep/n = "new\\n"', "gone l/d/deep/y"],
    ...["gone l/d/run", "gone l/d/x"],
  ]),
  run("a directory gets another name", "mv e f", [
    ...[L, "gone l/e", "dir 755 0:0 l/f", 'file 644 0:0 l/f/linked = "d/x\\n"', 'file 644 0:0 l/f/x = "e/x\\n"'],
  ]),
  run("a directory goes into another one", "mv d/deep e/", [
    ...[L, D, "gone l/d/deep", E, "dir 755 0:0 l/e/deep", "dir 755 0:0 l/e/deep/er"],
    ...['file 644 0:0 l/e/deep/er/z = "d/deep/er/z\\n"', 'file 644 0:0 l/e/deep/y = "d/deep/y\\n"'],
  ]),
  run("two directories change places", "mv empty n && mv sticky empty && mv n sticky", [
    ...[L, "dir 1777 0:0 l/empty", "dir 755 0:0 l/sticky"],
  ]),
  run("a directory moved away and back is nothing, though its files are copies now", "mv e f && mv f e", []),
  run("a file gets another name", "mv b c", [L, "gone l/b", 'file 644 0:0 l/c = "b\\n"']),
  run("a file over another one", "mv b d/x", [L, "gone l/b", D, 'file 644 0:0 l/d/x = "b\\n"']),
  run("a link gets another name", "mv to-a c", [L, "symlink 777 0:0 l/c -> a", "gone l/to-a"]),
  run("a mode alone", "chmod 600 b", [L, 'file 600 0:0 l/b = "b\\n"']),
  run("a mode of a directory alone", "chmod 711 d", [L, "dir 711 0:0 l/d"]),
  run("a mode that it had", "chmod 644 b && chmod 755 d", []),
  run("set-user-ID", "chmod 4755 d/run", [L, D, 'file 4755 0:0 l/d/run = "d/run\\n"']),
  run("set-group-ID and sticky of a directory", "chmod 3775 e", [L, "dir 3775 0:0 l/e"]),
  run("no permissions at all", "chmod 000 b", [L, 'file 0 0:0 l/b = "b\\n"']),
  run("an owner alone", "chown 5:6 b", [L, 'file 644 5:6 l/b = "b\\n"']),
  run("an owner by name", "chown app:staff d", [L, "dir 755 1000:50 l/d"]),
  run("an owner of a link", "chown -h 5:6 to-d", [L, "symlink 777 5:6 l/to-d -> d"]),
  run("an owner that it had", "chown 1000:1001 owned owned/mine", []),
  run("a change of owner takes set-user-ID away", "chmod 4755 d/run && chown 5 d/run", [
    ...[L, D, 'file 755 5:0 l/d/run = "d/run\\n"'],
  ]),
  run("a large owner", "chown 2000000:3000000 b", [L, 'file 644 2000000:3000000 l/b = "b\\n"']),
  run("a time alone", "touch -d @1400000000 b", [L, 'file 644 0:0 l/b @1400000000 = "b\\n"']),
  run("a time that it had", "touch -d @1577836800 b", []),
  run("the time of what a link leads to", "touch -d @1400000000 to-a", [
    ...[L, 'file 644 0:0 l/a @1400000000 = "a\\n"'],
  ]),
  run("two new links", "echo x > n && ln n o && ln n d/p", [
    ...[L, D, 'file 644 0:0 l/d/p = "x\\n"', "hardlink 644 0:0 l/n -> l/d/p", "hardlink 644 0:0 l/o -> l/d/p"],
  ]),
  run("a new link of a file below is a copy", "ln b c", [L, 'file 644 0:0 l/c = "b\\n"'], {
    notAsked: BY_GRAPH_DRIVER,
  }),
  run("a new link of a file that changes", "ln b c && echo more >> c", [
    ...[L, 'file 644 0:0 l/b = "b\\nmore\\n"', "hardlink 644 0:0 l/c -> l/b"],
  ]),
  run("a link of two changes, and the other one does not", "echo more >> a", [L, 'file 644 0:0 l/a = "a\\nmore\\n"']),
  run("a link becomes a file of its own", "cp a n && mv n a2", [L, 'file 644 0:0 l/a2 = "a\\n"']),
  run("a link across directories, gone on one side", "rm e/linked && echo more >> d/x", [
    ...[L, D, 'file 644 0:0 l/d/x = "d/x\\nmore\\n"', E, "gone l/e/linked"],
  ]),
  run("a named pipe", "mkfifo -m 640 n", [L, "fifo 640 0:0 l/n"]),
  run("a device", "mknod -m 666 n c 1 3", [L, "char 666 0:0 l/n 1,3"]),
  run("a socket is no part of a layer", "(timeout 1 nc -lU n || nc -l -U n & sleep 0.2); rm -f n; echo x > o", [
    ...[L, 'file 644 0:0 l/o = "x\\n"'],
  ]),
  run("extended attributes of a file", "attribute b user.note hello", [
    L,
    'file 644 0:0 l/b = "b\\n" {user.note=68656c6c6f}',
  ]),
  run("extended attributes of a directory", "attribute d user.note hello", [
    L,
    "dir 755 0:0 l/d {user.note=68656c6c6f}",
  ]),
  run("capabilities of a file", "attribute d/run security.capability 0x0100000200040000000000000000000000000000", [
    ...[L, D, 'file 755 0:0 l/d/run = "d/run\\n" {security.capability=0100000200040000000000000000000000000000}'],
  ]),
  run("names of many kinds", "mkdir 'a b' && echo 1 > 'a b/ü' && echo 2 > ./-x && echo 3 > 'q\"q' && : > .wh", [
    ...[
      L,
      'file 644 0:0 l/-x = "2\\n"',
      'file 644 0:0 l/.wh = ""',
      "dir 755 0:0 l/a b",
      'file 644 0:0 l/a b/ü = "1\\n"',
    ],
    'file 644 0:0 l/q"q = "3\\n"',
  ]),
  run("a long name and a long path", `n=$(printf '%0100d' 0) && mkdir -p $n/$n && echo x > $n/$n/$n`, [
    ...[L, `dir 755 0:0 l/${"0".repeat(100)}`, `dir 755 0:0 l/${"0".repeat(100)}/${"0".repeat(100)}`],
    `file 644 0:0 l/${"0".repeat(100)}/${"0".repeat(100)}/${"0".repeat(100)} = "x\\n"`,
  ]),
  run("a private directory that somebody owns", "echo x > owned/n && chmod 640 owned/n", [
    ...[L, OWNED, 'file 640 0:0 l/owned/n = "x\\n"'],
  ]),
  run("what /proc, /sys, /dev and the network files hold is no part of a layer", "ls /proc /dev /sys > /dev/null", []),
  run("what is written to /dev is no part of a layer", "echo x > /dev/shm/n && echo y > /dev/n", []),
  {
    name: "the directory above the root is the root",
    dockerfile: "FROM busybox\nRUN echo x > /../../n\n",
    layers: [['file 644 0:0 n = "x\\n"']],
  },
  {
    name: "directories made in a set-group-ID directory",
    dockerfile:
      "FROM busybox\nRUN mkdir /g && chown 5:6 /g && chmod 2775 /g\nWORKDIR /g/w/x\nCOPY one /g/c/\nCOPY --chown=7:8 one /g/d/\nUSER app\nWORKDIR /g/u\n",
    files: { one: "1\n" },
    layers: [
      ["dir 2775 5:6 g"],
      ["dir 2775 5:6 g", "dir 2755 0:6 g/w", "dir 2755 0:6 g/w/x"],
      ["dir 2775 5:6 g", "dir 2755 0:6 g/c", 'file 644 0:0 g/c/one = "1\\n"'],
      ["dir 2775 5:6 g", "dir 2755 7:8 g/d", 'file 644 7:8 g/d/one = "1\\n"'],
      ["dir 2775 5:6 g", "dir 2755 1000:1001 g/u"],
    ],
  },
  {
    name: "removed in the next layer",
    dockerfile: "FROM busybox\nRUN mkdir /n && echo 1 > /n/a && echo 2 > /n/b\nRUN rm /n/a\nRUN rm -r /n\n",
    layers: [
      ["dir 755 0:0 n", 'file 644 0:0 n/a = "1\\n"', 'file 644 0:0 n/b = "2\\n"'],
      ["dir 755 0:0 n", "gone n/a"],
      ["gone n"],
    ],
  },
  {
    name: "links across programs",
    dockerfile: "FROM busybox\nRUN echo x > /n && ln /n /o\nRUN ln /n /p\nRUN echo more >> /o\n",
    layers: [
      ['file 644 0:0 n = "x\\n"', "hardlink 644 0:0 o -> n"],
      ['file 644 0:0 p = "x\\n"'],
      ['file 644 0:0 o = "x\\nmore\\n"'],
    ],
    notAsked: BY_GRAPH_DRIVER,
  },
  {
    name: "a directory made again over a layer of the same build",
    dockerfile:
      "FROM busybox\nRUN mkdir /n && echo 1 > /n/a\nCOPY one /n/b\nRUN rm -r /n && mkdir /n && echo 3 > /n/c\n",
    files: { one: "2\n" },
    layers: [
      ["dir 755 0:0 n", 'file 644 0:0 n/a = "1\\n"'],
      ["dir 755 0:0 n", 'file 644 0:0 n/b = "2\\n"'],
      ["dir 755 0:0 n", "gone n/a", "gone n/b", 'file 644 0:0 n/c = "3\\n"'],
    ],
  },
  {
    name: "programs see what was copied between them",
    dockerfile: "FROM busybox\nRUN echo 1 > /n\nCOPY one /o\nRUN cat /n /o > /p\nCOPY one /n\nRUN cat /n > /q\n",
    files: { one: "2\n" },
    layers: [
      ['file 644 0:0 n = "1\\n"'],
      ['file 644 0:0 o = "2\\n"'],
      ['file 644 0:0 p = "1\\n2\\n"'],
      ['file 644 0:0 n = "2\\n"'],
      ['file 644 0:0 q = "2\\n"'],
    ],
  },
  {
    name: "what another stage's program made",
    dockerfile:
      "FROM busybox AS made\nRUN mkdir /n && echo 1 > /n/a && chown 5:6 /n/a && chmod 4750 /n/a && ln /n/a /n/b && rm /l/b\nFROM busybox\nCOPY --from=made /n /n\nCOPY --from=made /l/. /m\nRUN ls /m > /list\n",
    layers: [
      ["dir 755 0:0 n", 'file 4750 5:6 n/a = "1\\n"', "hardlink 4750 5:6 n/b -> n/a"],
      [
        ...[
          "dir 755 0:0 m",
          'file 644 0:0 m/a = "a\\n"',
          "hardlink 644 0:0 m/a2 -> m/a",
          "dir 755 0:0 m/d",
          "dir 755 0:0 m/d/deep",
        ],
        ...[
          "dir 755 0:0 m/d/deep/er",
          'file 644 0:0 m/d/deep/er/z = "d/deep/er/z\\n"',
          'file 644 0:0 m/d/deep/y = "d/deep/y\\n"',
        ],
        ...['file 755 0:0 m/d/run = "d/run\\n"', 'file 644 0:0 m/d/x = "d/x\\n"', "dir 755 0:0 m/e"],
        ...[
          "hardlink 644 0:0 m/e/linked -> m/d/x",
          'file 644 0:0 m/e/x = "e/x\\n"',
          "dir 755 0:0 m/empty",
          "dir 755 1000:1001 m/owned",
        ],
        ...[
          'file 644 1000:1001 m/owned/mine = "owned/mine\\n"',
          "dir 700 0:0 m/private",
          'file 644 0:0 m/private/key = "private/key\\n"',
        ],
        ...[
          "dir 1777 0:0 m/sticky",
          "symlink 777 0:0 m/to-a -> a",
          "symlink 777 0:0 m/to-d -> d",
          "symlink 777 0:0 m/to-nothing -> nowhere",
        ],
      ],
      ['file 644 0:0 list = "a\\na2\\nd\\ne\\nempty\\nowned\\nprivate\\nsticky\\nto-a\\nto-d\\nto-nothing\\n"'],
    ],
  },
];
