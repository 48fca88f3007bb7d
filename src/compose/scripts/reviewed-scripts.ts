/** Scripts that a person has read, because what they do in an image is more than their single commands tell. */
interface Review {
  /** Names of the packages. */
  readonly packages: RegExp;
  /** What the scripts do, and what stands for it in an image. */
  readonly why: string;
}

const REVIEWS: readonly Review[] = [
  {
    packages: /^base-files$/,
    why: "makes directories, links and files of root: pieces skeleton, os-release and name-service; the rest is for logging in",
  },
  {
    packages: /^base-passwd$/,
    why: "writes /etc/passwd and /etc/group: piece accounts, and package-accounts for the fixed accounts that packages use",
  },
  {
    packages: /^ca-certificates$/,
    why: "chooses certificates by debconf and runs update-ca-certificates: piece certificates takes all that it ships",
  },
  {
    packages: /^ca-certificates-java$/,
    why: "makes Java's trust store with a Java program: piece java-cacerts",
  },
  {
    packages: /^fontconfig-config$/,
    why: "makes links for the answers to debconf's questions: piece fontconfig takes the defaults",
  },
  {
    packages: /^libc6$/,
    why: "restarts services, guards against old kernels and diverts /lib64 while it is upgraded; the links of a merged /usr are there",
  },
  {
    packages: /^libc-bin$/,
    why: "copies nsswitch.conf and runs ldconfig: pieces name-service and ld-so-cache",
  },
  {
    packages: /^netbase$/,
    why: "writes /etc/hosts and /etc/networks: container engines write the first, and nothing reads the second",
  },
  {
    packages: /^tzdata$/,
    why: "links /etc/localtime to the zone that debconf has, which is UTC: what every program takes without the link",
  },
  {
    packages: /^(?:lib)?python3(?:\.[0-9]+)?(?:-minimal|-stdlib)?$/,
    why: "compiles modules, which then need not be done at each start, and makes empty directories in /usr/local",
  },
  {
    packages: /^(?:lib)?python2(?:\.7)?(?:-minimal|-stdlib)?$/,
    why: "compiles modules, and makes empty directories in /usr/local",
  },
  {
    packages: /^readline-common$/,
    why: "copies /etc/inputrc, which sets keys for typing at a terminal; the library has the same ones built in",
  },
  {
    packages: /^dash$/,
    why: "sees to it that /bin/sh is dash, as the package ships it",
  },
];

/** What stands for the scripts of a package that a person has read; undefined where the program reads them. */
export function reviewOf(name: string): string | undefined {
  return REVIEWS.find(({ packages }) => packages.test(name))?.why;
}

/** The table as text: changes whenever it does. */
export function describeReviews(): string {
  return REVIEWS.map(({ packages, why }) => `${packages} ${why}`).join("\n");
}
