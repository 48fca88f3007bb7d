/** Bytes of a root file system as one tar, and of that tar packed with gzip -6. */
export interface Size {
  readonly uncompressed: number;
  readonly compressed: number;
}

/** How large an image of other make is: with everything in its packages ("google"), and without what nobody reads. */
export interface SizeRow {
  readonly base: string;
  readonly suite: string;
  /** Undefined where Google's packages are not Debian's (Java's runtimes). */
  readonly google: Size | undefined;
  readonly strip: Size | undefined;
  /** What ours may at most be of Google's, both ways; "strip" is a bound as well. */
  readonly share: number | undefined;
}

const size = (uncompressed: number, compressed: number): Size => ({ uncompressed, compressed });

/**
 * Root file systems composed by hand on 2026-11-23 for amd64, from the package lists of Google's distroless images
 * (its BUILD files of August 2026): "google" with all files of the packages, "strip" without manual pages, info, lintian,
 * translations, common licences and documentation other than copyright files. Measured as sorted tars.
 */
export const SIZE_ROWS: readonly SizeRow[] = [
  row("static", "bookworm", size(2_089_119, 712_267), size(1_718_050, 526_119)),
  row("base-nossl", "bookworm", size(14_915_026, 5_699_117), size(14_381_971, 5_347_918)),
  row("base", "bookworm", size(20_836_915, 8_222_342), size(20_042_776, 7_609_166)),
  row("cc", "bookworm", size(23_659_378, 9_234_811), size(22_837_735, 8_592_796)),
  row("python3", "bookworm", size(53_095_899, 19_718_536), size(51_495_448, 18_282_456), 0.75),
  row("static", "trixie", size(2_353_053, 854_856), size(1_728_425, 524_577)),
  row("base-nossl", "trixie", size(15_380_671, 5_966_454), size(14_571_140, 5_451_491)),
  row("base", "trixie", size(24_413_254, 9_517_035), size(23_268_725, 8_663_452)),
  row("cc", "trixie", size(27_695_210, 10_716_432), size(26_511_708, 9_818_289)),
  row("python3", "trixie", size(59_678_535, 22_481_655), size(57_549_198, 20_619_835), 0.75),
  row("python2.7", "bullseye", size(46_737_464, 18_066_522), size(44_513_079, 16_006_077)),
  row("java-base", "bookworm", size(25_802_094, 10_855_813), size(24_275_894, 9_507_648)),
  row("java-base", "trixie", size(26_370_777, 11_060_584), size(24_468_940, 9_448_771)),
  row("java17", "bookworm", undefined, size(223_031_243, 79_507_988)),
  row("java21", "trixie", undefined, size(234_198_873, 79_236_075)),
];

/** What is wrong with an image's size, a line each; none where it is within its goals. */
export function sizeProblems(of: SizeRow, ours: Size): readonly string[] {
  return (["uncompressed", "compressed"] as const).flatMap((way) => {
    const google = of.google?.[way] ?? Number.POSITIVE_INFINITY;
    const bound = Math.floor(Math.min(of.strip?.[way] ?? google, (of.share ?? 1) * google));
    return ours[way] <= bound ? [] : [`${of.base} of ${of.suite}: ${ours[way]} bytes ${way}, at most ${bound}`];
  });
}

function row(base: string, suite: string, google: Size | undefined, strip?: Size, share?: number): SizeRow {
  return { base, suite, google, strip, share };
}
