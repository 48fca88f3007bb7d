import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { basename, join } from "node:path";

/** Files of images carry 1970, and zip begins with 1980. */
const ZIP = `import os, sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w", strict_timestamps=False) as wheel:
    for at, _, names in os.walk(sys.argv[2]):
        for name in names:
            path = os.path.join(at, name)
            wheel.write(path, os.path.relpath(path, sys.argv[2]))
`;

/** An index of Python packages on this machine, as pip asks one (PEP 503). */
export interface WheelIndex {
  readonly url: string;
  close(): void;
}

/** Serves wheels of what Debian's packages have put into a directory of modules; `names` are distributions, modules are looked up in them. */
export async function serveWheels(
  modules: string,
  names: Readonly<Record<string, readonly string[]>>,
  directory: string,
): Promise<WheelIndex> {
  const wheels = new Map(
    Object.entries(names).map(([name, parts]) => [name, makeWheel(modules, name, parts, directory)]),
  );
  const server = createServer((request, response) => {
    const name = basename(request.url ?? "");
    const file = [...wheels.values()].find((path) => basename(path) === name);
    const wheel = wheels.get(name.toLowerCase());
    if (file !== undefined) response.end(readFileSync(file));
    else if (wheel !== undefined) {
      const link = `/files/${basename(wheel)}`;
      response.setHeader("content-type", "text/html").end(`<!doctype html><a href="${link}">${basename(wheel)}</a>`);
    } else response.writeHead(404).end();
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/simple`, close: () => server.close() };
}

/** A wheel (binary distribution format 1.0) of modules that lie in a directory with their metadata. */
function makeWheel(modules: string, name: string, parts: readonly string[], directory: string): string {
  const infos = readdirSync(modules).filter((each) => /\.(?:dist|egg)-info$/.test(each));
  const info = infos.find((each) => each.toLowerCase().startsWith(`${name}-`));
  if (info === undefined) throw new Error(`${modules} has no metadata of ${name}: ${infos.join(" ")}`);
  const source = join(modules, info);
  const metadata = readFileSync(join(source, info.endsWith(".dist-info") ? "METADATA" : "PKG-INFO"), "utf8");
  const version = /^Version: (.*)$/m.exec(metadata)?.[1] ?? "0";
  const isCompiled = name === "markupsafe";
  const tag = isCompiled ? "cp313-cp313-linux_x86_64" : "py3-none-any";
  const root = join(directory, `wheel-${name}`);
  const own = `${name}-${version}.dist-info`;
  mkdirSync(join(root, own), { recursive: true });
  for (const part of parts) {
    cpSync(join(modules, part), join(root, part), { recursive: true, filter: (path) => !path.endsWith("__pycache__") });
  }
  writeFileSync(join(root, own, "METADATA"), metadata);
  writeFileSync(
    join(root, own, "WHEEL"),
    `Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: ${!isCompiled}\nTag: ${tag}\n`,
  );
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
  const listed = files.map((each) => join(each.parentPath, each.name).slice(root.length + 1));
  writeFileSync(join(root, own, "RECORD"), `${[...listed, `${own}/RECORD`].map((path) => `${path},,`).join("\n")}\n`);
  const wheel = join(directory, `${name}-${version}-${tag}.whl`);
  execFileSync("python3", ["-c", ZIP, wheel, root]);
  return wheel;
}
