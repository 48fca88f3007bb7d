/** What a program is good for to whoever got into a container. */
export type ProgramKind = "shells" | "interpreters" | "packageManagers" | "compilers" | "networkTools";

/** In the order in which they are shown. */
export const PROGRAM_KINDS: readonly ProgramKind[] = [
  "shells",
  "interpreters",
  "packageManagers",
  "compilers",
  "networkTools",
];

/** Behind a name: a version (`python3.13`, `gcc-14`, `lua5.4`). */
const VERSION = "(?:-?\\d+(?:\\.\\d+)*)?";

/** Before the name of a compiler: the machine that it is for (`x86_64-linux-gnu-gcc`). */
const TARGET = "(?:[a-z0-9_]+(?:-[a-z0-9_]+){1,3}-)?";

/** Names that stand for themselves, and names that may have a version behind them. */
interface Names {
  readonly exact: string;
  readonly versioned?: string;
  /** With a target before and a version behind them. */
  readonly targeted?: string;
}

const NAMES: Readonly<Record<ProgramKind, Names>> = {
  shells: {
    exact:
      "sh ash dash bash rbash bash-static zsh zsh-static fish ksh ksh93 rksh mksh lksh oksh loksh yash posh tcsh csh bsd-csh hush sash elvish nu pwsh xonsh osh ysh",
    versioned: "zsh ksh",
  },
  interpreters: {
    exact:
      "awk gawk mawk nawk original-awk node nodejs deno bun qjs gjs java jshell R Rscript erl escript elixir iex julia expect wish sbcl clisp ocaml dotnet mono groovy scala ghci runghc swipl gdb pypy racket gforth",
    versioned: "python pypy perl ruby jruby php lua luajit tclsh wish guile node",
  },
  packageManagers: {
    exact:
      "dpkg apt apt-get aptitude rpm yum dnf microdnf tdnf zypper apk opkg pacman xbps-install emerge nix nix-env guix snap flatpak brew pipx uv poetry pdm conda mamba micromamba npm npx yarn pnpm corepack gem bundle bundler cargo composer luarocks cpan cpanm mvn gradle",
    versioned: "pip easy_install dnf gem bundle cpan",
  },
  compilers: {
    exact:
      "go rustc javac kotlinc scalac ghc tcc zig nim dmd ldc2 fpc nasm yasm valac mcs csc ocamlc ocamlopt swiftc gccgo cc1",
    versioned: "ghc clang clang++ go gnat",
    targeted: "gcc g++ cc c++ c89 c99 cpp clang clang++ gfortran gdc gm2 gccgo as ld ld.bfd ld.gold ld.lld lld mold",
  },
  networkTools: {
    exact:
      "curl wget wget2 nc ncat netcat nc.openbsd nc.traditional socat telnet ftp lftp tftp ssh sshd scp sftp rsync nmap ping ping4 ping6 traceroute tracepath mtr dig nslookup host drill tcpdump tshark ip ss ifconfig route arp netstat iptables nft ethtool openssl aria2c httpie http w3m lynx links hping3 dropbear dbclient busybox-httpd",
  },
};

const PATTERNS: readonly (readonly [ProgramKind, RegExp])[] = PROGRAM_KINDS.map((kind) => {
  const { exact, versioned = "", targeted = "" } = NAMES[kind];
  const choice = (names: string): string => names.split(" ").filter(Boolean).map(escaped).join("|");
  const forms = [
    `(?:${choice(exact)})`,
    ...(versioned === "" ? [] : [`(?:${choice(versioned)})${VERSION}`]),
    ...(targeted === "" ? [] : [`${TARGET}(?:${choice(targeted)})${VERSION}`]),
  ];
  return [kind, new RegExp(`^(?:${forms.join("|")})$`)];
});

/** What a program of this name is; most are nothing of this. */
export function kindsOf(name: string): readonly ProgramKind[] {
  if (name.length > 64) return [];
  return PATTERNS.filter(([, pattern]) => pattern.test(name)).map(([kind]) => kind);
}

function escaped(name: string): string {
  return name.replace(/[.+]/g, "\\$&");
}
