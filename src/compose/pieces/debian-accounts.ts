/** Debian's fixed accounts, which base-passwd gives every system (base-passwd, users-and-groups.txt). */
const USERS: Readonly<Record<string, readonly [id: number, group: number, home: string]>> = {
  root: [0, 0, "/root"],
  daemon: [1, 1, "/usr/sbin"],
  bin: [2, 2, "/bin"],
  sys: [3, 3, "/dev"],
  games: [5, 60, "/usr/games"],
  man: [6, 12, "/var/cache/man"],
  lp: [7, 7, "/var/spool/lpd"],
  mail: [8, 8, "/var/mail"],
  news: [9, 9, "/var/spool/news"],
  uucp: [10, 10, "/var/spool/uucp"],
  proxy: [13, 13, "/bin"],
  "www-data": [33, 33, "/var/www"],
  backup: [34, 34, "/var/backups"],
  list: [38, 38, "/var/list"],
  irc: [39, 39, "/run/ircd"],
  _apt: [42, 65534, "/nonexistent"],
  nobody: [65534, 65534, "/nonexistent"],
};

const GROUPS: Readonly<Record<string, number>> = {
  root: 0,
  daemon: 1,
  bin: 2,
  sys: 3,
  adm: 4,
  tty: 5,
  disk: 6,
  lp: 7,
  mail: 8,
  news: 9,
  uucp: 10,
  man: 12,
  proxy: 13,
  kmem: 15,
  dialout: 20,
  fax: 21,
  voice: 22,
  cdrom: 24,
  floppy: 25,
  tape: 26,
  sudo: 27,
  audio: 29,
  dip: 30,
  "www-data": 33,
  backup: 34,
  operator: 37,
  list: 38,
  irc: 39,
  src: 40,
  shadow: 42,
  utmp: 43,
  video: 44,
  sasl: 45,
  plugdev: 46,
  staff: 50,
  games: 60,
  users: 100,
  nogroup: 65534,
};

/** The id that Debian fixes for an account, or a group, of that name. */
export function debianId(kind: "passwd" | "group", name: string): number | undefined {
  if (kind === "group") return Object.hasOwn(GROUPS, name) ? GROUPS[name] : undefined;
  return Object.hasOwn(USERS, name) ? USERS[name]?.[0] : undefined;
}

/** The line of /etc/passwd that Debian has for an account; it cannot log in. */
export function debianUserLine(name: string): string | undefined {
  const user = Object.hasOwn(USERS, name) ? USERS[name] : undefined;
  return user && `${name}:x:${user[0]}:${user[1]}:${name}:${user[2]}:/usr/sbin/nologin`;
}

const IDS: ReadonlySet<number> = new Set([...Object.values(GROUPS), ...Object.values(USERS).map(([user]) => user)]);

/** True where an id belongs to one of those accounts or groups, whether it is in the image or not. */
export function isDebianId(id: number): boolean {
  return IDS.has(id);
}
