import { devNull } from "node:os";
import type { Credentials } from "./remote.ts";

/** What of the user's environment git gets to see. */
const PASSED_ON: readonly string[] = [
  ...["PATH", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR", "GIT_SSL_CAINFO", "GIT_SSL_CAPATH"],
  ...["http_proxy", "https_proxy", "no_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY"],
];

/** How git runs here. */
export interface GitSettings {
  /** Socket of the ssh agent that may be used; without it no key is shown to anybody. */
  readonly sshAgent?: string | undefined;
  /** Allows repositories on this machine: for tests. */
  readonly localFiles?: boolean;
}

/**
 * The whole environment of a git process. As BuildKit has it, nothing of the user's or the machine's configuration
 * counts: who writes an address into a Dockerfile must not get at helpers, aliases, rewritten addresses (insteadOf) or
 * credentials that are set up for somebody's own work. There are no prompts, hooks, filters or file system monitors, and
 * no transport but http(s), git and ssh, in submodules neither. `credentials` count for one origin; git learns them from
 * a helper that reads the environment, so that they stand in no argument and follow no redirect to another host.
 */
export function gitEnvironment(
  settings: GitSettings,
  login?: { readonly origin: string; readonly credentials: Credentials },
): NodeJS.ProcessEnv {
  const passed = PASSED_ON.flatMap((name) => (process.env[name] ? [[name, process.env[name]] as const] : []));
  const configuration: (readonly [string, string])[] = [
    ["credential.helper", ""],
    ["core.askPass", ""],
    ["core.hooksPath", devNull],
    ["core.fsmonitor", "false"],
    ["gc.auto", "0"],
    ["maintenance.auto", "false"],
    ["fetch.recurseSubmodules", "false"],
    ["fetch.writeCommitGraph", "false"],
    ["transfer.bundleURI", "false"],
    // What is fetched stays in its pack, however little it is: few files, made at once.
    ["fetch.unpackLimit", "1"],
    // A tenth of a kilobyte a second for half a minute is a server that hangs.
    ["http.lowSpeedLimit", "100"],
    ["http.lowSpeedTime", "30"],
  ];
  if (login !== undefined) {
    configuration.push([
      `credential.${login.origin}.helper`,
      '!f() { test "$1" = get && printf "username=%s\\npassword=%s\\n" "$DISTILL_GIT_USER" "$DISTILL_GIT_PASSWORD"; }; f',
    ]);
  }
  return {
    ...Object.fromEntries(passed),
    ...(process.env.SSL_CERT_FILE && !process.env.GIT_SSL_CAINFO ? { GIT_SSL_CAINFO: process.env.SSL_CERT_FILE } : {}),
    LC_ALL: "C",
    TZ: "UTC",
    HOME: devNull,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: devNull,
    GIT_ATTR_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_NO_REPLACE_OBJECTS: "1",
    GIT_NO_LAZY_FETCH: "1",
    GIT_ALLOW_PROTOCOL: settings.localFiles === true ? "http:https:git:ssh:file" : "http:https:git:ssh",
    GIT_SSH_VARIANT: "ssh",
    GIT_SSH_COMMAND: sshCommand(settings.sshAgent !== undefined),
    ...(settings.sshAgent === undefined ? {} : { SSH_AUTH_SOCK: settings.sshAgent }),
    ...(login === undefined
      ? {}
      : { DISTILL_GIT_USER: login.credentials.user, DISTILL_GIT_PASSWORD: login.credentials.password }),
    GIT_CONFIG_COUNT: String(configuration.length),
    ...Object.fromEntries(
      configuration.flatMap(([key, value], index) => [
        [`GIT_CONFIG_KEY_${index}`, key],
        [`GIT_CONFIG_VALUE_${index}`, value],
      ]),
    ),
  };
}

/** Keys come from the agent alone, and the server must be one that the user has met (known_hosts). */
function sshCommand(withAgent: boolean): string {
  const options = [
    "BatchMode=yes",
    "StrictHostKeyChecking=yes",
    "IdentityFile=none",
    `IdentityAgent=${withAgent ? "SSH_AUTH_SOCK" : "none"}`,
    "ConnectTimeout=15",
    "ServerAliveInterval=15",
    "ServerAliveCountMax=4",
  ];
  return ["ssh", "-F", devNull, ...options.flatMap((option) => ["-o", option])].join(" ");
}
