/** Told what could not be read, with the name of the file. */
export type Warn = (text: string) => void;
