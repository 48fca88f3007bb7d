import { existsSync } from "node:fs";
import { join } from "node:path";
import { formatPlatform, hostPlatform, type Platform } from "../../image/platform.ts";
import { DistillError } from "../../lib/errors.ts";
import type { RunStep } from "../../plan/run-step.ts";
import type { Tree } from "../../rootfs/tree.ts";
import type { StepSite } from "../steps/transfer.ts";

/** UNSUPPORTED for what no program gets. */
export function refuseWhatIsNotThere({ security, devices }: RunStep): void {
  const device = devices.find(({ required }) => required);
  if (security === "insecure") {
    throw new DistillError(
      "UNSUPPORTED",
      "RUN --security=insecure is not supported: no program gets all capabilities",
      {
        hint: "leave the flag out",
      },
    );
  }
  if (device === undefined) return;
  throw new DistillError(
    "UNSUPPORTED",
    `RUN --device=${device.name} is not supported: there are no devices of this machine`,
    {
      hint: "leave the flag out, or say required=false",
    },
  );
}

/** The kernel runs programs of its own processor, and those of others where somebody has registered an interpreter. */
export function refuseForeign({ run, stage }: StepSite): void {
  const { platform } = run.plan.stages.find(({ name }) => name === stage)?.written ?? run.plan;
  const own = hostPlatform();
  if (platform.architecture === own.architecture || hasInterpreter(platform)) return;
  throw new DistillError(
    "ENVIRONMENT",
    `programs for ${formatPlatform(platform)} do not run on this machine, which is ${formatPlatform(own)}`,
    {
      hint: "let the stage begin with FROM --platform=$BUILDPLATFORM, build on such a machine, or: apt install qemu-user-static",
    },
  );
}

function hasInterpreter({ architecture }: Platform): boolean {
  const name = { arm64: "qemu-aarch64", amd64: "qemu-x86_64" }[architecture] ?? `qemu-${architecture}`;
  return existsSync(join("/proc/sys/fs/binfmt_misc", name));
}

/** A program that is named by its whole path, as shells are, is looked for before anything is mounted. */
export function refuseMissing({ arguments: [program = ""], mounts }: RunStep, lower: Tree): void {
  if (!program.startsWith("/") || lower.find(program) !== undefined) return;
  if (mounts.some(({ target }) => target !== undefined && (program === target || program.startsWith(`${target}/`))))
    return;
  const isShell = program === "/bin/sh";
  throw new DistillError("NO_SUCH_PATH", `${program} is not in the image, and RUN needs it`, {
    hint: isShell
      ? 'images without a shell run what is in them with RUN ["/PROGRAM", "ARGUMENT"]; let another stage do the work, and COPY --from it'
      : "check the path, and in which stage the program is installed",
  });
}
