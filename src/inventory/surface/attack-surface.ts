import type { ContainerConfig } from "../../image/config.ts";
import { bytesOfText, comparePaths } from "../../rootfs/path.ts";
import type { Tree } from "../../rootfs/tree.ts";
import type { Warn } from "../warn.ts";
import { findPrivileges, type Privileges } from "./privileges.ts";
import { type FoundPrograms, findPrograms } from "./programs.ts";
import { type EffectiveUser, findUsers, type LoginUser } from "./users.ts";

/** What an image offers to whoever got into a container of it, or knocks at its door. */
export interface AttackSurface extends FoundPrograms, Privileges {
  readonly loginUsers: readonly LoginUser[];
  readonly user: EffectiveUser;
  /** As the config says: `8080/tcp`. */
  readonly ports: readonly string[];
}

const USUAL_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/busybox";
const MAX_PATH_ENTRIES = 100;

/** Looks at the whole tree of an image, and at what its containers start with. What could not be read is told. */
export async function attackSurface(tree: Tree, config: ContainerConfig, warn: Warn): Promise<AttackSurface> {
  const { login: loginUsers, effective: user } = await findUsers(tree, config.User ?? "", warn);
  return {
    ...(await findPrograms(tree, searchPath(config), warn)),
    ...findPrivileges(tree),
    loginUsers,
    user,
    ports: Object.keys(config.ExposedPorts ?? {}).sort(comparePaths),
  };
}

function searchPath({ Env = [] }: ContainerConfig): readonly string[] {
  const own = Env.findLast((each) => each.startsWith("PATH="))?.slice("PATH=".length) ?? "";
  const all = `${own}:${USUAL_PATH}`.split(":").filter((each) => each.startsWith("/"));
  return [...new Set(all)].slice(0, MAX_PATH_ENTRIES).map(bytesOfText);
}
