import { type Action, ENOSYS, type Profile } from "../../src/sandbox/seccomp/profile.ts";

/** What a profile does with one call. `values` are its six arguments, as the registers have them. */
export function actionOf(profile: Profile, name: string, values: readonly bigint[]): Action {
  const decisive = profile.rules.find(({ names, when }) => {
    return (
      names.includes(name) && when.every(({ argument, mask, value }) => ((values[argument] ?? 0n) & mask) === value)
    );
  });
  return decisive?.action ?? { errno: ENOSYS };
}
