import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { mustDistill } from "./cli.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const TOOLS = join(ROOT, "test/tools");

/** What an image is built of that several programs are asked about. */
export interface InventoryImage {
  readonly name: string;
  readonly title: string;
  readonly dockerfile: string;
  /** Puts what the Dockerfile copies into its context. */
  readonly fill?: (context: string) => void;
}

const INSTALL = "apt-get update && apt-get install -y --no-install-recommends";

export const FULL_DEBIAN: InventoryImage = {
  name: "full",
  title: "a full Debian",
  dockerfile: "FROM debian:trixie\n",
};

export const DEBIAN_WITH_RUNTIMES: InventoryImage = {
  name: "runtimes",
  title: "Debian with Flask and Node",
  dockerfile: `FROM debian:trixie\nRUN ${INSTALL} python3-flask nodejs\n`,
};

export const DISTROLESS_FLASK: InventoryImage = {
  name: "flask",
  title: "Flask copied into a distroless base",
  dockerfile: readFileSync(join(ROOT, "examples/flask/Dockerfile"), "utf8"),
  fill: (context) => cpSync(join(ROOT, "examples/flask/app.py"), join(context, "app.py")),
};

export const NODE_APP: InventoryImage = {
  name: "node-app",
  title: "an app with all that npm installed for it",
  dockerfile: "FROM gcr.io/distroless/cc-debian13\nCOPY app /app\n",
  fill: (context) => copyNodeApp(join(context, "app")),
};

export const GO_PROGRAM: InventoryImage = {
  name: "go-program",
  title: "a program in Go with modules",
  dockerfile: `FROM golang:1 AS build
RUN ${INSTALL} golang-golang-x-net-dev golang-golang-x-text-dev golang-golang-x-crypto-dev golang-gopkg-yaml.v3-dev
WORKDIR /src
COPY src .
RUN for module in golang.org/x/crypto golang.org/x/net golang.org/x/sys golang.org/x/text gopkg.in/yaml.v3; do \\
      mkdir -p vendor/$module && cp -rL /usr/share/gocode/src/$module/. vendor/$module/; done && \\
    find vendor -name go.mod -delete && CGO_ENABLED=0 go build -mod=vendor -o /program .

FROM gcr.io/distroless/static-debian13
COPY --from=build /program /usr/local/bin/program
COPY --from=build /program /usr/local/bin/again
`,
  fill: (context) => write(context, GO_SOURCE),
};

export const ALPINE_LIKE: InventoryImage = {
  name: "alpine",
  title: "a root file system as Alpine has it",
  dockerfile: "FROM scratch\nCOPY root /\n",
  fill: (context) => write(join(context, "root"), ALPINE_FILES),
};

export const INVENTORY_IMAGES: readonly InventoryImage[] = [
  FULL_DEBIAN,
  DEBIAN_WITH_RUNTIMES,
  DISTROLESS_FLASK,
  NODE_APP,
  GO_PROGRAM,
  ALPINE_LIKE,
];

/** Builds an image into the store of `home` by its name, and as a docker-archive, whose path is returned. */
export async function buildInventoryImage(image: InventoryImage, directory: string, home: string): Promise<string> {
  const context = join(directory, image.name);
  mkdirSync(context);
  writeFileSync(join(context, "Dockerfile"), image.dockerfile);
  image.fill?.(context);
  const archive = join(directory, `${image.name}.tar`);
  const outputs = ["-t", image.name, "-o", `docker-archive:${archive}:${image.name}`];
  await mustDistill(["build", "--compose", context, ...outputs], { env: { DISTILL_HOME: home } });
  return archive;
}

/** The other scanner, and what some installations have and others not: packages that are optional, and built where there is a compiler. */
const NOT_OF_APP = /(?:^|node_modules\/)(?:@cyclonedx\/|(?:cpu-features|nan|buildcheck)(?:\/|$))/;

/** Snyk's plugin as test/tools has it with all that it needs, which a lock file pins. */
function copyNodeApp(app: string): void {
  const isOfApp = (path: string): boolean => !NOT_OF_APP.test(path);
  cpSync(TOOLS, app, { recursive: true, filter: (path) => isOfApp(path) && !path.includes("/.bin") });
  for (const file of ["package.json", "package-lock.json", "node_modules/.package-lock.json"]) {
    const lines = readFileSync(join(TOOLS, file), "utf8");
    const value = JSON.parse(lines, (key, each) => (isOfApp(key) ? each : undefined));
    writeFileSync(join(app, file), `${JSON.stringify(value, null, 2)}\n`);
  }
}

/** Modules of GO_PROGRAM. Their versions are what vendor/modules.txt says, whichever Debian has. */
export const MODULES: readonly (readonly [module: string, version: string, packages: readonly string[]])[] = [
  ["golang.org/x/crypto", "v0.36.0", ["blake2b"]],
  ["golang.org/x/net", "v0.38.0", ["html", "html/atom"]],
  ["golang.org/x/sys", "v0.31.0", ["cpu"]],
  ["golang.org/x/text", "v0.23.0", ["language", "internal/language", "internal/language/compact", "internal/tag"]],
  ["gopkg.in/yaml.v3", "v3.0.1", [""]],
];

