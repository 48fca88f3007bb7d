/*
 * Runs as a RUN and tries to get out. Prints a line for each thing that it could do and should not have been able to:
 * "escaped: what". Nothing is ever written to what it gets open. Arguments: a file of the host outside of the root file
 * system, and anything for the table of mounts.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *host;
static struct stat root;
static int attempts;

static void escaped(const char *format, ...) {
  va_list values;
  va_start(values, format);
  printf("escaped: ");
  vprintf(format, values);
  printf("\n");
  va_end(values);
  fflush(stdout);
}

/* Runs an attempt in a process of its own: many of them leave a process where it does not want to be. */
static void attempt(const char *name, void (*work)(void)) {
  attempts++;
  fflush(stdout);
  pid_t pid = fork();
  if (pid == 0) {
    alarm(20);
    work();
    fflush(stdout);
    _exit(0);
  }
  int status = 0;
  waitpid(pid, &status, 0);
  if (status != 0 && WIFSIGNALED(status) && WTERMSIG(status) != SIGSYS) printf("note: %s ended by signal %d\n", name, WTERMSIG(status));
}

static int opens(const char *path, int flags) {
  int file = open(path, flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (file >= 0) close(file);
  return file >= 0;
}

static int is_number(const char *name) {
  return name[0] != 0 && name[strspn(name, "0123456789")] == 0;
}

/* Descriptors that came along: none but the three, and none of them a directory. */
static void descriptors(void) {
  for (int number = 0; number < 1024; number++) {
    struct stat found;
    if (fstat(number, &found) != 0) continue;
    char path[64], target[4096] = "";
    snprintf(path, sizeof path, "/proc/self/fd/%d", number);
    if (readlink(path, target, sizeof target - 1) < 0) snprintf(target, sizeof target, "?");
    if (number > 2 && strcmp(target, "/dev/null") != 0) escaped("descriptor %d is open: %s", number, target);
    if (S_ISDIR(found.st_mode) || S_ISBLK(found.st_mode)) escaped("descriptor %d is %s", number, target);
  }
}

static int is_elsewhere(const char *path) {
  struct stat found;
  return stat(path, &found) == 0 && (found.st_dev != root.st_dev || found.st_ino != root.st_ino);
}

/* The host through what /proc says of processes. */
static void processes(void) {
  DIR *directory = opendir("/proc");
  if (directory == NULL) return;
  for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
    if (!is_number(entry->d_name) && strcmp(entry->d_name, "self") != 0 && strcmp(entry->d_name, "thread-self") != 0) continue;
    char path[8192];
    snprintf(path, sizeof path, "/proc/%s/root/.", entry->d_name);
    if (is_elsewhere(path)) escaped("%s is another root directory", path);
    for (int number = -3; number < 64; number++) {
      static const char *const names[] = {"root", "cwd", "exe"};
      char via[64];
      if (number < 0) snprintf(via, sizeof via, "%s", names[number + 3]);
      else snprintf(via, sizeof via, "fd/%d", number);
      snprintf(path, sizeof path, "/proc/%s/%s%s", entry->d_name, via, host);
      if (opens(path, O_RDONLY)) escaped("%s can be read", path);
      snprintf(path, sizeof path, "/proc/%s/%s/../../../../../../..%s", entry->d_name, via, host);
      if (opens(path, O_RDONLY)) escaped("%s can be read", path);
    }
    if (atoi(entry->d_name) > 0 && atoi(entry->d_name) != getppid() && atoi(entry->d_name) != getpid()) {
      char command[256] = "";
      snprintf(path, sizeof path, "/proc/%s/comm", entry->d_name);
      int file = open(path, O_RDONLY);
      if (file >= 0 && read(file, command, sizeof command - 1) > 0) command[strcspn(command, "\n")] = 0;
      if (file >= 0) close(file);
      if (strcmp(command, "bwrap") != 0) escaped("process %s (%s) is there", entry->d_name, command);
    }
  }
  closedir(directory);
}

