import type { Cataloger } from "../cataloger.ts";
import { apkCataloger } from "./apk.ts";
import { binaryVersionsCataloger } from "./binary-versions.ts";
import { debianCopyrightCataloger } from "./debian-copyright.ts";
import { dpkgFilesCataloger } from "./dpkg-files.ts";
import { dpkgStatusCataloger } from "./dpkg-status.ts";
import { elfCataloger } from "./elf.ts";
import { gemCataloger } from "./gem.ts";
import { goCataloger } from "./go.ts";
import { javaCataloger } from "./java.ts";
import { npmCataloger } from "./npm.ts";
import { osReleaseCataloger } from "./os-release.ts";
import { pythonCataloger } from "./python.ts";
import { rpmCataloger } from "./rpm.ts";
import { rustAuditableCataloger } from "./rust-auditable.ts";

/** Those that read what a system's own package manager wrote. */
export const SYSTEM_CATALOGERS: readonly Cataloger[] = [
  osReleaseCataloger,
  dpkgStatusCataloger,
  dpkgFilesCataloger,
  debianCopyrightCataloger,
  apkCataloger,
  rpmCataloger,
];

/** All of them. Each file is shown to each. */
export const ALL_CATALOGERS: readonly Cataloger[] = [
  ...SYSTEM_CATALOGERS,
  pythonCataloger,
  npmCataloger,
  gemCataloger,
  elfCataloger,
  goCataloger,
  rustAuditableCataloger,
  javaCataloger,
  binaryVersionsCataloger,
];
