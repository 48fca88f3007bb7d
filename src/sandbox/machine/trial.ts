import { bytesContent } from "../../rootfs/content.ts";
import { wholeTree } from "../../rootfs/diff.ts";
import { Attributer } from "../../rootfs/node.ts";
import { UNKNOWN_OWNER } from "../../rootfs/owner.ts";
import { pathFromText, ROOT } from "../../rootfs/path.ts";
import type { Tree } from "../../rootfs/tree.ts";
import { TreeEditor } from "../../rootfs/tree-editor.ts";
import type { Lease } from "../../store/leases.ts";
import type { Store } from "../../store/store.ts";
import { findTargets } from "../root/targets.ts";
import type { Sandbox } from "../sandbox.ts";
import { type Machine, thisMachine } from "../seccomp/syscalls.ts";

/** What came of running a program. */
export type Trial =
  | { readonly works: true /** Whether the kernel filters its system calls. */; readonly filtered: boolean }
  | { readonly works: false; readonly why: string };

/** Exit status of the program where unshare(2) succeeds; with its error number added where it does not. */
const SUCCESS = 40;
const EPERM = 1;

/** Programs that call unshare(0), which changes nothing, and end with what came of it. Offsets of ELF headers are below. */
const CODE: Readonly<Record<Machine, { readonly elf: number; readonly code: string }>> = {
  // mov $272,%eax; xor %edi,%edi; syscall; neg %eax; add $40,%eax; mov %eax,%edi; mov $60,%eax; syscall
  "x86-64": { elf: 62, code: "b81001000031ff0f05f7d883c02889c7b83c0000000f05" },
  // mov x8,#97; mov x0,#0; svc #0; neg w0,w0; add w0,w0,#40; mov x8,#93; svc #0
  aarch64: { elf: 183, code: "280c80d2000080d2010000d4e003004b00a00011a80b80d2010000d4" },
};

const ADDRESS = 0x40_0000;
const HEADERS = 64 + 56;

/** Runs a program in a root file system that holds nothing else. It says no more of a failure than the executor did. */
export async function tryOut(sandbox: Sandbox, store: Store, lease: Lease): Promise<Trial> {
  const machine = thisMachine();
  if (machine === undefined) return { works: false, why: "RUN needs Linux on x86-64 or 64-bit ARM" };
  let messages = "";
  try {
    const tree = treeWith(programFor(machine));
    const [lower, upper] = [store.draftSnapshot(lease), store.draftSnapshot(lease)];
    await sandbox.files.unpack(wholeTree(tree), lower, undefined);
    const status = await sandbox.run(
      {
        ...{ lowers: [lower.directory], upper, environment: [], directory: ROOT, signal: undefined, mounts: [] },
        ...{ arguments: ["/trial"], user: { uid: 0, gid: 0, groups: [] }, hostname: "localhost", network: "none" },
        stubs: findTargets(tree, []).stubs,
        onOutput: (chunk) => {
          messages = (messages + chunk.toString("utf8")).slice(-1000);
        },
      },
      lease,
    );
    if (status === SUCCESS || status === SUCCESS + EPERM) return { works: true, filtered: status !== SUCCESS };
    return { works: false, why: firstLine(messages) || `a program in it ended with status ${status}` };
  } catch (error) {
    return { works: false, why: firstLine(error instanceof Error ? error.message : String(error)) };
  }
}

function firstLine(text: string): string {
  return text.trim().split("\n", 1)[0] ?? "";
}

function treeWith(program: Uint8Array): Tree {
  const attributes = new Attributer();
  const editor = TreeEditor.empty(attributes.of({ mode: 0o755, owner: UNKNOWN_OWNER }));
  editor.put(pathFromText("/trial"), {
    type: "file",
    attributes: attributes.of({ mode: 0o755, owner: UNKNOWN_OWNER }),
    content: bytesContent(program),
    inode: undefined,
  });
  return editor.done();
}

/** One loadable segment over the whole file (elf(5)). */
function programFor(machine: Machine): Uint8Array {
  const { elf, code } = CODE[machine];
  const instructions = Buffer.from(code, "hex");
  const size = BigInt(HEADERS + instructions.length);
  const file = Buffer.alloc(HEADERS);
  // Magic, 64 bits, little endian, version 1.
  file.write("7f454c46020101", 0, "hex");
  // ET_EXEC, machine, version.
  file.writeUInt16LE(2, 16);
  file.writeUInt16LE(elf, 18);
  file.writeUInt32LE(1, 20);
  // Entry, program headers, their place and number.
  file.writeBigUInt64LE(BigInt(ADDRESS + HEADERS), 24);
  file.writeBigUInt64LE(64n, 32);
  file.writeUInt16LE(64, 52);
  file.writeUInt16LE(56, 54);
  file.writeUInt16LE(1, 56);
  // PT_LOAD, readable and executable, from 0, at the address, its size in the file and in memory, alignment.
  file.writeUInt32LE(1, 64);
  file.writeUInt32LE(5, 68);
  file.writeBigUInt64LE(BigInt(ADDRESS), 80);
  file.writeBigUInt64LE(BigInt(ADDRESS), 88);
  file.writeBigUInt64LE(size, 96);
  file.writeBigUInt64LE(size, 104);
  file.writeBigUInt64LE(0x1_0000n, 112);
  return Buffer.concat([file, instructions]);
}