const GO_SOURCE: Readonly<Record<string, string>> = {
  "src/go.mod": `module example.org/program\n\ngo 1.23\n\nrequire (\n${MODULES.map(([module, version]) => `\t${module} ${version}\n`).join("")})\n`,
  "src/vendor/modules.txt": MODULES.map(
    ([module, version, packages]) =>
      `# ${module} ${version}\n## explicit; go 1.18\n${packages.map((each) => `${each === "" ? module : `${module}/${each}`}\n`).join("")}`,
  ).join(""),
  "src/main.go": `package main

import (
	"fmt"
	"os"

	"golang.org/x/crypto/blake2b"
	"golang.org/x/net/html"
	"golang.org/x/text/language"
	"gopkg.in/yaml.v3"
)

func main() {
	document, err := html.Parse(os.Stdin)
	text, _ := yaml.Marshal(map[string]string{"tag": language.German.String()})
	fmt.Printf("%v %v %s %x\\n", document, err, text, blake2b.Sum256(text))
}
`,
};

/** apk's database as apk-tools writes it (apk-package(5)), with what an origin, a provider and a trigger say. */
const APK_DATABASE = `C:Q1qKcZ+j23xssAXmgQhkOO8dHnbWw=
P:alpine-baselayout
V:3.6.8-r1
A:x86_64
S:8515
I:315392
T:Alpine base dir structure and init scripts
U:https://git.alpinelinux.org/cgit/aports/tree/main/alpine-baselayout
L:GPL-2.0-only
o:alpine-baselayout
m:Natanael Copa <ncopa@alpinelinux.org>
t:1739989370
c:66187892e05b03a41d08e9acabd19b7576a1c875
D:alpine-baselayout-data=3.6.8-r1 /bin/sh
F:etc
R:motd
Z:Q1SLkS9hBidUbPwwrw+XR0Whv3ww8=

C:Q17OteNVXn9iSXcJI1Vf8x0TVc9Y0=
P:alpine-baselayout-data
V:3.6.8-r1
A:x86_64
S:11640
I:77824
T:Alpine base dir structure and init scripts
U:https://git.alpinelinux.org/cgit/aports/tree/main/alpine-baselayout
L:GPL-2.0-only
o:alpine-baselayout
m:Natanael Copa <ncopa@alpinelinux.org>
t:1739989370
c:66187892e05b03a41d08e9acabd19b7576a1c875
r:alpine-baselayout
F:etc
R:passwd
Z:Q1r+bLonZkAyBix/HLgSeDsez22Zs=

C:Q1cN43B/bEPdLMfuy3vLr5tVZmp3k=
P:busybox
V:1.37.0-r12
A:x86_64
S:509641
I:946176
T:Size optimized toolbox of many common UNIX utilities
U:https://busybox.net/
L:GPL-2.0-only
o:busybox
m:Natanael Copa <ncopa@alpinelinux.org>
t:1737479279
c:bb8ddbb9d9ce7bbf2ae8ee14b4b3f0d1a1f0a1c8
D:so:libc.musl-x86_64.so.1
p:cmd:busybox=1.37.0-r12
F:bin
R:busybox
a:0:0:755
Z:Q1qk2NIWpVLpXQz5zDOyLJp7Lm1bs=

C:Q1rXyNGSAmCNdDWIe0k4fXKXwvFbY=
P:libssl3
V:3.5.1-r0
A:x86_64
S:379233
I:774144
T:SSL shared libraries
U:https://www.openssl.org/
L:Apache-2.0
o:openssl
m:Natanael Copa <ncopa@alpinelinux.org>
t:1751380000
c:1d9b5b0f0d11ad8af7a7dc4d0d34a0c5f4b9b1c3
D:so:libc.musl-x86_64.so.1 so:libcrypto.so.3
p:so:libssl.so.3=3
F:usr
F:usr/lib
R:libssl.so.3
a:0:0:755
Z:Q1yJJEVYyXKdA3iFzw1vtqxOIH8Ms=

C:Q1m2ydsW5ilUCOmRsTMyTrGYE0DAI=
P:musl
V:1.2.5-r10
A:x86_64
S:411163
I:667648
T:the musl c library (libc) implementation
U:https://musl.libc.org/
L:MIT
o:musl
m:Natanael Copa <ncopa@alpinelinux.org>
t:1739994360
c:f93af038c3de7146121c2ea8124ba5ce29b4b058
p:so:libc.musl-x86_64.so.1=1
F:lib
R:ld-musl-x86_64.so.1
a:0:0:755
Z:Q1mdVXgYTnkLBhcVLGSPVOAG4OLhk=

`;

const ALPINE_FILES: Readonly<Record<string, string>> = {
  "lib/apk/db/installed": APK_DATABASE,
  "etc/alpine-release": "3.22.1\n",
  "etc/apk/world": "alpine-baselayout\nbusybox\nlibssl3\n",
  "etc/os-release":
    'NAME="Alpine Linux"\nID=alpine\nVERSION_ID=3.22.1\nPRETTY_NAME="Alpine Linux v3.22"\nHOME_URL="https://alpinelinux.org/"\n',
  "etc/motd": "Welcome\n",
  "etc/passwd": "root:x:0:0:root:/root:/bin/sh\n",
  "bin/busybox": `\u007fELF${"\0".repeat(60)}BusyBox v1.37.0 (2025-01-21 17:47:59 UTC)\0`,
  "lib/ld-musl-x86_64.so.1": "of no use but to be listed\n",
  "usr/lib/libssl.so.3": "of no use but to be listed\n",
};

function write(directory: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
}
