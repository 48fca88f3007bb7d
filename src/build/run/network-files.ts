import { readFileSync } from "node:fs";
import type { MountSource } from "../../sandbox/job.ts";

/** Where systemd's resolver tells the servers that it asks itself. */
const REAL_SERVERS = "/run/systemd/resolve/resolv.conf";

/** A file that is there while a program runs. */
export interface StandingFile {
  readonly target: string;
  readonly type: "file";
  open(): Promise<MountSource>;
}

/** How names are found: those of this machine, and the name of the program's own. */
export function networkFiles(hostname: string, network: "host" | "none"): readonly StandingFile[] {
  const hosts = `127.0.0.1\tlocalhost ${hostname}\n::1\tlocalhost ip6-localhost ip6-loopback\n`;
  const servers = network === "none" ? "" : serversOf();
  return [standingFile("/etc/hosts", hosts), standingFile("/etc/resolv.conf", servers)];
}

function serversOf(): string {
  for (const path of ["/etc/resolv.conf", REAL_SERVERS]) {
    try {
      return readFileSync(path, "utf8");
    } catch {
      // There may be none.
    }
  }
  return "";
}

/** A file of this text that nobody may change. */
export function standingFile(target: string, text: string): StandingFile {
  const content = Buffer.from(text, "utf8");
  const source = { kind: "memory", content, mode: 0o644, uid: 0, gid: 0, writable: false } as const;
  return { target, type: "file", open: async () => source };
}
