/** What a rule is about, in one line. docs/checks.md says why, and what to do. */
export interface Rule {
  readonly name: string;
  readonly description: string;
  /** Found only where `# check=experimental=NAME` asks for it. */
  readonly experimental?: boolean;
}

/** Where docs/checks.md explains a rule. */
export function pageOf(name: string): string {
  return `docs/checks.md#${name.toLowerCase().replace("/", "")}`;
}

/** BuildKit's build checks, by its names, and distill's own. */
export const RULES: readonly Rule[] = [
  { name: "StageNameCasing", description: "Stage names should be lowercase" },
  { name: "FromAsCasing", description: "The 'as' keyword should match the case of the 'from' keyword" },
  { name: "NoEmptyContinuation", description: "Empty continuation lines will become errors in a future release" },
  { name: "ConsistentInstructionCasing", description: "All commands within the Dockerfile should use the same casing" },
  { name: "DuplicateStageName", description: "Stage names should be unique" },
  { name: "ReservedStageName", description: "Reserved words should not be used as stage names" },
  { name: "JSONArgsRecommended", description: "CMD and ENTRYPOINT should be JSON arrays, so that signals arrive" },
  { name: "MaintainerDeprecated", description: "MAINTAINER is deprecated: use a label" },
  { name: "UndefinedArgInFrom", description: "FROM must use declared arguments" },
  { name: "WorkdirRelativePath", description: "A relative WORKDIR can change its meaning with the base image" },
  { name: "UndefinedVar", description: "Variables should be defined before their use" },
  {
    name: "MultipleInstructionsDisallowed",
    description: "Of several such instructions in one stage only the last counts",
  },
  { name: "LegacyKeyValueFormat", description: "Keys and values should be separated by =" },
  { name: "RedundantTargetPlatform", description: "$TARGETPLATFORM is the platform of FROM by default" },
  { name: "SecretsUsedInArgOrEnv", description: "Secrets should not be in ARG or ENV" },
  { name: "InvalidDefaultArgInFrom", description: "The default of a global ARG gives no valid base image" },
  { name: "InvalidBaseImagePlatform", description: "The base image is for another platform than the build" },
  { name: "FromPlatformFlagConstDisallowed", description: "FROM --platform should not be a constant" },
  { name: "CopyIgnoredFile", description: "A copied file is left out of the context by .dockerignore" },
  {
    name: "InvalidDefinitionDescription",
    description: "A comment above a stage or argument should describe it by its name",
    experimental: true,
  },
  { name: "ExposeProtoCasing", description: "The protocol in EXPOSE should be lowercase" },
  { name: "ExposeInvalidFormat", description: "EXPOSE takes ports, no IP addresses and no ports of the host" },
  { name: "distill/ShellFormWithoutShell", description: "The command needs a shell, and the image has none" },
  {
    name: "distill/PackageManagerInFinalStage",
    description: "The final stage installs packages, and keeps the means to",
  },
  { name: "distill/RunsAsRoot", description: "The container runs as root" },
  { name: "distill/SecretFileCopied", description: "A file that usually holds secrets is copied" },
  { name: "distill/PackageListsKept", description: "The package lists of apt stay in the layer" },
  { name: "distill/AddWhereCopyServes", description: "ADD does more than the COPY that is meant" },
  { name: "distill/UnpinnedBase", description: "The base is another one tomorrow" },
];