/* Every file of /proc and /sys that does not belong to a process: none may be opened for writing. */
static int look(const char *path, const struct stat *found, int type, struct FTW *where) {
  (void)where;
  if (type == FTW_D && strncmp(path, "/proc/", 6) == 0 && is_number(path + 6)) return FTW_SKIP_SUBTREE;
  if (type != FTW_F || !S_ISREG(found->st_mode) || (found->st_mode & 0222) == 0 || strncmp(path, "/proc/pressure", 14) == 0) return FTW_CONTINUE;
  if (opens(path, O_WRONLY)) escaped("%s can be written", path);
  return FTW_CONTINUE;
}

static void kernel_files(void) {
  nftw("/proc", look, 64, FTW_PHYS | FTW_ACTIONRETVAL);
  nftw("/sys", look, 64, FTW_PHYS | FTW_ACTIONRETVAL);
}

static void hidden_files(void) {
  static const char *const paths[] = {"/proc/kcore", "/proc/keys", "/proc/timer_list", "/proc/sched_debug", "/proc/kmsg",
    "/proc/sysrq-trigger", "/dev/mem", "/dev/kmem", "/dev/port", "/dev/kmsg", "/dev/vda", "/dev/sda", "/dev/loop0",
    "/dev/loop-control", "/dev/fuse", "/dev/net/tun", "/dev/console", "/dev/tty0", "/dev/hwrng", "/dev/rtc0", "/proc/1/mem/x"};
  for (size_t index = 0; index < sizeof paths / sizeof *paths; index++) {
    char text[16];
    int file = open(paths[index], O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (file < 0) continue;
    if (read(file, text, sizeof text) > 0) escaped("%s can be read", paths[index]);
    else if (strncmp(paths[index], "/dev/", 5) == 0) escaped("%s can be opened", paths[index]);
    close(file);
  }
}

/* Devices made by the program itself, wherever it can make one. */
static void device_in(const char *directory) {
  static const struct { mode_t type; int major, minor; } devices[] = {
    {S_IFBLK, 254, 0}, {S_IFBLK, 8, 0}, {S_IFBLK, 7, 0}, {S_IFBLK, 259, 0}, {S_IFBLK, 253, 0}, {S_IFCHR, 1, 1}, {S_IFCHR, 1, 4},
    {S_IFCHR, 1, 11}, {S_IFCHR, 10, 229}, {S_IFCHR, 10, 237}, {S_IFCHR, 10, 200}, {S_IFCHR, 10, 183}, {S_IFCHR, 4, 0}, {S_IFCHR, 5, 1},
    {S_IFCHR, 1, 3}};
  for (size_t index = 0; index < sizeof devices / sizeof *devices; index++) {
    char path[8192];
    snprintf(path, sizeof path, "%s/device", directory);
    if (mknod(path, devices[index].type | 0600, makedev(devices[index].major, devices[index].minor)) != 0) continue;
    int file = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (file >= 0 || (errno != EACCES && errno != EPERM && errno != ENOENT && errno != ENXIO && errno != ENODEV))
      escaped("device %d:%d made in %s: %s", devices[index].major, devices[index].minor, directory, file >= 0 ? "opened" : strerror(errno));
    else if (errno == ENXIO || errno == ENODEV)
      escaped("device %d:%d made in %s reaches the kernel: %s", devices[index].major, devices[index].minor, directory, strerror(errno));
    if (file >= 0) close(file);
    unlink(path);
  }
}

static void devices(void) {
  device_in("");
  char line[8192];
  FILE *mounts = fopen("/proc/self/mountinfo", "r");
  while (mounts != NULL && fgets(line, sizeof line, mounts) != NULL) {
    char at[4096];
    if (sscanf(line, "%*s %*s %*s %*s %4095s", at) == 1) device_in(at);
  }
}

/* The escape of every chroot(2) that is no pivot_root. */
static void chroot_escape(void) {
  int above = open("/", O_RDONLY | O_DIRECTORY);
  if (mkdir("/.below", 0700) != 0 && errno != EEXIST) return;
  if (chroot("/.below") != 0) return;
  if (fchdir(above) != 0) return;
  for (int step = 0; step < 200; step++) if (chdir("..") != 0) return;
  if (chroot(".") != 0) return;
  if (opens(host, O_RDONLY)) escaped("chroot leads out");
  if (is_elsewhere("/.")) escaped("chroot leads to another root directory");
}

static void working_directory(void) {
  for (int step = 0; step < 200; step++) if (chdir("..") != 0) return;
  /* util-linux alone starts programs out of a directory that is in no tree, and holds copies. */
  if (is_elsewhere(".") && access(".", W_OK) == 0) escaped("the working directory lies outside, and can be written to");
  if (opens(host + 1, O_RDONLY)) escaped("the working directory leads to the host");
}

static void mounts(void) {
  if (mkdir("/.mount", 0700) != 0 && errno != EEXIST) return;
  if (mount("x", "/.mount", "tmpfs", 0, "") == 0) escaped("mount of a tmpfs");
  if (mount("/", "/.mount", NULL, MS_BIND | MS_REC, NULL) == 0) escaped("bind mount");
  if (mount(NULL, "/proc/sys", NULL, MS_REMOUNT | MS_BIND, NULL) == 0) escaped("remount of /proc/sys");
  if (mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND, NULL) == 0) escaped("remount of /");
  if (umount2("/proc/sys", MNT_DETACH) == 0) escaped("umount of /proc/sys");
  if (umount2("/proc/kcore", MNT_DETACH) == 0) escaped("umount of /proc/kcore");
  if (umount2("/proc", MNT_DETACH) == 0) escaped("umount of /proc");
  if (syscall(SYS_pivot_root, "/.mount", "/.mount") == 0) escaped("pivot_root");
  if (syscall(SYS_fsopen, "tmpfs", 0) >= 0) escaped("fsopen");
  if (syscall(SYS_open_tree, AT_FDCWD, "/", 1 /* OPEN_TREE_CLONE */) >= 0) escaped("open_tree");
  if (unshare(CLONE_NEWNS) == 0) escaped("a mount namespace");
}

