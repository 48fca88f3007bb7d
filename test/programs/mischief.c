/* What a RUN may do that makes it hard to end, to clean up after, or to read back: the first argument says what. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

extern char **environ;

static void must(int result, const char *what) {
  if (result >= 0) return;
  printf("%s: %s\n", what, strerror(errno));
  exit(1);
}

static void deaf(void) {
  for (int number = 1; number < 32; number++) signal(number, SIG_IGN);
}

/* Processes that nobody waits for, in sessions of their own, that hear no signal; each has a file open. */
static void daemons(void) {
  for (int count = 0; count < 5; count++) {
    if (fork() != 0) continue;
    setsid();
    if (fork() != 0) _exit(0);
    deaf();
    int file = open("/kept-open", O_CREAT | O_RDWR | O_APPEND, 0600);
    for (;;) {
      if (write(file, "x", 1) < 0) usleep(1000);
      usleep(20000);
    }
  }
}

static void make(const char *path) {
  int file = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0644);
  must(file, path);
  must((int)write(file, path, strlen(path)), path);
  close(file);
}

/* Names and kinds of entries that archives and shells stumble over. */
static void names(void) {
  must(mkdir("/names", 0755), "/names");
  must(chdir("/names"), "chdir");
  static const char *const plain[] = {"line\nbreak", "-rf", "--checkpoint-action=exec=false", " ", "\\", "\\n", "*", "$(false)", "`false`",
    "quote'\"", "\xff\xfe", "\xc3", "tab\there", "a=b", "~", "#", "%s%n", "\x1b[31mred", "\r"};
  for (size_t index = 0; index < sizeof plain / sizeof *plain; index++) make(plain[index]);
  char longest[256];
  memset(longest, 'n', 255);
  longest[255] = 0;
  make(longest);
  must(mkfifo("fifo", 0600), "fifo");
  int file = socket(AF_UNIX, SOCK_STREAM, 0);
  struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "socket"};
  must(bind(file, (struct sockaddr *)&address, sizeof address), "socket");
  must(link("-rf", "hard link"), "link");
  must(symlink("/../../../../etc/passwd", "link"), "symlink");
  must(symlink(longest, "link to long"), "symlink");
  must(setxattr("a=b", "user.own", "value\n\0more", 11, 0), "setxattr");
  chmod("~", 04755);
  must(mkdir("deep", 0755), "deep");
  must(chdir("deep"), "chdir");
  for (int depth = 0; depth < 14; depth++) {
    must(mkdir(longest, 0755), "deep");
    must(chdir(longest), "deep");
  }
  make("bottom");
}

/* Marks of an overlay, made by the program itself: they are files of the image, or refused, and hide nothing. */
static void marks(void) {
  must(mkdir("/marks", 0755), "/marks");
  make("/marks/file");
  if (mknod("/marks/device", S_IFCHR, makedev(0, 0)) != 0) printf("no device 0:0: %s\n", strerror(errno));
  static const char *const attributes[] = {"trusted.overlay.opaque", "user.overlay.opaque", "trusted.overlay.redirect",
    "user.overlay.whiteout", "user.overlay.redirect", "trusted.overlay.metacopy"};
  for (size_t index = 0; index < sizeof attributes / sizeof *attributes; index++) {
    const char *value = index < 2 ? "y" : "/etc";
    if (setxattr("/base", attributes[index], value, strlen(value), 0) == 0) printf("set %s\n", attributes[index]);
  }
}

static void sparse(void) {
  int file = open("/sparse", O_CREAT | O_WRONLY, 0644);
  must(file, "/sparse");
  must(ftruncate(file, 1L << 40), "ftruncate");
}

static void many(int count) {
  char path[64];
  for (int index = 0; index < count; index++) {
    if (index % 1000 == 0) {
      snprintf(path, sizeof path, "/many%d", index / 1000);
      must(mkdir(path, 0755), path);
      must(chdir(path), path);
    }
    snprintf(path, sizeof path, "%d", index);
    int file = open(path, O_CREAT | O_WRONLY, 0644);
    must(file, path);
    close(file);
  }
}

static void fill(int megabytes) {
  static char block[1 << 20];
  for (size_t index = 0; index < sizeof block; index++) block[index] = (char)(rand() >> 8);
  int file = open("/filler", O_CREAT | O_WRONLY, 0644);
  must(file, "/filler");
  for (int count = 0; count < megabytes; count++) must((int)write(file, block, sizeof block), "write");
}

static void show(const char *what, const char *text) {
  printf("%s ", what);
  for (; *text != 0; text++) printf(*text >= 33 && *text < 127 && *text != '%' ? "%c" : "%%%02x", (unsigned char)*text);
  printf("\n");
}

int main(int count, char **arguments) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  const char *what = count > 1 ? arguments[1] : "";
  int number = count > 2 ? atoi(arguments[2]) : 0;
  if (strcmp(what, "names") == 0) names();
  else if (strcmp(what, "marks") == 0) marks();
  else if (strcmp(what, "sparse") == 0) sparse();
  else if (strcmp(what, "many") == 0) many(number);
  else if (strcmp(what, "fill") == 0) fill(number);
  else if (strcmp(what, "daemons") == 0) daemons();
  else if (strcmp(what, "link") == 0 && count > 3) must(symlink(arguments[3], arguments[2]), arguments[2]);
  else if (strcmp(what, "directory") == 0 && count > 2) must(mkdir(arguments[2], 0755), arguments[2]);
  else if (strcmp(what, "stay") == 0) {
    if (number > 0) fill(number);
    daemons();
    deaf();
    printf("staying\n");
    for (;;) pause();
  } else {
    for (int index = 0; index < count; index++) show("argument", arguments[index]);
    for (char **each = environ; *each != NULL; each++) show("variable", *each);
  }
  return 0;
}
