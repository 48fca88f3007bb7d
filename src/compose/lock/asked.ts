import { digestOf } from "../../lib/digest.ts";
import { tiersOf } from "../catalogue/bases.ts";
import { DLOPEN_EDGES } from "../choice/dlopen.ts";
import { describeIgnoredDependencies } from "../choice/ignored-dependencies.ts";
import { tierPlans } from "../choice/resolution.ts";
import type { ComposeRequest } from "../request.ts";
import type { Asked, LockSection } from "./lock.ts";

/**
 * What of a request decides which packages are chosen. `settings` are the packages that its settings bring; `rules` stands
 * for the tables of this version of distill that have a part in it: the packages of the base, the dependencies that are
 * never followed, the libraries that are loaded by name.
 */
export function askedOf(request: ComposeRequest): Asked {
  const { base, suite, packages, debs } = request;
  const plans = tierPlans({ ...request, packages: [] }, []).map(({ name, packages }) => ({ name, packages }));
  const tiers = tiersOf(base, suite).length;
  const settings = plans.slice(tiers).flatMap((plan) => plan.packages);
  const rules = JSON.stringify([plans.slice(0, tiers), describeIgnoredDependencies(), DLOPEN_EDGES]);
  return {
    ...{ base, suite, packages },
    ...(settings.length === 0 ? {} : { settings }),
    ...(debs.length === 0 ? {} : { debs: debs.map(({ digest }) => digest) }),
    rules: digestOf(rules),
  };
}

/**
 * How what is asked for now differs from what the section was made for, in words; empty where the section fits. `archives`
 * are the keys of the archives that packages may come from now.
 */
export function differencesFrom(section: LockSection, asked: Asked, archives: readonly string[]): readonly string[] {
  const locked = { ...section.asked, archives: section.archives.map(({ key }) => key) };
  const wanted = { ...asked, archives };
  const keys = [...new Set([...Object.keys(wanted), ...Object.keys(locked)])];
  return keys.flatMap((key) => {
    const [before, now] = [locked, wanted].map((each): Asked[string] | undefined => (each as Asked)[key]);
    return JSON.stringify(before) === JSON.stringify(now) ? [] : describe(key, before, now);
  });
}

function describe(key: string, before: Asked[string] | undefined, now: Asked[string] | undefined): readonly string[] {
  if (key === "rules") return ["this distill chooses by other rules"];
  if (typeof before === "string" && typeof now === "string") return [`${key} is ${now}, was ${before}`];
  const [old, wanted] = [listOf(before), listOf(now)];
  const more = wanted.filter((each) => !old.includes(each));
  const gone = old.filter((each) => !wanted.includes(each));
  if (more.length === 0 && gone.length === 0) return [`the order of ${key} has changed`];
  return [
    ...(more.length === 0 ? [] : [`new among ${key}: ${more.join(", ")}`]),
    ...(gone.length === 0 ? [] : [`no longer among ${key}: ${gone.join(", ")}`]),
  ];
}

function listOf(value: Asked[string] | undefined): readonly string[] {
  if (value === undefined) return [];
  return typeof value === "string" ? [value] : value;
}
