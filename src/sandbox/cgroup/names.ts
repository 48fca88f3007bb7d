import { ownIdentity, type ProcessIdentity } from "../../lib/process-identity.ts";

let given = 0;

/** A name for a group of this process that no other process gives, and that says whose it is. */
export function newGroupName(owner: ProcessIdentity = ownIdentity()): string {
  const start = owner.process.slice(owner.process.indexOf("/") + 1);
  const namespace = /\d+/.exec(owner.namespace)?.[0] ?? "0";
  return `distill-${owner.pid}-${start || "0"}-${namespace}-${++given}`;
}

/** The process that gave a name, in this boot of the machine: no group outlives that. Undefined for a name of others. */
export function ownerOf(name: string, own: ProcessIdentity = ownIdentity()): ProcessIdentity | undefined {
  const [, pid, start, namespace] = /^distill-(\d{1,10})-(\d{1,20})-(\d{1,20})-\d+$/.exec(name) ?? [];
  if (pid === undefined || own.process === "") return undefined;
  const boot = own.process.slice(0, own.process.indexOf("/"));
  return { pid: Number(pid), process: `${boot}/${start}`, namespace: `pid:[${namespace}]` };
}
