/* Takes as many MiB of memory as its argument says, and ends with 0 when it has them. */
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
    for (int left = argc > 1 ? atoi(argv[1]) : 0; left > 0; left--) {
        char *block = malloc(1 << 20);
        if (!block) return 1;
        memset(block, left, 1 << 20);
    }
    return 0;
}
