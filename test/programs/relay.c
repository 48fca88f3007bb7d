/*
 * Without any library, so that it can be an ELF interpreter too: says whether the file that is being executed by it could be
 * changed. To be started as a script's interpreter ("#!/proc/self/exe") or as the dynamic loader of a program of the host.
 */
static long call(long number, long a, long b, long c) {
  long result;
#if defined(__x86_64__)
  __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
#else
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
  result = x0;
#endif
  return result;
}

#if defined(__x86_64__)
enum { WRITE = 1, READLINKAT = 267, FACCESSAT = 269, EXIT = 231 };
#else
enum { WRITE = 64, READLINKAT = 78, FACCESSAT = 48, EXIT = 94 };
#endif

static char target[4096];

/* readlinkat has four arguments; the fourth is set here. */
static long readlink_self(void) {
#if defined(__x86_64__)
  long result;
  register long r10 __asm__("r10") = sizeof target - 1;
  __asm__ volatile("syscall" : "=a"(result) : "a"((long)READLINKAT), "D"(-100L), "S"("/proc/self/exe"), "d"(target), "r"(r10) : "rcx", "r11", "memory");
  return result;
#else
  register long x8 __asm__("x8") = READLINKAT;
  register long x0 __asm__("x0") = -100;
  register const char *x1 __asm__("x1") = "/proc/self/exe";
  register char *x2 __asm__("x2") = target;
  register long x3 __asm__("x3") = sizeof target - 1;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
  return x0;
#endif
}

static void say(const char *text, long length) { call(WRITE, 1, (long)text, length); }

void _start(void) {
  long length = readlink_self();
  /* W_OK of access(2) counts whether the mount can be written to. */
  int writable = call(FACCESSAT, -100, (long)"/proc/self/exe", 2) == 0;
  if (length < 0) say("no /proc\n", 9);
  else {
    /* A copy in memory is nobody's. */
    int memory = length > 7 && target[1] == 'm' && target[2] == 'e' && target[3] == 'm' && target[4] == 'f' && target[5] == 'd';
    if (writable && !memory) say("escaped: ", 9);
    say("executing ", 10);
    say(target, length);
    say(writable ? ", which can be written\n" : ", which cannot be written\n", writable ? 23 : 26);
  }
  call(EXIT, 0, 0, 0);
}
