import { mkdirSync, writeFileSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { mustDistill } from "../test/support/cli.ts";
import { TRIVY } from "../test/support/scanners.ts";

const DOCKERFILE = `FROM debian:trixie AS build
RUN apt-get update && apt-get install -y --no-install-recommends upx-ucl
COPY trivy /
RUN upx -d /trivy
FROM scratch
COPY --from=build /trivy /
`;

/** A Trivy that is not packed with UPX, which would cost it seconds at every start; built below `directory`. */
export async function unpackedTrivy(directory: string, env: Readonly<Record<string, string>>): Promise<string> {
  const [context, result] = [join(directory, "unpacking"), join(directory, "unpacked")];
  mkdirSync(context);
  await copyFile(TRIVY, join(context, "trivy"));
  writeFileSync(join(context, "Dockerfile"), DOCKERFILE);
  await mustDistill(["build", "--compose", context, "-o", result], { env });
  return join(result, "trivy");
}
