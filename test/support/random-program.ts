import type { Random } from "./random-dockerfile.ts";

/** Of the base of busybox-base.ts, and others. */
const FILES = [
  "a",
  "a2",
  "b",
  "d/run",
  "d/x",
  "d/deep/y",
  "d/deep/er/z",
  "e/x",
  "e/linked",
  "owned/mine",
  "private/key",
];
const DIRECTORIES = ["d", "d/deep", "d/deep/er", "e", "owned", "sticky", "private", "empty", "new", "new/er"];
const OTHERS = [
  "to-a",
  "to-d",
  "to-nothing",
  "n",
  "'n n'",
  "ü",
  "d/n",
  "new/n",
  "/tmp/n",
  "/t",
  "to-d/x",
  "e/n",
  "/mnt/d/x",
  "/mnt/e/a",
];
const ALL = [...FILES, ...DIRECTORIES, ...OTHERS];
const MODES = ["600", "644", "755", "4755", "2755", "1777", "000", "u+x", "go-rwx"];
const OWNERS = ["1000", "1000:1001", "app", ":staff", "0:0", "3:4"];
const CAPABILITY = "0x0100000200040000000000000000000000000000";

const KINDS: readonly ((random: Random) => string)[] = [
  (random) => `rm -rf ${random.pick(ALL)}`,
  (random) => `rm -rf ${random.pick(DIRECTORIES)}`,
  (random) => `rm -f ${random.pick(FILES)}`,
  (random) => `rmdir ${random.pick(DIRECTORIES)}`,
  (random) => `mkdir -p ${random.pick(ALL)}`,
  (random) => {
    const at = random.pick(DIRECTORIES);
    return `{ rm -rf ${at}; mkdir ${at}; echo again > ${at}/${random.pick(["x", "new", "deep"])}; }`;
  },
  (random) => {
    const at = random.pick(ALL);
    return `{ rm -rf ${at}; echo in place > ${at}; }`;
  },
  (random) => {
    const at = random.pick(FILES);
    return `{ rm -f ${at}; mkdir ${at}; echo below > ${at}/below; }`;
  },
  (random) => `echo ${random.below(100)} > ${random.pick(ALL)}`,
  (random) => `echo more >> ${random.pick(FILES)}`,
  // Opened for writing and not changed: an overlay copies it up.
  (random) => `: >> ${random.pick(FILES)}`,
  (random) => `mv ${random.pick(ALL)} ${random.pick(ALL)}`,
  (random) => `mv ${random.pick(DIRECTORIES)} moved${random.below(3)}`,
  (random) => `{ mv ${random.pick(ALL)} away; mv away ${random.pick(ALL)}; }`,
  (random) => `ln ${random.pick(FILES)} ${random.pick(ALL)}`,
  (random) => `ln -f ${random.pick(FILES)} ${random.pick(OTHERS)}`,
  (random) => `ln -s ${random.pick([...ALL, "..", "/etc"])} ${random.pick(OTHERS)}`,
  (random) => `ln -sfn ${random.pick(ALL)} ${random.pick(ALL)}`,
  (random) => `chmod ${random.pick(MODES)} ${random.pick(ALL)}`,
  (random) => `chmod -R ${random.pick(MODES)} ${random.pick(DIRECTORIES)}`,
  (random) => `chown ${random.pick(OWNERS)} ${random.pick(ALL)}`,
  (random) => `chown -hR ${random.pick(OWNERS)} ${random.pick(ALL)}`,
  (random) => `touch -d @${1_400_000_000 + random.below(1000)} ${random.pick(ALL)}`,
  (random) => `cp -a ${random.pick(ALL)} ${random.pick(ALL)}`,
  (random) => `cp ${random.pick(FILES)} ${random.pick(ALL)}`,
  (random) => `mkfifo /tmp/pipe${random.below(2)}`,
  (random) => `mknod ${random.pick(OTHERS)} c 1 ${3 + random.below(5)}`,
  (random) => `truncate -s ${random.below(200_000)} ${random.pick(FILES)}`,
  (random) => `attribute ${random.pick(ALL)} user.note ${random.pick(["one", "two"])}`,
  (random) => `attribute ${random.pick(FILES)} security.capability ${CAPABILITY}`,
  (random) => `attribute ${random.pick(FILES)} user.note`,
  (random) => `{ echo x > made; ${random.pick(["rm made", "mv made made2", "ln made made3", "chmod 700 made"])}; }`,
];

/** Commands for busybox's shell that change files in /l; some fail, in every builder alike. */
function randomCommands(random: Random): string {
  const commands = Array.from({ length: 1 + random.below(8) }, () => random.pick(KINDS)(random));
  return ["cd /l", ...commands, ":"].join("; ");
}

/** Nothing else is done to these places: Docker 20.10 would leave those that a mount made. */
const MOUNTS = [
  "--mount=type=tmpfs,target=/mnt/d",
  "--mount=target=/mnt/d,source=one",
  "--mount=target=/mnt/e,source=one,rw",
  "--mount=target=/mnt/f,source=passwd",
  "--mount=target=/mnt/f,source=passwd,rw",
  "--mount=from=busybox,source=/l/d,target=/mnt/d",
  "--mount=from=busybox,source=/l,target=/mnt/e,rw",
  "--mount=type=cache,target=/mnt/e,id=kept",
  "--mount=type=cache,target=/mnt/d,sharing=private,uid=1000,mode=0700",
  "--mount=type=secret,id=none",
  "--mount=type=secret,id=none,target=/l/private/secret",
] as const;

/**
 * One or two stages whose programs change files of the base of busybox-base.ts, between them copies: most of those of what
 * programs did.
 */
export function randomProgramDockerfile(random: Random): string {
  const lines = ["FROM busybox AS s0"];
  const stages = 1 + random.below(2);
  for (let stage = 0; stage < stages; stage++) {
    if (stage > 0) lines.push(`FROM ${random.pick(["busybox", "s0"])} AS s${stage}`);
    for (let step = 1 + random.below(4); step > 0; step--) lines.push(randomStep(random, stage));
  }
  return `${lines.join("\n")}\n`;
}

function randomStep(random: Random, stage: number): string {
  const kind = random.below(16);
  if (kind === 0) return `USER ${random.pick(["app", "1000", "1000:50", "app:more", "root"])}`;
  if (kind === 1) return `WORKDIR ${random.pick(["/w", "/l/d", "/l/new"])}`;
  if (kind === 2) return `COPY one ${random.pick(["/l/d/", "/l/new/", "/w"])}`;
  if (kind === 3 && stage > 0) return `COPY --from=s0 ${random.pick(["/l/.", "/l/d/."])} /from/`;
  const mount = random.below(4) === 0 ? `${random.pick(MOUNTS)} ` : "";
  return `RUN ${mount}${randomCommands(random)}`;
}
