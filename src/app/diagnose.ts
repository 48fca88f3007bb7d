import { makeCgroup } from "../sandbox/cgroup/cgroup.ts";
import { openSandbox } from "../sandbox/choose.ts";
import type { ExecutorName } from "../sandbox/executors/executor.ts";
import type { Diagnosis, ExecutorState } from "../sandbox/machine/diagnosis.ts";
import { readFacts } from "../sandbox/machine/facts.ts";
import { lackingUsers } from "../sandbox/machine/one-user.ts";
import { prospectsOf } from "../sandbox/machine/prospects.ts";
import { type Trial, tryOut } from "../sandbox/machine/trial.ts";
import type { Store } from "../store/store.ts";

/** Says of each executor whether it works here: by what the machine has, and, where nothing is missing, by a try. */
export async function diagnose(store: Store): Promise<Diagnosis> {
  const facts = readFacts();
  const executors: ExecutorState[] = [];
  await using lease = store.lease("doctor");
  for (const { name, installed, missing, limits } of prospectsOf(facts)) {
    const trial = missing.length > 0 ? undefined : await tried(store, lease, name);
    executors.push({
      ...{
        name,
        missing,
        limits,
        chosen: installed && !executors.some(({ chosen }) => chosen),
        works: trial?.works === true,
      },
      filtered: trial?.works === true && trial.filtered,
      failure: trial?.works === false ? trial.why : undefined,
    });
  }
  return {
    facts,
    executors,
    users: lackingUsers(facts),
    withoutLimits: await whyNoLimits(),
    works: executors.some(({ works }) => works),
  };
}

async function tried(store: Store, lease: ReturnType<Store["lease"]>, name: ExecutorName): Promise<Trial> {
  try {
    return await tryOut(openSandbox(store, name), store, lease);
  } catch (error) {
    return { works: false, why: error instanceof Error ? error.message : String(error) };
  }
}

async function whyNoLimits(): Promise<string | undefined> {
  try {
    await makeCgroup({ memory: 2 ** 30, cpus: 1 }).remove();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