/* What a user namespace of one's own makes of all that; where it can be had, it must not be worth anything. */
static void user_namespace(void) {
  if (unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC) != 0) return;
  printf("note: user namespaces can be made\n");
  if (umount2("/proc/sys", MNT_DETACH) == 0) escaped("umount of /proc/sys in a user namespace");
  if (umount2("/proc/kcore", MNT_DETACH) == 0) escaped("umount of /proc/kcore in a user namespace");
  if (mount(NULL, "/proc/sys", NULL, MS_REMOUNT | MS_BIND, NULL) == 0) escaped("remount of /proc/sys in a user namespace");
  if (mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND, NULL) == 0) printf("note: remount of / in a user namespace\n");
  if (mkdir("/.mount", 0700) != 0 && errno != EEXIST) return;
  pid_t pid = fork();
  if (pid == 0) {
    if (mount("proc", "/.mount", "proc", 0, NULL) == 0) escaped("a /proc without masks in a user namespace");
    if (mount("sysfs", "/.mount", "sysfs", 0, NULL) == 0) escaped("a /sys in a user namespace");
    if (opens("/proc/sys/kernel/core_pattern", O_WRONLY)) escaped("core_pattern in a user namespace");
    _exit(0);
  }
  waitpid(pid, NULL, 0);
  device_in("");
}

static void cgroups(void) {
  if (mkdir("/.cgroup", 0700) != 0 && errno != EEXIST) return;
  if (mount("none", "/.cgroup", "cgroup2", 0, NULL) == 0) escaped("mount of cgroup2");
  if (mount("none", "/.cgroup", "cgroup", 0, "memory") == 0) escaped("mount of cgroup");
  if (unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWCGROUP) != 0) return;
  for (int version = 1; version <= 2; version++) {
    if (mount("none", "/.cgroup", version == 1 ? "cgroup" : "cgroup2", 0, version == 1 ? "memory" : NULL) != 0) continue;
    if (mkdir("/.cgroup/distill-attack", 0755) == 0) {
      rmdir("/.cgroup/distill-attack");
      escaped("a cgroup of version %d in a user namespace", version);
    }
    if (opens("/.cgroup/cgroup.procs", O_WRONLY)) escaped("cgroup.procs of version %d in a user namespace", version);
    if (opens("/.cgroup/release_agent", O_WRONLY)) printf("note: release_agent can be opened\n");
    umount2("/.cgroup", MNT_DETACH);
  }
}

