import type { Node } from "../../../src/rootfs/node.ts";
import type { Tree } from "../../../src/rootfs/tree.ts";
import type { ImageConfig } from "../../support/catalogue.ts";
import type { Ran } from "../../support/engine.ts";
import { goRegex } from "./go-regex.ts";
import type { Check, CommandCheck, ContentCheck, FileCheck, KeyValue, LicenseCheck, MetadataCheck } from "./spec.ts";

/** The image that checks are made on. */
export interface Subject {
  readonly tree: Tree;
  readonly config: ImageConfig["config"];
  /** Runs a command in place of the image's entrypoint, after those of `setup`, with more environment. */
  readonly run: (check: CommandCheck) => Promise<Ran>;
}

/** What an image has against a check, a line each; none where it passes. */
export async function problemsWith(check: Check, subject: Subject): Promise<readonly string[]> {
  switch (check.kind) {
    case "command":
      return commandProblems(check, await subject.run(check));
    case "file":
      return fileProblems(check, subject.tree);
    case "content":
      return contentProblems(check, subject.tree);
    case "metadata":
      return metadataProblems(check, subject.config);
    case "license":
      return licenseProblems(check, subject.tree);
  }
}

function commandProblems(check: CommandCheck, { status, stdout, stderr }: Ran): readonly string[] {
  return [
    ...(status === check.exitCode ? [] : [`status ${status}, expected ${check.exitCode}: ${stdout}${stderr}`]),
    ...matchProblems("stdout", stdout, check.expectedOutput, check.excludedOutput),
    ...matchProblems("stderr", stderr, check.expectedError, check.excludedError),
  ];
}

function fileProblems(check: FileCheck, tree: Tree): readonly string[] {
  const node = entryAt(tree, check.path);
  if (node === undefined) return check.shouldExist ? [`${check.path} is not there`] : [];
  if (!check.shouldExist) return [`${check.path} is there`];
  const { uid, gid } = node.attributes;
  const problems: string[] = [];
  const compare = (what: string, found: unknown, expected: unknown): void => {
    if (expected !== undefined && found !== expected) problems.push(`${what} ${found}, expected ${expected}`);
  };
  compare("directory", node.type === "directory", check.isDirectory);
  compare("permissions", goMode(node), check.permissions);
  compare("uid", uid, check.uid);
  compare("gid", gid, check.gid);
  if (check.isExecutableBy !== undefined) {
    const bits = { owner: 0o100, group: 0o010, other: 0o001, any: 0o111 }[check.isExecutableBy];
    if (bits === undefined) problems.push(`isExecutableBy: ${check.isExecutableBy} is not known`);
    else if ((modeOf(node) & bits) === 0) problems.push(`not executable by ${check.isExecutableBy}`);
  }
  return problems;
}

async function contentProblems(check: ContentCheck, tree: Tree): Promise<readonly string[]> {
  const node = tree.find(check.path)?.node;
  if (node?.type !== "file") return [`${check.path} is no file`];
  const text = Buffer.from(await node.content.read(0, node.content.size)).toString("utf8");
  return matchProblems(check.path, text, check.expectedContents, check.excludedContents);
}

function metadataProblems(check: MetadataCheck, config: Subject["config"]): readonly string[] {
  const env = new Map((config.Env ?? []).map((each) => split(each)));
  const labels = new Map(Object.entries(config.Labels ?? {}));
  const ports = Object.keys(config.ExposedPorts ?? {}).flatMap((port) => [port, port.replace(/\/.*$/, "")]);
  const volumes = Object.keys(config.Volumes ?? {});
  const same = (what: string, found: unknown, expected: unknown): readonly string[] => {
    const [a, b] = [JSON.stringify(found), JSON.stringify(expected)];
    return expected === undefined || a === b ? [] : [`${what} is ${a}, expected ${b}`];
  };
  return [
    ...check.env.flatMap((each) => valueProblems("variable", env, each)),
    ...check.unboundEnv.filter((key) => env.has(key)).map((key) => `variable ${key} is set`),
    ...check.labels.flatMap((each) => valueProblems("label", labels, each)),
    ...check.exposedPorts.filter((port) => !ports.includes(port)).map((port) => `port ${port} is not exposed`),
    ...check.unexposedPorts.filter((port) => ports.includes(port)).map((port) => `port ${port} is exposed`),
    ...check.volumes.filter((path) => !volumes.includes(path)).map((path) => `${path} is no volume`),
    ...check.unmountedVolumes.filter((path) => volumes.includes(path)).map((path) => `${path} is a volume`),
    ...same("the entrypoint", config.Entrypoint ?? [], check.entrypoint),
    ...same("the command", config.Cmd ?? [], check.cmd),
    ...same("the working directory", config.WorkingDir ?? "", check.workdir),
    ...same("the user", config.User ?? "", check.user),
  ];
}

/** Debian keeps a package's licence in /usr/share/doc/PACKAGE/copyright. */
function licenseProblems({ debian, files }: LicenseCheck, tree: Tree): readonly string[] {
  const docs = debian ? tree.find("/usr/share/doc")?.node : undefined;
  const packages = docs?.type === "directory" ? [...docs.children.keys()] : [];
  const wanted = [...files, ...packages.map((name) => `/usr/share/doc/${name}/copyright`)];
  return wanted.filter((path) => tree.find(path)?.node.type !== "file").map((path) => `${path} is not there`);
}

function matchProblems(
  what: string,
  text: string,
  expected: readonly string[],
  excluded: readonly string[],
): readonly string[] {
  const shown = text.length > 300 ? `${text.slice(0, 300)}...` : text;
  return [
    ...expected.filter((each) => !goRegex(each).test(text)).map((each) => `${what} does not match ${each}: ${shown}`),
    ...excluded.filter((each) => goRegex(each).test(text)).map((each) => `${what} matches ${each}: ${shown}`),
  ];
}

function valueProblems(
  what: string,
  values: ReadonlyMap<string, string>,
  { key, value, isRegex }: KeyValue,
): readonly string[] {
  const found = values.get(key);
  if (found === undefined) return [`${what} ${key} is not set`];
  const fits = isRegex ? goRegex(value).test(found) : found === value;
  return fits ? [] : [`${what} ${key} is ${found}, expected ${value}`];
}

/** The entry itself, links in its parents followed: what a test of existence and of modes looks at. */
function entryAt(tree: Tree, path: string): Node | undefined {
  const clean = path.replace(/\/+$/, "").replace(/^\/+/, "");
  if (clean === "") return tree.root;
  const parent = clean.includes("/") ? clean.slice(0, clean.lastIndexOf("/")) : "";
  const directory = tree.find(`/${parent}`)?.node;
  return directory?.type === "directory" ? directory.children.get(clean.slice(clean.lastIndexOf("/") + 1)) : undefined;
}

function modeOf(node: Node): number {
  return node.type === "symlink" ? 0o777 : node.attributes.mode;
}

/** A mode as Go's fs.FileMode prints it: letters for what it is, "-" without one, then the permissions. */
function goMode(node: Node): string {
  const mode = modeOf(node);
  const special = [mode & 0o4000 ? "u" : "", mode & 0o2000 ? "g" : "", mode & 0o1000 ? "t" : ""].join("");
  const kind = `${{ directory: "d", symlink: "L" }[node.type as string] ?? ""}${special}`;
  const bits = Array.from("rwxrwxrwx", (letter, index) => (mode & (0o400 >> index) ? letter : "-"));
  return `${kind || "-"}${bits.join("")}`;
}

function split(variable: string): [string, string] {
  const at = variable.indexOf("=");
  return [variable.slice(0, at), variable.slice(at + 1)];
}
