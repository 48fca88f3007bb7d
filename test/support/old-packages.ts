import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DISTROLESS_FLASK, type InventoryImage } from "./inventory-images.ts";

/** Old versions of packages of PyPI, of which much is known. */
export const OLD_PYPI: readonly (readonly [name: string, version: string])[] = [
  ["Django", "3.2.0"],
  ["requests", "2.19.0"],
  ["urllib3", "1.24.1"],
  ["Pillow", "8.0.0"],
  ["PyYAML", "5.3"],
  ["Jinja2", "2.10"],
  ["Werkzeug", "0.15.2"],
  ["aiohttp", "3.8.0"],
  ["cryptography", "2.8"],
  ["lxml", "4.6.1"],
];

/** Versions of packages of npm that advisories of January 2026 and before are about. */
export const OLD_NPM: readonly (readonly [name: string, version: string])[] = [
  ["@backstage/cli-common", "0.1.16"],
  ["@directus/api", "23.3.2"],
  ["@haxtheweb/haxcms-nodejs", "11.0.15"],
  ["@mcpjam/inspector", "1.0.24"],
  ["@remix-run/react", "2.17.0"],
  ["@remix-run/router", "1.23.1"],
  ["@veramo/data-store", "6.0.0"],
  ["alto-saxophone", "2.25.0"],
  ["directus", "11.3.5"],
  ["flat", "1.6.1"],
  ["http-live-simulator", "1.0.0"],
  ["list-n-stream", "0.0.10"],
  ["nocodb", "0.263.0"],
  ["node-red-dashboard", "2.26.1"],
  ["parse-server", "9.1.0"],
  ["pnpm", "10.26.2"],
  ["preact", "10.26.9"],
  ["react-dev-utils", "1.0.3"],
  ["react-router", "7.11.0"],
  ["renovate", "39.264.1"],
  ["seroval", "1.4.0"],
  ["tar", "7.5.6"],
  ["tinymce", "4.9.6"],
  ["wrangler", "3.114.16"],
  ["x402", "0.4.3"],
];

/** The records alone: what scanners go by. */
export const OLD_APP: InventoryImage = {
  name: "old",
  title: "an app of old packages",
  dockerfile: "FROM scratch\nCOPY app /app\nCOPY site /usr/local/lib/python3.13/site-packages\n",
  fill: fillOldPackages,
};

export const OLD_APP_ON_FLASK: InventoryImage = {
  name: "old-on-flask",
  title: "Flask on a distroless base, and an app of old packages",
  dockerfile: `${DISTROLESS_FLASK.dockerfile.trimEnd()}\nCOPY app /old\nCOPY site /usr/local/lib/python3.13/site-packages\n`,
  fill: (context) => {
    DISTROLESS_FLASK.fill?.(context);
    fillOldPackages(context);
  },
};

function fillOldPackages(context: string): void {
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(context, path)), { recursive: true });
    writeFileSync(join(context, path), text);
  };
  for (const [name, version] of OLD_PYPI) {
    const directory = `site/${name}-${version}.dist-info`;
    write(`${directory}/METADATA`, `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n\n`);
    write(`${directory}/RECORD`, "");
  }
  for (const [name, version] of OLD_NPM) {
    write(`app/node_modules/${name}/package.json`, JSON.stringify({ name, version }));
  }
}
