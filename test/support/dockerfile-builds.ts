import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pseudoText } from "./bytes.ts";
import type { SoakSubject } from "./soak.ts";

/** Stages of which three are worked on at once, with steps that make, share and repeat layers. */
const DOCKERFILE = `FROM scratch AS one
COPY one /one/
WORKDIR /one/more
COPY --chown=1:2 shared /shared/
FROM scratch AS two
COPY two /two/
COPY --link shared /linked/
FROM scratch AS three
COPY --chmod=0600 one two /both/
FROM one
ARG VARIANT=0
LABEL variant=$VARIANT
COPY --from=two / /two/
COPY --from=three /both /both
COPY <<E /variant
$VARIANT
E
COPY --link two /last/
`;

const FILES = 40;
const SIZE = 150_000;

/** A context of a few megabytes in `directory`, and builds of it in several variants. */
export function dockerfileBuilds(directory: string): SoakSubject {
  if (!existsSync(join(directory, "Dockerfile"))) {
    for (const [seed, name] of ["one", "two", "shared"].entries()) {
      mkdirSync(join(directory, name, "below"), { recursive: true });
      for (let index = 0; index < FILES; index++) {
        writeFileSync(join(directory, name, `below/${index}`), pseudoText(SIZE + index, seed * FILES + index));
      }
    }
    writeFileSync(join(directory, "Dockerfile"), DOCKERFILE);
  }
  const recipe = (random: () => number): readonly string[] => {
    const target = random() < 0.3 ? ["--target", random() < 0.5 ? "one" : "three"] : [];
    const cache = random() < 0.3 ? ["--no-cache"] : [];
    return ["build", directory, "--build-arg", `VARIANT=${Math.floor(random() * 4)}`, ...target, ...cache];
  };
  return { environment: {}, recipe };
}
