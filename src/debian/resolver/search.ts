import type { PackageIndex } from "../index/package-index.ts";
import type { BinaryPackage } from "../package/package.ts";
import type { Clause, Relation } from "../package/relation.ts";
import { type Candidates, candidatesFor } from "./candidates.ts";
import { type DeadEnd, deadEndError } from "./dead-end.ts";
import { ignoredClause, type Skip } from "./ignored-clause.ts";
import { type Conflict, World } from "./world.ts";

/** A clause that must be satisfied: a package's, or (without `from`) one that was asked for. */
export interface Need {
  readonly from: BinaryPackage | undefined;
  readonly clause: Clause;
  /** Set where only the package of that name will do: nobody who asks for a package means another that provides its name. */
  readonly exactly?: string;
}

/** What the search is given. */
export interface SearchRequest {
  readonly roots: readonly Relation[];
  readonly installed: ReadonlyMap<string, BinaryPackage>;
  readonly skip: Skip;
  readonly architecture: string;
}

/** A choice that was made, and the state before it. */
interface Frame {
  readonly need: Need;
  readonly candidates: readonly BinaryPackage[];
  next: number;
  /** Earlier choices that took part in the failures of the candidates so far. */
  blame: bigint;
  readonly chosen: number;
  readonly sure: Mark;
  readonly open: Mark;
}

interface Mark {
  readonly head: number;
  readonly length: number;
}

const MAX_DEAD_ENDS = 2000;

/**
 * Chooses packages until every clause is satisfied. Clauses with one possibility go first, so that a clause with
 * several finds what is there anyway; then the first possibility that works. A dead end goes back to the last choice
 * that had a part in it (conflict-directed backjumping). For that each package carries the set of choices that it
 * depends on, as a bit set: bit n is the choice in frame n.
 */
export class Search {
  readonly world: World;
  /** What was chosen, in the order of choice. */
  readonly chosen: BinaryPackage[] = [];
  readonly #index: PackageIndex;
  readonly #request: SearchRequest;
  readonly #candidates = new Map<Clause, Candidates>();
  readonly #choices = new Map<string, bigint>();
  readonly #reasons = new Map<string, Need>();
  readonly #frames: Frame[] = [];
  readonly #sure = new Queue<Need>();
  readonly #open = new Queue<Need>();
  #deadEnds = 0;
  #firstDeadEnd: Error | undefined;

  constructor(index: PackageIndex, request: SearchRequest) {
    this.#index = index;
    this.#request = request;
    this.world = new World(request.architecture);
    for (const each of request.installed.values()) this.world.add(each);
    for (const root of request.roots) {
      const isReal = request.installed.has(root.name) || index.versions(root.name).length > 0;
      this.#sure.push({ from: undefined, clause: [root], ...(isReal ? { exactly: root.name } : {}) });
    }
  }

  /** UNSATISFIABLE or PACKAGE_CONFLICT, with the first dead end, where no choice works out within MAX_DEAD_ENDS. */
  run(): void {
    for (;;) {
      const sure = this.#sure.shift();
      const need = sure ?? this.#open.shift();
      if (need === undefined) return;
      const blame = this.#settle(need, sure === undefined);
      if (blame !== undefined) this.#goBack(blame);
    }
  }

  /** Satisfies a need, or puts it off while there is a choice to make; on a dead end returns the choices that led to it. */
  #settle(need: Need, choose: boolean): bigint | undefined {
    if (this.#isSettled(need)) return undefined;
    const { preferred, older } = this.#candidatesFor(need);
    const blockers = new Map<BinaryPackage, Blocker>();
    const free = (candidate: BinaryPackage): boolean => {
      const blocker = this.#blockerOf(candidate);
      if (blocker !== undefined) blockers.set(candidate, blocker);
      return blocker === undefined;
    };
    const best = preferred.filter(free);
    if (best.length > 1 && !choose) {
      this.#open.push(need);
      return undefined;
    }
    const candidates = [...best, ...older.filter(free)];
    let blame = this.#choicesBehind(need.from);
    for (const blocker of blockers.values()) blame |= this.#choicesBehind(blocker.by);
    const [first, second] = candidates;
    if (first === undefined) {
      this.#firstDeadEnd ??= deadEndError(this.#describe(need, [...blockers.values()]), this.#index);
      return blame;
    }
    if (second === undefined) this.#choose(first, need, blame);
    else this.#decide(need, candidates, blame);
    return undefined;
  }

