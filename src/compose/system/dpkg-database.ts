import { createHash } from "node:crypto";
import type { ControlFile } from "../../debian/deb/unpack-deb.ts";
import { bytesContent, type Content, readContent, streamContent, textContent } from "../../rootfs/content.ts";
import type { Attributer } from "../../rootfs/node.ts";
import type { Owner } from "../../rootfs/owner.ts";
import { parentOf, pathFromBytes, pathFromText } from "../../rootfs/path.ts";
import type { TreeEditor } from "../../rootfs/tree-editor.ts";
import type { Payload } from "../packages/payload.ts";
import { fileTriggers } from "./file-triggers.ts";

const DIRECTORY = "/var/lib/dpkg";
const MAX_STATUS = 64 * 1024 ** 2;
const DATABASE: Owner = { kind: "composed", piece: "dpkg database" };

/**
 * Enters packages that were unpacked onto a tree into dpkg's database (dpkg(1), "Package states"), as unpacked and not yet
 * configured: the status file, what their archives have beside `control`, the lists of their files, and the triggers that
 * their files set off in packages that are installed. Their files have to be in the tree.
 */
export async function enterPackages(
  editor: TreeEditor,
  attributer: Attributer,
  payloads: readonly Payload[],
): Promise<void> {
  const write = (path: string, content: Content, mode = 0o644): void => {
    const at = pathFromText(`${DIRECTORY}/${path}`);
    editor.makeDirectories(parentOf(at), attributer.of({ mode: 0o755, owner: DATABASE }));
    const attributes = attributer.of({ mode, owner: DATABASE });
    editor.put(at, { type: "file", attributes, content, inode: undefined });
  };
  const triggered = await fileTriggers(editor, payloads);
  const stanzas = [await readText(editor, "status")];
  for (const payload of payloads) {
    const { package: of, control, controlFiles = [], members } = payload;
    const name = of.multiArch === "same" ? `${of.name}:${of.architecture}` : of.name;
    for (const { name: kind, mode, bytes } of controlFiles) write(`info/${name}.${kind}`, bytesContent(bytes), mode);
    const paths = members.map(({ header }) => `/${header.path.replace(/^\.?\//, "").replace(/\/$/, "") || "."}\n`);
    write(`info/${name}.list`, bytesContent(Buffer.from(paths.join(""), "latin1")));
    stanzas.push(`${trimmed(control)}\nStatus: install ok unpacked\n${await conffiles(editor, controlFiles)}\n`);
  }
  write("info/format", textContent("1\n"));
  write("status", bytesContent(Buffer.from(stanzas.join(""), "latin1")));
  if (triggered.length > 0) write("triggers/Unincorp", textContent(triggered.map((each) => `${each} -\n`).join("")));
  for (const directory of ["updates", "triggers"]) {
    editor.makeDirectories(pathFromText(`${DIRECTORY}/${directory}`), attributer.of({ mode: 0o755, owner: DATABASE }));
  }
}

/** Bytes as latin1. */
async function readText(editor: TreeEditor, name: string): Promise<string> {
  const node = editor.get(pathFromText(`${DIRECTORY}/${name}`));
  if (node?.type !== "file") return "";
  return Buffer.from(await readContent(node.content, MAX_STATUS)).toString("latin1");
}

function trimmed(control: Uint8Array): string {
  return Buffer.from(control).toString("latin1").replace(/\n+$/, "");
}

/** The field of the status file: each configuration file with the MD5 of what the package has, which is what is there. */
async function conffiles(editor: TreeEditor, controlFiles: readonly ControlFile[]): Promise<string> {
  const listed = controlFiles.find(({ name }) => name === "conffiles");
  if (listed === undefined) return "";
  const lines: string[] = [];
  for (const line of Buffer.from(listed.bytes).toString("latin1").split("\n")) {
    const [, flag, path] = /^(?:(remove-on-upgrade)\s+)?(\/.*?)\s*$/.exec(line) ?? [];
    if (path === undefined) continue;
    const node = editor.follow(pathFromBytes(path)).node;
    const hash = node?.type === "file" && flag === undefined ? await md5(node.content) : "newconffile";
    lines.push(` ${path} ${hash}${flag === undefined ? "" : ` ${flag}`}\n`);
  }
  return lines.length === 0 ? "" : `Conffiles:\n${lines.join("")}`;
}

async function md5(content: Content): Promise<string> {
  const hash = createHash("md5");
  for await (const chunk of streamContent(content)) hash.update(chunk);
  return hash.digest("hex");
}
