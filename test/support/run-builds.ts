import { copyFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { compileC } from "./compiled.ts";
import type { SoakSubject } from "./soak.ts";

/** Stages with programs that write, that leave processes behind, and that share a cache which only one may use. */
const DOCKERFILE = `FROM scratch AS base
COPY mischief /
RUN ["/mischief", "many", "3000"]

FROM base AS one
RUN --mount=type=cache,target=/cache,sharing=locked ["/mischief", "fill", "4"]
RUN ["/mischief", "daemons"]

FROM base AS two
ARG VARIANT=0
RUN --mount=type=tmpfs,target=/t --mount=type=bind,from=one,target=/one ["/mischief", "directory", "/two"]
RUN --mount=type=cache,target=/cache,sharing=locked ["/mischief", "directory", "/two/$VARIANT"]

FROM scratch
ARG VARIANT=0
COPY --from=base /many1 /many1
COPY --from=one /filler /
COPY --from=two /two /two
COPY mischief /
RUN ["/mischief", "names"]
COPY <<E /variant
$VARIANT
E
`;

/** Builds in which programs run, in several variants, in `directory`; by the executor of this name, or any, as this user. */
export async function runBuilds(directory: string, executor = "auto", user = 0): Promise<SoakSubject> {
  const context = join(directory, "context");
  if (!existsSync(join(context, "Dockerfile"))) {
    mkdirSync(context, { recursive: true });
    copyFileSync(await compileC("mischief.c", directory, "-static"), join(context, "mischief"));
    writeFileSync(join(context, "Dockerfile"), DOCKERFILE);
  }
  const recipe = (random: () => number): readonly string[] => {
    const cache = random() < 0.3 ? ["--no-cache"] : [];
    const variant = `VARIANT=${Math.floor(random() * 3)}`;
    return ["build", context, "--progress", "plain", "--executor", executor, "--build-arg", variant, ...cache];
  };
  const own = user === 0 ? {} : { user };
  return { environment: { DISTILL_TEST_MARK: directory, HOME: directory }, recipe, mark: directory, ...own };
}
