#include <stdio.h>
#include "greet.h"

int main(int count, char **words) {
  printf("%s, %s\n", greeting(), count > 1 ? words[1] : "you");
  return 0;
}
