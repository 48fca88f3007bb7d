import { heredocContent } from "../../src/dockerfile/heredocs.ts";
import type {
  AddInstruction,
  ArgInstruction,
  Command,
  CopyInstruction,
  CopySource,
  Dockerfile,
  Instruction,
  MountFlag,
  RunInstruction,
} from "../../src/dockerfile/instruction.ts";
import { type Mount, readMount } from "../../src/dockerfile/mount.ts";
import type { Source, Word } from "../../src/dockerfile/source.ts";
import type { Pair, Statement } from "../../src/dockerfile/statement.ts";
import { isDistillError } from "../../src/lib/errors.ts";

/** Stands for the words in which BuildKit refuses a mount; ours are others. */
export const REFUSED = "refused";

/** Instructions in the form in which the shared cases hold BuildKit's. */
export interface BuildkitFile {
  readonly metaArgs?: readonly BuildkitCommand[];
  readonly stages: readonly {
    readonly Name: string;
    readonly BaseName: string;
    readonly Platform: string;
    readonly Commands: readonly BuildkitCommand[] | null;
  }[];
}

export type BuildkitCommand = { readonly type: string } & Readonly<Record<string, unknown>>;

/** What BuildKit's typed instructions are for the same file. */
export function buildkitFile({ source, globalArguments, stages }: Dockerfile): BuildkitFile {
  return {
    ...(globalArguments.length > 0 ? { metaArgs: globalArguments.map((each) => argCommand(each)) } : {}),
    stages: stages.map(({ name, from, instructions }) => ({
      Name: name ?? "",
      BaseName: from.image.text,
      Platform: textOf(from.platform),
      Commands: instructions.length > 0 ? instructions.map((each) => command(source, each)) : null,
    })),
  };
}

function command(source: Source, instruction: Instruction): BuildkitCommand {
  const { kind, statement } = instruction;
  switch (kind) {
    case "FROM":
      throw new Error("FROM begins a stage");
    case "ARG":
      return argCommand(instruction);
    case "RUN":
      return runCommand(source, instruction);
    case "COPY":
      return {
        type: "CopyCommand",
        ...copied(instruction),
        From: textOf(instruction.from),
        Parents: instruction.parents,
      };
    case "ADD":
      return {
        type: "AddCommand",
        ...copied(instruction),
        Checksum: textOf(instruction.checksum),
        KeepGitDir: instruction.keepGitDir ?? null,
        Unpack: instruction.unpack ?? null,
      };
    case "ENV":
      return { type: "EnvCommand", Env: instruction.pairs.map(keyValue) };
    case "LABEL":
      return { type: "LabelCommand", Labels: instruction.pairs.map(keyValue) };
    case "CMD":
      return { type: "CmdCommand", ...commandLine(statement, instruction.command) };
    case "ENTRYPOINT":
      return { type: "EntrypointCommand", ...commandLine(statement, instruction.command) };
    case "SHELL":
      return { type: "ShellCommand", Shell: instruction.shell.map(textOf) };
    case "EXPOSE":
      return { type: "ExposeCommand", Ports: instruction.ports.map(textOf).sort() };
    case "VOLUME":
      return { type: "VolumeCommand", Volumes: instruction.paths.map(textOf) };
    case "WORKDIR":
      return { type: "WorkdirCommand", Path: instruction.value.text };
    case "USER":
      return { type: "UserCommand", User: instruction.value.text };
    case "STOPSIGNAL":
      return { type: "StopSignalCommand", Signal: instruction.value.text };
    case "MAINTAINER":
      return { type: "MaintainerCommand", Maintainer: instruction.value.text };
    case "HEALTHCHECK":
      return { type: "HealthCheckCommand", Health: health(instruction.check) };
    case "ONBUILD":
      return { type: "OnbuildCommand", Expression: instruction.expression };
  }
}

function argCommand({ arguments: given, statement }: ArgInstruction): BuildkitCommand {
  const Args = given.map(({ name, value }) => ({
    Key: name.text,
    Value: value?.text ?? null,
    DocComment: description(statement, name.text),
  }));
  return { type: "ArgCommand", Args };
}

function description({ comments }: Statement, name: string): string {
  return comments.find(({ text }) => text.startsWith(`${name} `))?.text.slice(name.length + 1) ?? "";
}

