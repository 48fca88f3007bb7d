/*
 * Composes every image that has a row in test/support/size-goals.ts and prints its sizes beside those of others, as
 * markdown for bench/sizes.md.
 *
 *   node bench/sizes.ts
 *
 * Needs the network. Ends with 1 where an image is larger than its goal.
 */
import { Kitchen } from "../test/support/catalogue.ts";
import { SIZE_ROWS, type Size, sizeProblems } from "../test/support/size-goals.ts";

const kitchen = new Kitchen();
try {
  console.log("| image | ours | google | strip | ours, gzip | google, gzip | strip, gzip | of google | of strip |");
  console.log("|---|---:|---:|---:|---:|---:|---:|---:|---:|");
  for (const row of SIZE_ROWS) {
    const { base, suite, google, strip } = row;
    const { sizes } = await kitchen.compose({ base, suite, architecture: "amd64", flags: [] });
    const cells = [
      `${base} ${suite}`,
      ...[sizes, google, strip].map((each) => megabytes(each?.uncompressed)),
      ...[sizes, google, strip].map((each) => megabytes(each?.compressed)),
      share(sizes, google),
      share(sizes, strip),
    ];
    console.log(`| ${cells.join(" | ")} |`);
    for (const problem of sizeProblems(row, sizes)) {
      console.error(problem);
      process.exitCode = 1;
    }
  }
} finally {
  await kitchen.close();
}

function megabytes(bytes: number | undefined): string {
  return bytes === undefined ? "" : (bytes / 1e6).toFixed(2);
}

/** Uncompressed and compressed. */
function share(ours: Size, theirs: Size | undefined): string {
  if (theirs === undefined) return "";
  const of = (way: keyof Size): string => (ours[way] / theirs[way]).toFixed(2);
  return `${of("uncompressed")}, ${of("compressed")}`;
}
