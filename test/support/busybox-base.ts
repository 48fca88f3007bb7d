import { execFileSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { withWorkspace } from "../../src/app/workspace.ts";
import { once } from "../../src/image/image.ts";
import { parseReference } from "../../src/image/reference.ts";
import { compileC } from "./compiled.ts";
import { unlessTools } from "./tools.ts";

export const SEARCHED = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

const PASSWD = `root:x:0:0:root:/root:/bin/sh
daemon:x:1:1:daemon:/usr/sbin:/bin/false
app:x:1000:1001:An app:/home/app:/bin/sh
nobody:x:65534:65534:nobody:/nonexistent:/bin/false
`;

const GROUP = `root:x:0:
daemon:x:1:
staff:x:50:app
app:x:1001:
more:x:1002:daemon,app
nogroup:x:65534:
`;

/** For a test's `skip` option: false, or what is missing for writing the base. */
export function unlessBase(): false | string {
  return unlessTools("apt-get", "dpkg-deb", "gcc", "tar");
}

/**
 * Writes a small root file system as a tar: Debian's static busybox, users, a program that sets extended attributes, and in /l
 * files, directories and links of all kinds for programs to change, in /mnt places for mounts. All of it is root's and of one date, but for /l/owned.
 */
export async function writeBase(directory: string): Promise<string> {
  const root = join(directory, "root");
  const at = (path: string): string => join(root, path);
  for (const path of ["bin", "dev", "etc", "home/app", "proc", "root", "sys", "tmp", "usr/bin", "mnt/d", "mnt/e"]) {
    mkdirSync(at(path), { recursive: true });
  }
  execFileSync("apt-get", ["-o", "APT::Sandbox::User=root", "download", "-qq", "busybox-static"], {
    cwd: directory,
    stdio: "pipe",
  });
  const deb = readdirSync(directory).find((name) => name.endsWith(".deb")) ?? "";
  execFileSync("dpkg-deb", ["-x", join(directory, deb), join(directory, "deb")]);
  const found = execFileSync("find", [join(directory, "deb"), "-type", "f", "-path", "*bin/busybox"], {
    encoding: "utf8",
  });
  copyFileSync(found.trim().split("\n")[0] ?? "", at("bin/busybox"));
  chmodSync(at("bin/busybox"), 0o755);
  const applets = execFileSync(at("bin/busybox"), ["--list"], { encoding: "utf8" }).trim().split("\n");
  for (const applet of applets) if (applet !== "busybox") symlinkSync("busybox", at(`bin/${applet}`));
  await compileC("attribute.c", at("usr/bin"), "-static", "-s");
  writeFileSync(at("etc/passwd"), PASSWD);
  writeFileSync(at("etc/group"), GROUP);
  for (const name of ["etc/hosts", "etc/resolv.conf", "mnt/f"]) writeFileSync(at(name), "");
  writePlayground(at("l"));
  for (const [path, mode] of [
    ["root", 0o700],
    ["tmp", 0o1777],
    ["l/sticky", 0o1777],
    ["l/private", 0o700],
    ["l/d/run", 0o755],
  ] as const) {
    chmodSync(at(path), mode);
  }
  const tar = join(directory, "base.tar");
  const uniform = ["--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--mtime=@1577836800", "--format=pax"];
  execFileSync("tar", ["-C", root, ...uniform, "--exclude=./l/owned", "-cf", tar, "."]);
  const owned = ["--sort=name", "--owner=1000", "--group=1001", "--numeric-owner", "--mtime=@1577836800"];
  execFileSync("tar", ["-C", root, ...owned, "--format=pax", "-rf", tar, "./l/owned"]);
  return tar;
}

function writePlayground(at: string): void {
  for (const path of ["d/deep/er", "e", "owned", "sticky", "private", "empty"])
    mkdirSync(join(at, path), { recursive: true });
  for (const path of ["a", "b", "d/run", "d/x", "d/deep/y", "d/deep/er/z", "e/x", "owned/mine", "private/key"]) {
    writeFileSync(join(at, path), `${path}\n`);
  }
  linkSync(join(at, "a"), join(at, "a2"));
  linkSync(join(at, "d/x"), join(at, "e/linked"));
  symlinkSync("a", join(at, "to-a"));
  symlinkSync("d", join(at, "to-d"));
  symlinkSync("nowhere", join(at, "to-nothing"));
}

/** Puts an image of that tar and nothing else into the store below `home`, as `name`. */
export async function storeBase(tar: string, name: string, home: string): Promise<void> {
  const before = process.env.DISTILL_HOME;
  process.env.DISTILL_HOME = home;
  try {
    await store(tar, name);
  } finally {
    if (before === undefined) delete process.env.DISTILL_HOME;
    else process.env.DISTILL_HOME = before;
  }
}

function store(tar: string, name: string): Promise<void> {
  return withWorkspace(async ({ store }) => {
    await using lease = store.lease("test base");
    const { diffID } = await store.writeLayer(lease, once(readFileSync(tar)));
    const config = { architecture: "amd64", os: "linux", config: { Env: [SEARCHED], Cmd: ["sh"] }, history: [{}] };
    const image = await store.putImage(lease, { config, layers: [diffID] });
    store.tag(parseReference(name), image.manifestDigest);
  });
}
