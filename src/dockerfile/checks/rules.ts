import { CONSISTENT_INSTRUCTION_CASING } from "./buildkit/consistent-instruction-casing.ts";
import { COPY_IGNORED_FILE } from "./buildkit/copy-ignored-file.ts";
import { DUPLICATE_STAGE_NAME } from "./buildkit/duplicate-stage-name.ts";
import { EXPOSE_INVALID_FORMAT } from "./buildkit/expose-invalid-format.ts";
import { EXPOSE_PROTO_CASING } from "./buildkit/expose-proto-casing.ts";
import { FROM_AS_CASING } from "./buildkit/from-as-casing.ts";
import { FROM_PLATFORM_FLAG_CONST_DISALLOWED } from "./buildkit/from-platform-flag-const-disallowed.ts";
import { INVALID_BASE_IMAGE_PLATFORM } from "./buildkit/invalid-base-image-platform.ts";
import { INVALID_DEFAULT_ARG_IN_FROM } from "./buildkit/invalid-default-arg-in-from.ts";
import { INVALID_DEFINITION_DESCRIPTION } from "./buildkit/invalid-definition-description.ts";
import { JSON_ARGS_RECOMMENDED } from "./buildkit/json-args-recommended.ts";
import { LEGACY_KEY_VALUE_FORMAT } from "./buildkit/legacy-key-value-format.ts";
import { MAINTAINER_DEPRECATED } from "./buildkit/maintainer-deprecated.ts";
import { MULTIPLE_INSTRUCTIONS_DISALLOWED } from "./buildkit/multiple-instructions-disallowed.ts";
import { NO_EMPTY_CONTINUATION } from "./buildkit/no-empty-continuation.ts";
import { REDUNDANT_TARGET_PLATFORM } from "./buildkit/redundant-target-platform.ts";
import { RESERVED_STAGE_NAME } from "./buildkit/reserved-stage-name.ts";
import { SECRETS_USED_IN_ARG_OR_ENV } from "./buildkit/secrets-used-in-arg-or-env.ts";
import { STAGE_NAME_CASING } from "./buildkit/stage-name-casing.ts";
import { UNDEFINED_ARG_IN_FROM } from "./buildkit/undefined-arg-in-from.ts";
import { UNDEFINED_VAR } from "./buildkit/undefined-var.ts";
import { WORKDIR_RELATIVE_PATH } from "./buildkit/workdir-relative-path.ts";
import { ADD_WHERE_COPY_SERVES } from "./distill/add-where-copy-serves.ts";
import { PACKAGE_LISTS_KEPT } from "./distill/package-lists-kept.ts";
import { PACKAGE_MANAGER_IN_FINAL_STAGE } from "./distill/package-manager-in-final-stage.ts";
import { PIP_CACHE_KEPT } from "./distill/pip-cache-kept.ts";
import { RUNS_AS_ROOT } from "./distill/runs-as-root.ts";
import { SECRET_FILE_COPIED } from "./distill/secret-file-copied.ts";
import { SECRET_IN_TEXT } from "./distill/secret-in-text.ts";
import { SHELL_FORM_WITHOUT_SHELL } from "./distill/shell-form-without-shell.ts";
import { UNPINNED_BASE } from "./distill/unpinned-base.ts";
import type { Rule } from "./rule.ts";

/** BuildKit's build checks, with their names. */
export const BUILDKIT_RULES: readonly Rule[] = [
  CONSISTENT_INSTRUCTION_CASING,
  COPY_IGNORED_FILE,
  DUPLICATE_STAGE_NAME,
  EXPOSE_INVALID_FORMAT,
  EXPOSE_PROTO_CASING,
  FROM_AS_CASING,
  FROM_PLATFORM_FLAG_CONST_DISALLOWED,
  INVALID_BASE_IMAGE_PLATFORM,
  INVALID_DEFAULT_ARG_IN_FROM,
  INVALID_DEFINITION_DESCRIPTION,
  JSON_ARGS_RECOMMENDED,
  LEGACY_KEY_VALUE_FORMAT,
  MAINTAINER_DEPRECATED,
  MULTIPLE_INSTRUCTIONS_DISALLOWED,
  NO_EMPTY_CONTINUATION,
  REDUNDANT_TARGET_PLATFORM,
  RESERVED_STAGE_NAME,
  SECRETS_USED_IN_ARG_OR_ENV,
  STAGE_NAME_CASING,
  UNDEFINED_ARG_IN_FROM,
  UNDEFINED_VAR,
  WORKDIR_RELATIVE_PATH,
];

/** What people on the way to distroless want to know besides. */
export const OWN_RULES: readonly Rule[] = [
  ADD_WHERE_COPY_SERVES,
  PACKAGE_LISTS_KEPT,
  PACKAGE_MANAGER_IN_FINAL_STAGE,
  PIP_CACHE_KEPT,
  RUNS_AS_ROOT,
  SECRET_FILE_COPIED,
  SECRET_IN_TEXT,
  SHELL_FORM_WITHOUT_SHELL,
  UNPINNED_BASE,
];

/** Where docs/checks.md explains a rule. */
export function pageOf(name: string): string {
  return `docs/checks.md#${name.toLowerCase().replace("/", "")}`;
}

/** What a Dockerfile is checked for. */
export const RULES: readonly Rule[] = [...BUILDKIT_RULES, ...OWN_RULES];
