/** A program or library that says its version, and how. */
export interface WellKnownBinary {
  /** What the package is called. */
  readonly name: string;
  /** Names of its files, the last component of the path. What it captures, the anchor may be made of. */
  readonly file: RegExp;
  /** What stands in its bytes where the version is, of which each is looked for in turn; `captured` is what `file` captured. */
  anchors(captured: string): readonly string[];
  /** On the byte before the anchor (NUL where there is none) and the text from it on (latin1); captures the version. */
  readonly version: RegExp;
}

/**
 * Names that distributions and upstream's own builds use. The anchors are texts that the programs print or send, or
 * directories that were given when they were built.
 */
export const WELL_KNOWN: readonly WellKnownBinary[] = [
  {
    name: "busybox",
    file: /^busybox(?:[.-][a-z0-9_]{1,40})?$/,
    anchors: () => ["BusyBox v"],
    version: /^.BusyBox v(\d{1,2}\.\d{1,3}(?:\.\d{1,3})?)[^\w.]/s,
  },
  {
    // The date is behind it in releases, and nothing that only names a version has one.
    name: "openssl",
    file: /^(?:openssl|lib(?:crypto|ssl)\.so(?:\.[0-9.]{1,20})?)$/,
    anchors: () => ["OpenSSL "],
    version:
      /^.OpenSSL (\d\.\d{1,2}\.\d{1,3}[a-z]{0,2}(?:-(?:alpha|beta|pre|dev)\d{0,2})?)(?:-fips|\+\w{1,20})? {1,2}\d{1,2} \w{3} \d{4}/s,
  },
  {
    // A literal that linkers put at the end of a longer one, mostly of the directory it was built for.
    name: "python",
    file: /^(?:lib)?python(\d\.\d{1,2})[a-z]{0,3}(?:\.so(?:\.[0-9.]{1,20})?)?$/,
    anchors: (captured) => [`${captured}.`],
    version: /^[^\w.](\d\.\d{1,2}\.\d{1,3}(?:(?:a|b|c|rc)\d{1,2})?)\+?\0/s,
  },
  {
    // What it calls itself in a client's requests, else where the sources of this very release are.
    name: "node",
    file: /^(?:node(?:js)?|libnode\.so(?:\.[0-9.]{1,20})?)$/,
    anchors: () => ["node.js/v", "/node-v"],
    version:
      /^.(?:node\.js|\/node-)\/?v(\d{1,3}\.\d{1,3}\.\d{1,3}(?:-[a-z0-9.]{1,40}?)?)(?:[^\w.-]|(?:-headers)?\.tar)/s,
  },
  {
    name: "perl",
    file: /^(?:perl(?:5\.[0-9.]{1,10})?|libperl\.so(?:\.[0-9.]{1,20})?)$/,
    anchors: () => ["perl/5.", "perl5/5."],
    version: /^[\w/]perl5?\/(5\.\d{1,2}\.\d{1,2})[^\w.]/s,
  },
  {
    name: "ruby",
    file: /^(?:ruby(?:\d\.\d)?|libruby(?:-\d\.\d)?\.so(?:\.[0-9.]{1,20})?)$/,
    anchors: () => ["ruby "],
    version: /^.ruby (\d\.\d{1,2}\.\d{1,2}(?:(?:preview|rc)\d{1,2})?)(?:p\d{1,4}|dev)? \(\d{4}-/s,
  },
  {
    name: "php",
    file: /^(?:php(?:-cgi|-fpm)?(?:\d\.\d)?|libphp(?:\d(?:\.\d)?)?\.so)$/,
    anchors: () => ["X-Powered-By: PHP/"],
    version: /^.X-Powered-By: PHP\/(\d{1,2}\.\d{1,3}\.\d{1,3}(?:-?(?:alpha|beta|RC)\d{1,2})?)[^\w.]/s,
  },
  {
    name: "nginx",
    file: /^nginx(?:-debug)?$/,
    anchors: () => ["nginx/"],
    version: /^.nginx\/(\d{1,2}\.\d{1,3}\.\d{1,3})[^\w.]/s,
  },
];
