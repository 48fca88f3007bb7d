import type { DebianRelease } from "../../debian/releases.ts";
import { textContent } from "../../rootfs/content.ts";
import type { Attributer } from "../../rootfs/node.ts";
import type { Owner } from "../../rootfs/owner.ts";
import { parentOf, pathFromText } from "../../rootfs/path.ts";
import type { TreeEditor } from "../../rootfs/tree-editor.ts";
import type { SystemRequest } from "./system-request.ts";

const OWNER: Owner = { kind: "composed", piece: "system settings" };
const KEYRINGS = ["/usr/share/keyrings/debian-archive-keyring.pgp", "/usr/share/keyrings/debian-archive-keyring.gpg"];

/**
 * Settings of the official images, under the names that Dockerfiles know them by. Without `docker-clean`: what apt-get
 * downloads stays until somebody removes it, as on any Debian, and a cache mount works without a further word.
 */
const APT: Readonly<Record<string, string>> = {
  "docker-autoremove-suggests": `# What is only suggested keeps no package.\nApt::AutoRemove::SuggestsImportant "false";\n`,
  "docker-gzip-indexes": `# Package lists stay packed on disk.\nAcquire::GzipIndexes "true";\n`,
  "docker-no-languages": `# Descriptions of packages in English only.\nAcquire::Languages "none";\n`,
};

const FAST = "# Nobody needs an image that was half made when the power went.\nforce-unsafe-io\n";
const NO_SERVICES =
  "#!/bin/sh\n# No service is started while packages are installed: deb-systemd-invoke(1p)\nexit 101\n";

/** Writes how apt and dpkg work in the image, before anything runs in it. */
export function writeSystemFiles(editor: TreeEditor, attributer: Attributer, { suite, slim }: SystemRequest): void {
  const write = writer(editor, attributer);
  write("/etc/apt/sources.list.d/debian.sources", debianSources(editor, suite));
  for (const [name, text] of Object.entries(APT)) write(`/etc/apt/apt.conf.d/${name}`, text);
  write("/etc/dpkg/dpkg.cfg.d/docker-apt-speedup", FAST);
  write("/usr/sbin/policy-rc.d", NO_SERVICES, 0o755);
  if (slim) write("/etc/dpkg/dpkg.cfg.d/docker", slimRules());
}

/** What the image of a language has beside packages. */
export function writeToolchainFiles(editor: TreeEditor, attributer: Attributer, { toolchain }: SystemRequest): void {
  if (toolchain?.name !== "golang") return;
  const directory = attributer.of({ mode: 0o755, owner: OWNER });
  editor.makeDirectories(pathFromText("/usr/local"), directory);
  const attributes = attributer.of({ mode: 0o777, owner: OWNER });
  editor.put(pathFromText("/usr/local/go"), { type: "symlink", attributes, target: "/usr/lib/go" });
  editor.makeDirectories(pathFromText("/go"), attributer.of({ mode: 0o1777, owner: OWNER }));
  for (const name of ["bin", "src"]) {
    editor.makeDirectories(pathFromText(`/go/${name}`), attributer.of({ mode: 0o1777, owner: OWNER }));
  }
}

/** Commands for the root file system once its packages are configured. */
export function toolchainScript({ toolchain, suite }: SystemRequest): string {
  if (toolchain?.name !== "python") return "";
  // The mark that keeps pip out of a Debian is none of an image's: put aside, so that dpkg knows of it.
  const mark = `/usr/lib/python${toolchain.versions[suite]}/EXTERNALLY-MANAGED`;
  return `if [ -e ${mark} ]; then dpkg-divert --quiet --local --rename --add ${mark}; fi\n`;
}

function writer(editor: TreeEditor, attributer: Attributer) {
  return (path: string, text: string, mode = 0o644): void => {
    const at = pathFromText(path);
    editor.makeDirectories(parentOf(at), attributer.of({ mode: 0o755, owner: OWNER }));
    const attributes = attributer.of({ mode, owner: OWNER });
    editor.put(at, { type: "file", attributes, content: textContent(text), inode: undefined });
  };
}

/** deb822 (sources.list(5)). */
function debianSources(editor: TreeEditor, suite: DebianRelease): string {
  const keyring = KEYRINGS.find((path) => editor.get(pathFromText(path)) !== undefined) ?? KEYRINGS[0];
  const source = (address: string, suites: string): string =>
    [
      "Types: deb",
      `URIs: http://deb.debian.org/${address}`,
      `Suites: ${suites}`,
      "Components: main",
      `Signed-By: ${keyring}`,
      "",
    ].join("\n");
  return `${source("debian", `${suite} ${suite}-updates`)}\n${source("debian-security", `${suite}-security`)}`;
}

/** Documentation, manuals and translations; what a licence asks for stays. */
const LEFT_OUT = ["doc", "groff", "info", "linda", "lintian", "locale", "man"];
const KEPT = ["/usr/share/doc/*/copyright", "/usr/share/locale/locale.alias"];

function slimRules(): string {
  const rules = [
    ...LEFT_OUT.map((name) => `path-exclude /usr/share/${name}/*`),
    ...KEPT.map((path) => `path-include ${path}`),
  ];
  return `# Documentation, manuals and translations are not unpacked: dpkg(1).\n${rules.join("\n")}\n`;
}

const IN_SLIM = /^usr\/share\/(?:doc\/(?:.*\/)?copyright|locale\/locale\.alias)$/s;

/** True for files that a slim image leaves out. */
export function isLeftOutOfSlim(path: string): boolean {
  const [, name = ""] = /^usr\/share\/([^/]+)\//.exec(path) ?? [];
  return LEFT_OUT.includes(name) && !IN_SLIM.test(path);
}
