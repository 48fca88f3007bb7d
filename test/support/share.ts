/** In CI a share of what takes long is tested; elsewhere, and where DISTILL_TEST_SHARE is "all", everything. */
export const IS_SHARE = process.env.CI === "true" && process.env.DISTILL_TEST_SHARE !== "all";

/**
 * Whether one of many cases is tested. The share is every `of`-th, from `first` on, always the same ones: what a share leaves out
 * is not registered as a test, so that only what cannot be tested counts as skipped. `npm run soak -- --all-tests` runs all.
 */
export function isInShare(index: number, of: number, first = 0): boolean {
  return !IS_SHARE || index % of === first % of;
}