  #isSettled({ from, clause, exactly }: Need): boolean {
    const present = clause.flatMap((relation) => this.world.satisfying(relation));
    if (present.some((each) => each.name === (exactly ?? each.name))) return true;
    return from !== undefined && ignoredClause(from, clause, this.#index, this.#request.skip) !== undefined;
  }

  #blockerOf(candidate: BinaryPackage): Blocker | undefined {
    const other = this.world.get(candidate.name);
    if (other !== undefined) return { candidate, by: other, conflict: undefined };
    const conflict = this.world.conflictWith(candidate);
    if (conflict === undefined) return undefined;
    return { candidate, by: conflict.owner === candidate ? conflict.other : conflict.owner, conflict };
  }

  #choose(added: BinaryPackage, need: Need, choices: bigint): void {
    this.world.add(added);
    this.chosen.push(added);
    this.#choices.set(added.name, choices);
    this.#reasons.set(added.name, need);
    for (const clause of [...added.preDepends, ...added.depends]) this.#sure.push({ from: added, clause });
  }

  #decide(need: Need, candidates: readonly BinaryPackage[], blame: bigint): void {
    const frame: Frame = {
      need,
      candidates,
      next: 0,
      blame,
      chosen: this.chosen.length,
      sure: this.#sure.mark(),
      open: this.#open.mark(),
    };
    this.#frames.push(frame);
    this.#tryNext(frame);
  }

  #tryNext(frame: Frame): void {
    const candidate = frame.candidates[frame.next++] as BinaryPackage;
    const own = 1n << BigInt(this.#frames.length - 1);
    this.#choose(candidate, frame.need, this.#choicesBehind(frame.need.from) | own);
  }

  /** Returns to the last of the blamed choices that has a candidate left; throws where there is none. */
  #goBack(blame: bigint): void {
    this.#deadEnds++;
    for (let guilty = blame; guilty !== 0n && this.#deadEnds <= MAX_DEAD_ENDS; ) {
      const last = guilty.toString(2).length - 1;
      const frame = this.#frames[last] as Frame;
      this.#frames.length = last + 1;
      this.#restore(frame);
      frame.blame |= guilty & ~(1n << BigInt(last));
      if (frame.next < frame.candidates.length) {
        this.#tryNext(frame);
        return;
      }
      this.#frames.pop();
      guilty = frame.blame;
    }
    throw this.#firstDeadEnd;
  }

  #restore(frame: Frame): void {
    while (this.chosen.length > frame.chosen) {
      const last = this.chosen.pop() as BinaryPackage;
      this.world.remove(last);
      this.#choices.delete(last.name);
      this.#reasons.delete(last.name);
    }
    this.#sure.reset(frame.sure);
    this.#open.reset(frame.open);
  }

  /** The choices that a package depends on; none for an installed one and for what was asked for. */
  #choicesBehind(origin: BinaryPackage | undefined): bigint {
    return (origin && this.#choices.get(origin.name)) ?? 0n;
  }

  #candidatesFor({ clause, exactly }: Need): Candidates {
    let found = this.#candidates.get(clause);
    if (found === undefined) {
      const all = candidatesFor(clause, this.#index, this.#request.architecture);
      const suits = ({ name }: BinaryPackage): boolean => name === (exactly ?? name);
      found = { preferred: all.preferred.filter(suits), older: all.older.filter(suits) };
      this.#candidates.set(clause, found);
    }
    return found;
  }

  #describe({ from, clause }: Need, blockers: readonly Blocker[]): DeadEnd {
    return {
      chain: this.#chainTo(from),
      clause,
      blockers: blockers.map((blocker) => ({ ...blocker, chain: this.#chainTo(blocker.by) })),
      architecture: this.#request.architecture,
    };
  }

  /** The names from a root to the package. */
  #chainTo(end: BinaryPackage | undefined): readonly string[] {
    const names: string[] = [];
    for (let each = end; each !== undefined; each = this.#reasons.get(each.name)?.from) names.unshift(each.name);
    return names;
  }
}

/** Why a candidate cannot be chosen: `by` conflicts with it, or (without a conflict) is another version of it. */
export interface Blocker {
  readonly candidate: BinaryPackage;
  readonly by: BinaryPackage;
  readonly conflict: Conflict | undefined;
}

/** First in, first out, and back to an earlier state. */
class Queue<T> {
  readonly #items: T[] = [];
  #head = 0;

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): T | undefined {
    return this.#head < this.#items.length ? this.#items[this.#head++] : undefined;
  }

  mark(): Mark {
    return { head: this.#head, length: this.#items.length };
  }

  reset({ head, length }: Mark): void {
    this.#head = head;
    this.#items.length = length;
  }
}
