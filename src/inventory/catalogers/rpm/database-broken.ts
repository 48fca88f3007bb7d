/** What is wrong with a database, or with one blob of it; for who reads it to tell. */
export class DatabaseBroken extends Error {}

/** Told what is broken where the rest is read all the same. */
export type Complain = (problem: string) => void;

export function broken(problem: string): never {
  throw new DatabaseBroken(problem);
}

/** What `read` gives; where it finds something broken, that is told and there is nothing. */
export async function unlessBroken<T>(read: () => T | Promise<T>, complain: Complain): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof DatabaseBroken)) throw error;
    complain(error.message);
    return undefined;
  }
}