static void system_calls(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (clock_settime(CLOCK_REALTIME, &now) == 0) escaped("clock_settime");
  if (sethostname("attack", 6) == 0) escaped("sethostname");
  if (swapon("/nothing", 0) == 0 || errno != EPERM) escaped("swapon: %s", strerror(errno));
  if (syscall(SYS_init_module, NULL, 0, "") == 0 || (errno != EPERM && errno != ENOSYS)) escaped("init_module: %s", strerror(errno));
  if (syscall(SYS_kexec_load, 0, 0, NULL, 0) == 0 || (errno != EPERM && errno != ENOSYS)) escaped("kexec_load: %s", strerror(errno));
  if (syscall(SYS_acct, NULL) == 0) escaped("acct");
  if (syscall(SYS_iopl, 3) == 0) escaped("iopl");
  if (syscall(SYS_ioperm, 0x80, 1, 1) == 0) escaped("ioperm");
  if (syscall(SYS_quotactl, 0, "", 0, NULL) == 0) escaped("quotactl");
  if (syscall(SYS_vhangup) == 0) escaped("vhangup");
  char handle[sizeof(struct file_handle) + 128] = "";
  ((struct file_handle *)handle)->handle_bytes = 8;
  ((struct file_handle *)handle)->handle_type = 1;
  int directory = open("/", O_RDONLY | O_DIRECTORY);
  if (syscall(SYS_open_by_handle_at, directory, handle, O_RDONLY) >= 0 || errno != EPERM) escaped("open_by_handle_at: %s", strerror(errno));
  if (syscall(SYS_setns, open("/proc/1/ns/mnt", O_RDONLY), 0) == 0) escaped("setns");
  char value[64] = "";
  if (syscall(SYS_bpf, 0, value, sizeof value) >= 0) escaped("bpf");
  if (setpriority(0, 0, -20) == 0) escaped("setpriority");
}

static void keys(void) {
  char text[4096];
  long key = syscall(SYS_request_key, "user", "distill-attack", NULL, 0);
  if (key > 0) escaped("a key of the host: %ld", key);
  long session = syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0);
  if (session > 0 && syscall(SYS_keyctl, KEYCTL_READ, session, text, sizeof text) > 0) printf("note: a session keyring with keys\n");
}

static void others(void) {
  for (pid_t pid = 1; pid < 64; pid++) {
    if (pid == getpid() || pid == getppid() || kill(pid, 0) != 0) continue;
    if (ptrace(PTRACE_ATTACH, pid, NULL, NULL) == 0) {
      waitpid(pid, NULL, __WALL);
      ptrace(PTRACE_DETACH, pid, NULL, NULL);
      escaped("ptrace of process %d", pid);
    }
  }
}

static void sockets(void) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  memcpy(address.sun_path + 1, "distill-attack", 14);
  int file = socket(AF_UNIX, SOCK_STREAM, 0);
  if (connect(file, (struct sockaddr *)&address, offsetof(struct sockaddr_un, sun_path) + 15) == 0) escaped("an abstract socket of the host");
}

static void terminal(void) {
  if (opens("/dev/tty", O_RDWR)) escaped("the terminal");
}

static void host_file(void) {
  if (opens(host, O_RDONLY)) escaped("%s is there", host);
}

/* Writable places that are shared with the host would be in what is known of mounts. */
static void mount_table(void) {
  char line[8192];
  FILE *table = fopen("/proc/self/mountinfo", "r");
  while (table != NULL && fgets(line, sizeof line, table) != NULL) printf("mount: %s", line);
}

int main(int count, char **arguments) {
  host = count > 1 ? arguments[1] : "/nothing";
  stat("/", &root);
  setvbuf(stdout, NULL, _IOLBF, 0);
  attempt("descriptors", descriptors);
  attempt("processes", processes);
  attempt("kernel files", kernel_files);
  attempt("hidden files", hidden_files);
  attempt("devices", devices);
  attempt("chroot", chroot_escape);
  attempt("working directory", working_directory);
  attempt("mounts", mounts);
  attempt("user namespace", user_namespace);
  attempt("cgroups", cgroups);
  attempt("system calls", system_calls);
  attempt("keys", keys);
  attempt("ptrace", others);
  attempt("sockets", sockets);
  attempt("terminal", terminal);
  attempt("host file", host_file);
  if (count > 2) attempt("mount table", mount_table);
  printf("attempts: %d\n", attempts);
  return 0;
}