function commandLine({ heredocs }: Statement, line: Command) {
  const words = line.form === "exec" ? line.arguments.map(textOf) : line.text.text === "" ? [] : [line.text.text];
  const files = heredocs.map(({ name, content, stripTabs }) => ({ Name: name, Data: content, Chomp: stripTabs }));
  return { CmdLine: words, Files: files.length > 0 ? files : null, PrependShell: line.form === "shell" };
}

function runCommand(source: Source, instruction: RunInstruction): BuildkitCommand {
  const { statement, command: line, mounts, network, security } = instruction;
  const used = statement.flags.map(({ text }) => /^--([^=]*)/.exec(text)?.[1] ?? "");
  return {
    type: "RunCommand",
    ...commandLine(statement, line),
    FlagsUsed: [...new Set(used)],
    ...mountsOf(source, mounts),
    Network: network,
    Security: security,
  };
}

/** Mounts of a flag that says nothing that can be used, as BuildKit has them before it looks at the values. */
const UNREAD = {
  Type: "bind",
  Source: "",
  Target: "",
  ReadOnly: true,
  SizeLimit: 0,
  CacheID: "",
  CacheSharing: "",
  Required: false,
  Env: null,
  Mode: null,
  UID: null,
  GID: null,
};

function mountsOf(source: Source, mounts: readonly MountFlag[]) {
  try {
    return { Mounts: mounts.map((flag) => mountOf(readMount(flag, source, (value) => value))) };
  } catch (error) {
    if (!isDistillError(error, "CONFIG_INVALID")) throw error;
    return { Mounts: mounts.map(({ from }) => ({ ...UNREAD, From: textOf(from) })), expandError: REFUSED };
  }
}

function mountOf(mount: Mount) {
  return {
    Type: mount.type,
    From: "from" in mount ? (mount.from ?? "") : "",
    Source: "source" in mount ? (mount.source ?? "") : "",
    Target: mount.target ?? "",
    ReadOnly: mount.readOnly,
    SizeLimit: "size" in mount ? (mount.size ?? 0) : 0,
    CacheID: "id" in mount ? (mount.id ?? "") : "",
    CacheSharing: "sharing" in mount ? (mount.sharing ?? "") : "",
    Required: "required" in mount ? mount.required : false,
    Env: "env" in mount ? (mount.env ?? null) : null,
    Mode: "mode" in mount ? (mount.mode ?? null) : null,
    UID: "uid" in mount ? (mount.uid ?? null) : null,
    GID: "gid" in mount ? (mount.gid ?? null) : null,
  };
}

function copied({ sources, destination, chown, chmod, link, exclude }: CopyInstruction | AddInstruction) {
  const paths = sources.flatMap((each) => (each.kind === "path" ? [each.path.text] : []));
  const contents = sources.flatMap((each) => (each.kind === "heredoc" ? [sourceContent(each)] : []));
  return {
    SourcePaths: paths.length > 0 ? paths : null,
    SourceContents: contents.length > 0 ? contents : null,
    DestPath: destination.text,
    Chown: textOf(chown),
    Chmod: textOf(chmod),
    Link: link,
    ExcludePatterns: exclude.length > 0 ? exclude.map(textOf) : null,
  };
}

function sourceContent({ heredoc }: Extract<CopySource, { kind: "heredoc" }>) {
  return { Path: heredoc.name, Data: heredocContent(heredoc), Expand: heredoc.expand };
}

function keyValue({ name, value, delimited }: Pair) {
  return { Key: name.text, Value: value.text, NoDelim: !delimited };
}

function health(check: Extract<Instruction, { kind: "HEALTHCHECK" }>["check"]) {
  if (check === undefined) return { Test: ["NONE"] };
  const { command: line, interval, timeout, startPeriod, startInterval, retries } = check;
  const times = { Interval: interval, Timeout: timeout, StartPeriod: startPeriod, StartInterval: startInterval };
  return {
    Test: line.form === "exec" ? ["CMD", ...line.arguments.map(textOf)] : ["CMD-SHELL", line.text.text],
    ...Object.fromEntries(Object.entries({ ...times, Retries: retries }).filter(([, value]) => value !== undefined)),
  };
}

function textOf(word: Word | undefined): string {
  return word?.text ?? "";
}
