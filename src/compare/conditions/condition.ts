/** How the two sides of a condition are compared, the longer ones first. */
export const OPERATORS = [">=", "<=", "==", "!=", ">", "<"] as const;

export type Operator = (typeof OPERATORS)[number];

/** What B must not be, by itself or measured by A. */
export interface Condition {
  /** In one spelling, whatever was written: `size.compressed > +5%`. */
  readonly text: string;
  /** A name of QUANTITIES. */
  readonly quantity: string;
  readonly operator: Operator;
  readonly limit: Limit;
}

/** In thousandths, so that 0.1 is what it says: of a byte or a thing, or of a hundredth of what A has. */
export interface Limit {
  /** `number`: of B itself. `change`: of B less A. `percent`: of B less A, measured by A. */
  readonly kind: "number" | "change" | "percent";
  readonly thousandths: bigint;
}

/** Whether numbers of A and B meet a condition; both are whole and not negative. Of kind `number`, A does not matter. */
export function meets({ operator, limit }: Pick<Condition, "operator" | "limit">, a: number, b: number): boolean {
  const change = BigInt(b) - BigInt(a);
  switch (limit.kind) {
    case "number":
      return compares(BigInt(b) * 1000n, operator, limit.thousandths);
    case "change":
      return compares(change * 1000n, operator, limit.thousandths);
    case "percent":
      return compares(change * 100_000n, operator, limit.thousandths * BigInt(a));
  }
}

function compares(left: bigint, operator: Operator, right: bigint): boolean {
  switch (operator) {
    case ">":
      return left > right;
    case ">=":
      return left >= right;
    case "<":
      return left < right;
    case "<=":
      return left <= right;
    case "==":
      return left === right;
    case "!=":
      return left !== right;
  }
}
