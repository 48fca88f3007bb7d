import type { DebianRelease } from "../../debian/releases.ts";
import type { ContainerConfig, HistoryEntry } from "../../image/config.ts";
import { digestOf } from "../../lib/digest.ts";
import type { Toolchain } from "../catalogue/toolchains.ts";
import type { Asked } from "../lock/lock.ts";
import type { ComposeRecord } from "../record.ts";
import { layerTitle, systemPlans } from "./system-plans.ts";
import type { SystemRequest } from "./system-request.ts";

const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

const SYSTEM_CONFIG: ContainerConfig = { Env: [`PATH=${PATH}`], Cmd: ["bash"] };

/** What is known of an image before it is composed: all but of those whose packages decide what they say of themselves. */
export function knownBefore(
  request: SystemRequest,
): { readonly config: ContainerConfig; readonly history: readonly HistoryEntry[] } | undefined {
  if (request.toolchain !== undefined) return undefined;
  const history = systemPlans(request).map((plan) => ({ created_by: layerTitle(plan, request) }));
  return { config: SYSTEM_CONFIG, history };
}

/** What a container starts with, as the official image of the name has it. */
export function systemConfig({ suite, toolchain }: SystemRequest, record: ComposeRecord): ContainerConfig {
  if (toolchain === undefined) return SYSTEM_CONFIG;
  const version = versionOf(toolchain, suite, record) ?? toolchain.versions[suite];
  if (toolchain.name === "python") {
    return { Env: [`PATH=${PATH}`, "LANG=C.UTF-8", `PYTHON_VERSION=${version}`], Cmd: ["python3"] };
  }
  return {
    Env: [`PATH=/go/bin:/usr/local/go/bin:${PATH}`, `GOLANG_VERSION=${version}`, "GOTOOLCHAIN=local", "GOPATH=/go"],
    Cmd: ["bash"],
    WorkingDir: "/go",
  };
}

/** How what was composed differs from what the name asks for: "Python 3.13.5 of Debian trixie, not 3.12". */
export function differenceOf({ suite, toolchain, version }: SystemRequest, record: ComposeRecord): string | undefined {
  if (toolchain === undefined || version === undefined) return undefined;
  const found = versionOf(toolchain, suite, record) ?? toolchain.versions[suite];
  if (found === version || found.startsWith(`${version}.`)) return undefined;
  return `${toolchain.language} ${found} of Debian ${suite}, not ${version}`;
}

/** Of the language, without what Debian adds: "3.13.5". */
function versionOf(toolchain: Toolchain, suite: DebianRelease, { packages }: ComposeRecord): string | undefined {
  const name = toolchain.versionPackage(toolchain.versions[suite]);
  const version = packages.find((each) => each.name === name)?.version;
  return version === undefined ? undefined : /^(?:\d+:)?(\d+(?:\.\d+)*)/.exec(version)?.[1];
}

/** What decides which packages are chosen: see lock/asked.ts. */
export function askedOfSystem(request: SystemRequest): Asked {
  const { suite, toolchain } = request;
  const plans = systemPlans(request).map(({ name, packages }) => ({ name, packages }));
  return { base: toolchain?.name ?? "debian", suite, rules: digestOf(JSON.stringify(plans)) };
}
