/* Makes system calls with arguments that no call can do anything with, and says what came of each: a line with the error
   number, 0 for none, -1 where the process was ended. Arguments: native or i386, then NUMBER:ARGUMENT:... for each. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int call(int i386, const unsigned long *words)
{
#ifdef __x86_64__
    if (i386) {
        long result;
        __asm__ volatile("int $0x80"
                         : "=a"(result)
                         : "a"(words[0]), "b"(words[1]), "c"(words[2]), "d"(words[3]), "S"(words[4]), "D"(words[5])
                         : "memory", "r8", "r9", "r10", "r11");
        return (int)result < 0 && (int)result > -4096 ? -(int)result : 0;
    }
#endif
    (void)i386;
    errno = 0;
    long result = syscall((long)words[0], words[1], words[2], words[3], words[4], words[5], words[6]);
    return result == -1 ? errno : 0;
}

static void showFilter(void)
{
    char line[256];
    FILE *status = fopen("/proc/self/status", "r");
    while (status && fgets(line, sizeof line, status))
        if (!strncmp(line, "Seccomp:", 8)) printf("%s", line);
}

int main(int argc, char **argv)
{
    showFilter();
    fflush(stdout);
    for (int i = 2; i < argc; i++) {
        unsigned long words[7] = { 0 };
        char *rest = argv[i];
        for (int n = 0; n < 7 && *rest; n++) {
            words[n] = strtoul(rest, &rest, 0);
            if (*rest == ':') rest++;
        }
        pid_t child = fork();
        if (child == 0) {
            int result = call(!strcmp(argv[1], "i386"), words);
            _exit(result);
        }
        int status = 0;
        waitpid(child, &status, 0);
        printf("%d\n", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
        fflush(stdout);
    }
    return 0;
}
