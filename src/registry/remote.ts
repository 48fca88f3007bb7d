import type { TlsSettings } from "../lib/http/agent.ts";

/** A repository as it is reached: the one that a reference names, or a mirror of it. */
export interface Remote {
  /** As the reference has it, `docker.io`: for messages. */
  readonly registry: string;
  /** Who is asked: `registry-1.docker.io`, `localhost:5000`; credentials are looked up for `credentialKey`. */
  readonly host: string;
  /** Repository below the host. */
  readonly path: string;
  /**
   * What credentials are filed under: the registry with or without a repository, `docker.io/me/app`; for a mirror its
   * own address.
   */
  readonly credentialKey: string;
  /** Undefined for the usual rules: https with a certificate of a known authority. */
  readonly tls: TlsSettings | undefined;
  /**
   * True where plain http is tried when https does not answer: for registries that are set up as insecure, and for those
   * on this machine (127.0.0.0/8, ::1, localhost).
   */
  readonly mayBePlain: boolean;
  /** True for a mirror: what it lacks or refuses is asked of the next. */
  readonly mirror: boolean;
}
