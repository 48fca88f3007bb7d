import type {
  ArgInstruction,
  EnvInstruction,
  ExposeInstruction,
  LabelInstruction,
  OnbuildInstruction,
  TextInstruction,
  VolumeInstruction,
} from "../instruction.ts";
import { quoted } from "../quoted.ts";
import { argumentValue } from "../scope.ts";
import type { Pair, Statement } from "../statement.ts";
import { absolutePath } from "./image-paths.ts";
import { readPorts } from "./ports.ts";
import { isSignal } from "./signals.ts";
import { expand, expandWords, placeOf, type Site } from "./site.ts";
import type { StageBuilder } from "./stage-builder.ts";

/** All of one ENV see the variables as they were before it. */
export function applyEnv(site: Site, builder: StageBuilder, { pairs, statement }: EnvInstruction): void {
  const expanded = expandPairs(site, builder, pairs);
  for (const [name, value] of expanded) builder.variables.setEnvironment(name, value);
  note(site, builder, statement, `ENV ${shownPairs(expanded)}`);
}

export function applyLabel(site: Site, builder: StageBuilder, { pairs, statement }: LabelInstruction): void {
  const expanded = expandPairs(site, builder, pairs);
  builder.config.Labels = { ...builder.config.Labels, ...Object.fromEntries(expanded) };
  note(site, builder, statement, `LABEL ${shownPairs(expanded)}`);
}

export function applyArg(site: Site, builder: StageBuilder, instruction: ArgInstruction): void {
  const { variables } = builder;
  const shown: string[] = [];
  for (const argument of instruction.arguments) {
    const name = argument.name.text;
    const value = argumentValue(argument, {
      user: site.given,
      around: site.globals,
      expand: (word) => expand(site, builder, word),
    });
    variables.declare(name, value);
    shown.push(value === undefined ? name : `${name}=${value}`);
  }
  note(site, builder, instruction.statement, `ARG ${shown.join(" ")}`);
}

export function applyExpose(site: Site, builder: StageBuilder, { ports, statement }: ExposeInstruction): void {
  const exposed = ports.flatMap((word) =>
    expandWords(site, builder, word).flatMap((text) => readPorts(text, (message) => site.source.error(word, message))),
  );
  builder.config.ExposedPorts = { ...builder.config.ExposedPorts, ...emptyValues(exposed) };
  note(site, builder, statement, `EXPOSE [${exposed.toSorted().join(" ")}]`);
}

export function applyVolume(site: Site, builder: StageBuilder, { paths, statement }: VolumeInstruction): void {
  const volumes = paths.map((word) => {
    const path = expand(site, builder, word);
    if (path === "") throw site.source.error(word, `a volume needs a path; ${quoted(word.text)} is empty here`);
    return path;
  });
  builder.config.Volumes = { ...builder.config.Volumes, ...emptyValues(volumes) };
  note(site, builder, statement, `VOLUME [${volumes.join(" ")}]`);
}

/** WORKDIR, USER, STOPSIGNAL and MAINTAINER. */
export function applyText(site: Site, builder: StageBuilder, instruction: TextInstruction): void {
  const { kind, value, statement } = instruction;
  switch (kind) {
    case "WORKDIR":
      applyWorkdir(site, builder, instruction);
      break;
    case "USER": {
      const user = expand(site, builder, value);
      builder.config.User = user;
      note(site, builder, statement, `USER ${user}`);
      break;
    }
    case "STOPSIGNAL": {
      const signal = expand(site, builder, value);
      if (!isSignal(signal)) {
        throw site.source.error(value, `${quoted(signal)} is no signal`, { hint: "such as SIGTERM, TERM or 15" });
      }
      builder.config.StopSignal = signal;
      note(site, builder, statement, `STOPSIGNAL ${signal}`);
      break;
    }
    case "MAINTAINER":
      builder.author = value.text;
      note(site, builder, statement, `MAINTAINER ${value.text}`);
  }
}

/** Kept for those who build on the image; it has no entry in the history. */
export function applyOnbuild(site: Site, builder: StageBuilder, instruction: OnbuildInstruction): void {
  const { expression, statement } = instruction;
  builder.config.OnBuild = [...(builder.config.OnBuild ?? []), expression];
  builder.addStep({ kind: "config", text: `ONBUILD ${expression}`, place: placeOf(site, statement) });
}

/** A step that changes no files, with its entry in the history. */
export function note(site: Site, builder: StageBuilder, statement: Statement, text: string): void {
  builder.addStep({ kind: "config", text, place: placeOf(site, statement) });
  builder.addHistory(text, { layer: false });
}

function applyWorkdir(site: Site, builder: StageBuilder, { value, statement }: TextInstruction): void {
  const written = expand(site, builder, value);
  // An absolute path stays as it was written.
  const path = written.startsWith("/") ? written : absolutePath(builder.directory, written);
  const text = `WORKDIR ${path}`;
  builder.config.WorkingDir = path;
  if (absolutePath("/", path) === "/") note(site, builder, statement, text);
  else {
    builder.addStep({
      kind: "workdir",
      text,
      place: placeOf(site, statement),
      path: absolutePath("/", path),
      user: builder.user,
    });
    builder.addHistory(text, { layer: true });
  }
}

function expandPairs(site: Site, builder: StageBuilder, pairs: readonly Pair[]): readonly [string, string][] {
  return pairs.map(({ name, value }) => [expand(site, builder, name), expand(site, builder, value)]);
}

function shownPairs(pairs: readonly [string, string][]): string {
  return pairs.map(([name, value]) => `${name}=${value}`).join(" ");
}

function emptyValues(keys: readonly string[]): Readonly<Record<string, object>> {
  return Object.fromEntries(keys.map((key) => [key, {}]));
}
