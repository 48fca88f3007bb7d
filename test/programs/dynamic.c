/* What a program that is linked with the C library expects of an image: accounts, time zones, services, threads, text. */
#define _GNU_SOURCE
#include <locale.h>
#include <math.h>
#include <netdb.h>
#include <pthread.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

static int failed;

static void check(const char *what, int ok) {
  printf("%s: %s\n", what, ok ? "yes" : "NO");
  failed |= !ok;
}

static void *add(void *sum) {
  *(double *)sum += sqrt(16);
  return NULL;
}

int main(void) {
  struct passwd *me = getpwuid(getuid());
  check("account", me != NULL && me->pw_dir[0] == '/');
  check("nonroot", getpwnam("nonroot") != NULL && getpwnam("nonroot")->pw_uid == 65532);

  setenv("TZ", "Asia/Tokyo", 1);
  tzset();
  time_t moment = 1782000000;
  check("zone", localtime(&moment)->tm_gmtoff == 9 * 3600);

  struct servent *service = getservbyname("https", "tcp");
  check("service", service != NULL && ntohs(service->s_port) == 443);
  check("protocol", getprotobyname("tcp") != NULL);

  check("text", mbstowcs(NULL, "ab", 0) == 2);

  double sum = 0;
  pthread_t thread;
  check("thread", pthread_create(&thread, NULL, add, &sum) == 0 && pthread_join(thread, NULL) == 0 && sum == 4);

  char name[] = "/tmp/XXXXXX";
  check("temporary file", mkstemp(name) >= 0);
  return failed;
}
