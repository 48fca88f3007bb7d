// attribute PATH NAME [VALUE]: gives an entry (never what a link leads to) an extended attribute, or takes it away. A VALUE that
// begins with 0x is in hexadecimal digits.
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>

int main(int count, char **words) {
  unsigned char bytes[256];
  size_t size = 0;
  if (count < 3) return 2;
  if (count == 3) {
    if (lremovexattr(words[1], words[2]) == 0) return 0;
    perror(words[1]);
    return 1;
  }
  const char *value = words[3];
  if (strncmp(value, "0x", 2) == 0) {
    unsigned byte;
    for (value += 2; size < sizeof bytes && sscanf(value, "%2x", &byte) == 1; value += 2) bytes[size++] = byte;
  } else {
    size = strlen(value) < sizeof bytes ? strlen(value) : sizeof bytes;
    memcpy(bytes, value, size);
  }
  if (lsetxattr(words[1], words[2], bytes, size, 0) == 0) return 0;
  perror(words[1]);
  return 1;
}
