import { DistillError, systemErrorCode } from "../../lib/errors.ts";
import type { EngineEndpoint } from "./endpoint.ts";

/** The error for a request that got no answer; a DistillError and what is not of the transport come back as they are. */
export function engineFailure(error: unknown, { shown, namedBy, tls }: EngineEndpoint): unknown {
  if (error instanceof DistillError || !(error instanceof Error)) return error;
  const code = systemErrorCode(error) ?? systemErrorCode(error.cause) ?? "";
  const at = `at ${shown} (${namedBy})`;
  if (code === "EACCES" || code === "EPERM") {
    return new DistillError("ENVIRONMENT", `this user may not talk to the Docker engine ${at}`, {
      hint: 'join the docker group (sudo usermod -aG docker "$USER", then log in again), or run as root',
      cause: error,
    });
  }
  if (["ENOENT", "ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH", "ENOTSOCK"].includes(code)) {
    return unreachable(`no Docker engine answers ${at}`, error);
  }
  if (/CERT|TLS|SSL|ALTNAME|SELF_SIGNED|UNABLE_TO/.test(code)) {
    const files = tls === undefined ? "" : ": ca.pem, cert.pem and key.pem in DOCKER_CERT_PATH are what is used";
    return new DistillError("ENVIRONMENT", `no TLS connection with the Docker engine ${at}: ${error.message}`, {
      hint: `check the certificates${files}`,
      cause: error,
    });
  }
  if (code.startsWith("UND_ERR_") || /^E[A-Z]+$/.test(code) || code.startsWith("HPE_")) {
    return unreachable(`the Docker engine ${at} broke the connection: ${error.message}`, error);
  }
  return error;
}

function unreachable(message: string, cause: unknown): DistillError {
  return new DistillError("ENVIRONMENT", message, {
    hint: "start it (sudo systemctl start docker), or name another one with DOCKER_HOST; docker-archive:FILE needs none",
    cause,
  });
}
