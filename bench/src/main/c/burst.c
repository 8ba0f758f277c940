/*
 * The least that a checkpoint of method none can cost over loopback: its bytes are sent and received once,
 * and one byte comes back. Two processes, one connection.
 *
 *   burst BYTES BURSTS [PAUSE_US]
 *
 * After a tenth of BURSTS more that count for nothing, prints the bytes a second from the first send until
 * the byte is back, as a median over the bursts, and the CPU time of sender and receiver in nanoseconds per
 * 4096 bytes, as a mean. The sender is busy for PAUSE_US between two bursts, as one that reads the next
 * checkpoint; that is in no figure.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void die(const char *what) {
  fprintf(stderr, "burst: %s: %s\n", what, strerror(errno));
  exit(1);
}

static int64_t now(clockid_t clock) {
  struct timespec at;
  if (clock_gettime(clock, &at) != 0) die("clock_gettime");
  return at.tv_sec * INT64_C(1000000000) + at.tv_nsec;
}

/* Memory in huge pages where the system has them, as the heap of the emulators. */
static char *memory(size_t bytes) {
  size_t huge = (size_t)2 << 20;
  size_t room = (bytes + 2 * huge - 1) / huge * huge;
  char *at = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) die("mmap");
  madvise(at, room, MADV_HUGEPAGE);
  memset(at, 0x5a, room);
  return at;
}

static void set_nodelay(int fd) {
  int on = 1;
  if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0) die("TCP_NODELAY");
}

static void receive(int fd, size_t bytes, long bursts, long skipped, int report) {
  char *into = memory(bytes);
  int64_t cpu = 0;
  for (long i = 0; i < bursts; i++) {
    if (i == skipped) cpu = now(CLOCK_PROCESS_CPUTIME_ID);
    for (size_t got = 0; got < bytes;) {
      ssize_t n = recv(fd, into + got, bytes - got, 0);
      if (n <= 0) die("recv");
      got += (size_t)n;
    }
    if (send(fd, into, 1, 0) != 1) die("send of the answer");
  }
  cpu = now(CLOCK_PROCESS_CPUTIME_ID) - cpu;
  if (write(report, &cpu, sizeof cpu) != sizeof cpu) die("report");
}

static int ascending(const void *a, const void *b) {
  int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
  return (left > right) - (left < right);
}

int main(int argc, char **argv) {
  if (argc < 3) {
    fprintf(stderr, "burst BYTES BURSTS [PAUSE_US]\n");
    return 2;
  }
  size_t bytes = strtoull(argv[1], NULL, 10);
  long counted = strtol(argv[2], NULL, 10);
  int64_t pause_ns = argc > 3 ? strtoll(argv[3], NULL, 10) * 1000 : 0;
  if (bytes == 0 || counted < 1) {
    fprintf(stderr, "burst: BYTES and BURSTS are above 0\n");
    return 2;
  }
  long skipped = counted / 10 + 1, bursts = counted + skipped;
  int listener = socket(AF_INET, SOCK_STREAM, 0), report[2];
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof at;
  if (listener < 0 || bind(listener, (struct sockaddr *)&at, length) != 0 || listen(listener, 1) != 0 ||
      getsockname(listener, (struct sockaddr *)&at, &length) != 0 || pipe(report) != 0)
    die("listen");
  pid_t child = fork();
  if (child < 0) die("fork");
  if (child == 0) {
    int fd = accept(listener, NULL, NULL);
    if (fd < 0) die("accept");
    set_nodelay(fd);
    receive(fd, bytes, bursts, skipped, report[1]);
    return 0;
  }
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd < 0 || connect(fd, (struct sockaddr *)&at, length) != 0) die("connect");
  set_nodelay(fd);
  char *from = memory(bytes);
  int64_t *ns = malloc((size_t)counted * sizeof *ns), cpu = 0, theirs = 0;
  if (ns == NULL) die("malloc");
  for (long i = 0; i < bursts; i++) {
    for (int64_t end = now(CLOCK_MONOTONIC) + pause_ns; now(CLOCK_MONOTONIC) < end;) {
    }
    int64_t cpu_before = now(CLOCK_PROCESS_CPUTIME_ID), start = now(CLOCK_MONOTONIC);
    for (size_t sent = 0; sent < bytes;) {
      ssize_t n = send(fd, from + sent, bytes - sent, 0);
      if (n <= 0) die("send");
      sent += (size_t)n;
    }
    char answer;
    if (recv(fd, &answer, 1, 0) != 1) die("recv of the answer");
    int64_t end = now(CLOCK_MONOTONIC);
    if (i >= skipped) {
      ns[i - skipped] = end - start;
      cpu += now(CLOCK_PROCESS_CPUTIME_ID) - cpu_before;
    }
  }
  if (read(report[0], &theirs, sizeof theirs) != sizeof theirs) die("report");
  waitpid(child, NULL, 0);
  qsort(ns, (size_t)counted, sizeof *ns, ascending);
  double pages = (double)bytes / 4096 * (double)counted;
  printf("%.0f %.1f %.1f\n", (double)bytes / (double)ns[counted / 2] * 1e9, (double)cpu / pages,
         (double)theirs / pages);
  return 0;
}
