/** How registries are reached, beyond what references say. */
export interface RegistrySettings {
  /** False: certificates are not checked, and plain http is tried where https does not answer. */
  readonly tlsVerify: boolean;
}

/** The settings of this user and this machine. */
export async function loadRegistrySettings(options: {
  readonly tlsVerify?: boolean | undefined;
}): Promise<RegistrySettings> {
  return { tlsVerify: options.tlsVerify ?? true };
}
