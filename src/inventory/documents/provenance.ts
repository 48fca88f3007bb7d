import { formatPlatform, type Platform } from "../../image/platform.ts";
import { type Digest, hexOf } from "../../lib/digest.ts";
import { comparePaths } from "../../rootfs/path.ts";
import type { LayerStory, StoryMove } from "../layer-story.ts";
import { documentText } from "./document-text.ts";
import { imagePurl } from "./image-purl.ts";

/** What distill built, and of what. */
export interface BuildProvenance {
  /** What was built: an image, or the images of an index and the index, by their manifests. */
  readonly subjects: readonly ProvenanceSubject[];
  readonly platform: Platform;
  /** What its user asked for. */
  readonly asked: BuildQuestion;
  /** Images that it began with, or copied from. */
  readonly bases: readonly ProvenanceSubject[];
  /** Packages that were composed. */
  readonly packages: readonly ComposedDependency[];
  /** Lowest first. */
  readonly layers: readonly { readonly diffID: Digest; readonly story: LayerStory }[];
  /** Version of distill. */
  readonly version: string;
}

export interface ProvenanceSubject {
  /** As its user calls it, or as the build file does. */
  readonly name: string;
  readonly digest: Digest;
}

export interface BuildQuestion {
  /** Path in the context; undefined where none was read (`distill compose`). */
  readonly buildFile: string | undefined;
  readonly target: string | undefined;
  /** Names of build arguments. Their values may be secrets, and are never written. */
  readonly buildArguments: readonly string[];
}

export interface ComposedDependency {
  readonly purl: string;
  /** Of the .deb. */
  readonly sha256: string | undefined;
}

/**
 * What was built and of what, as an in-toto statement (in-toto attestation v1) with SLSA's provenance v1 as predicate. No times are
 * in it, and nothing of the machine: the same build gives the same bytes.
 */
export function provenanceStatement(build: BuildProvenance): string {
  const { subjects, platform, asked, layers, version } = build;
  return documentText({
    _type: "https://in-toto.io/Statement/v1",
    subject: subjects.map(({ name, digest }) => ({ name, digest: digestSet(digest) })),
    predicateType: "https://slsa.dev/provenance/v1",
    predicate: {
      buildDefinition: {
        buildType: "urn:distill:build:v1",
        externalParameters: {
          ...present("buildFile", asked.buildFile),
          ...present("target", asked.target),
          buildArguments: [...new Set(asked.buildArguments)].sort(comparePaths),
          platform: formatPlatform(platform),
        },
        internalParameters: { layers: layers.map(({ diffID, story }) => ({ diffID, ...told(story) })) },
        resolvedDependencies: dependenciesOf(build),
      },
      runDetails: { builder: { id: "urn:distill:builder:v1", version: { distill: version } } },
    },
  });
}

function dependenciesOf({ bases, packages, platform }: BuildProvenance): readonly object[] {
  const images = bases.map(({ name, digest }) => ({
    uri: imagePurl({ name, manifestDigest: digest, platform }) ?? name,
    digest: digestSet(digest),
    name,
  }));
  const composed = packages.map(({ purl, sha256 }) => ({
    uri: purl,
    ...(sha256 === undefined ? {} : { digest: { sha256 } }),
  }));
  return [...distinct(images), ...distinct(composed)];
}

/** By address, each once. */
function distinct<T extends { readonly uri: string }>(all: readonly T[]): readonly T[] {
  return [...new Map(all.map((each) => [each.uri, each])).values()].sort((a, b) => comparePaths(a.uri, b.uri));
}

function told({ kind, text, stage, line, moves }: LayerStory): object {
  return {
    origin: kind,
    ...(text === "" ? {} : { instruction: text }),
    ...present("stage", stage),
    ...present("line", line),
    ...(moves.length === 0 ? {} : { copied: moves.map(copied) }),
  };
}

function copied({ from, origin, to, packages }: StoryMove): object {
  const carried = packages.map(({ purl }) => purl).sort(comparePaths);
  return { origin, from, to, ...(carried.length === 0 ? {} : { packages: carried }) };
}

function digestSet(digest: Digest): { readonly sha256: string } {
  return { sha256: hexOf(digest) };
}

function present(key: string, value: string | number | undefined): object {
  return value === undefined ? {} : { [key]: value };
}
