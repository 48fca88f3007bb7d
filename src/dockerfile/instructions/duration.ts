/** Nanoseconds, as image configs write times. */
export type Duration = number;
