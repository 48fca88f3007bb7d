import type { ContainerConfig } from "../../image/config.ts";
import type { MetaStep } from "../../plan/plan.ts";

/** The config with the step's changes: lists are replaced, an entrypoint drops the inherited cmd, maps are merged. */
export function applyMeta(config: ContainerConfig, step: MetaStep): ContainerConfig {
  const { Cmd: inheritedCmd, ...rest } = config;
  const cmd = step.cmd ?? (step.entrypoint === undefined ? inheritedCmd : undefined);
  return {
    ...rest,
    ...(cmd === undefined ? {} : { Cmd: cmd }),
    ...(step.entrypoint === undefined ? {} : { Entrypoint: step.entrypoint }),
    ...(step.env === undefined ? {} : { Env: mergeEnv(config.Env ?? [], step.env) }),
    ...(step.workdir === undefined ? {} : { WorkingDir: step.workdir }),
    ...(step.user === undefined ? {} : { User: step.user }),
    ...(step.ports === undefined ? {} : { ExposedPorts: mergePorts(config.ExposedPorts, step.ports) }),
    ...(step.labels === undefined ? {} : { Labels: { ...config.Labels, ...step.labels } }),
  };
}

/** Variables keep their place; new ones follow in the order given. */
export function mergeEnv(env: readonly string[], changes: Readonly<Record<string, string>>): readonly string[] {
  const merged = new Map(env.map((line) => splitVariable(line)));
  for (const [name, value] of Object.entries(changes)) merged.set(name, value);
  return Array.from(merged, ([name, value]) => `${name}=${value}`);
}

function splitVariable(line: string): [string, string] {
  const at = line.indexOf("=");
  return at < 0 ? [line, ""] : [line.slice(0, at), line.slice(at + 1)];
}

function mergePorts(
  present: ContainerConfig["ExposedPorts"],
  ports: readonly string[],
): Readonly<Record<string, object>> {
  return { ...present, ...Object.fromEntries(ports.map((port) => [port, {}])) };
}
