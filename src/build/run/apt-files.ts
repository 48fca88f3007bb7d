import type { Tree } from "../../rootfs/tree.ts";
import { type StandingFile, standingFile } from "./network-files.ts";

/** With one user, apt cannot become the one that it fetches packages as; it is to stay root. */
export function aptFiles(tree: Tree): readonly StandingFile[] {
  const directory = "/etc/apt/apt.conf.d";
  if (tree.find(directory)?.node.type !== "directory") return [];
  return [standingFile(`${directory}/99distill`, 'APT::Sandbox::User "root";\n')];
}
