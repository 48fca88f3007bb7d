import { formatPlatform, type Platform } from "../../image/platform.ts";
import type { Dockerfile } from "../instruction.ts";
import { argumentValue, expandIn } from "../scope.ts";
import type { PlanRequest } from "./request.ts";

/**
 * What FROM sees: arguments of the platforms, and those before the first FROM, with the values that the user gave. An ARG
 * of a stage without a default takes its value from here.
 */
export function globalVariables(
  { source, directives, globalArguments }: Dockerfile,
  request: Pick<PlanRequest, "arguments" | "platform" | "buildPlatform" | "target">,
): ReadonlyMap<string, string> {
  const variables = platformVariables(request);
  for (const name of variables.keys()) {
    const given = request.arguments.get(name);
    if (given !== undefined) variables.set(name, given);
  }
  const lookup = (name: string): string | undefined => variables.get(name);
  for (const { arguments: declared } of globalArguments) {
    for (const argument of declared) {
      const value = argumentValue(argument, {
        user: request.arguments,
        around: variables,
        expand: (word) => expandIn(source, word, { escape: directives.escape, lookup }).text,
      });
      if (value !== undefined) variables.set(argument.name.text, value);
    }
  }
  return variables;
}

function platformVariables({
  platform,
  buildPlatform,
  target,
}: Pick<PlanRequest, "platform" | "buildPlatform" | "target">): Map<string, string> {
  return new Map([
    ...named("BUILD", buildPlatform),
    ...named("TARGET", platform),
    ["TARGETSTAGE", target === undefined || target === "" ? "default" : target],
  ]);
}

function named(prefix: string, platform: Platform): readonly (readonly [string, string])[] {
  return [
    [`${prefix}PLATFORM`, formatPlatform(platform)],
    [`${prefix}OS`, platform.os],
    [`${prefix}OSVERSION`, ""],
    [`${prefix}ARCH`, platform.architecture],
    [`${prefix}VARIANT`, platform.variant ?? ""],
  ];
}
