import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runProgram } from "./engine.ts";
import { unlessTools } from "./tools.ts";

/** For a test's `skip` option: false, or why podman cannot be used here. */
export function unlessPodman(): false | string {
  return process.getuid?.() === 0 ? unlessTools("podman", "runc") : "needs root for podman";
}

/** podman with a storage of the test's own. */
export class Podman {
  readonly #directory = mkdtempSync(join(tmpdir(), "distill-podman-"));

  /** Runs podman; a status other than 0 is an error that shows what was printed. */
  async must(...args: readonly string[]): Promise<string> {
    const at = (name: string): string => join(this.#directory, name);
    const places = ["--root", at("root"), "--runroot", at("run"), "--tmpdir", at("tmp")];
    const means = ["--storage-driver", "vfs", "--cgroup-manager", "cgroupfs", "--runtime", "/usr/sbin/runc"];
    const { status, stdout, stderr } = await runProgram("podman", [...places, ...means, ...args], { timeout: 120_000 });
    if (status !== 0) throw new Error(`podman ${args.join(" ")} ended with ${status}:\n${stdout}${stderr}`);
    return stdout;
  }

  /** The output of the image's program, without network and with limits that any container may have. */
  run(image: string): Promise<string> {
    const limits = ["--ulimit", "nofile=4096:4096", "--ulimit", "nproc=4096:4096"];
    return this.must("run", "--rm", "--network", "none", ...limits, image);
  }

  async remove(): Promise<void> {
    await this.must("rmi", "--all", "--force");
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
