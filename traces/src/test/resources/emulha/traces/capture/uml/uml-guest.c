/*
 * The only program of a guest under User-Mode Linux: stands in for busybox, which runs /init, and
 * so is the first program. It has 64 pages that begin with "emulha:known" and their number, and for
 * ever writes a counter and its own clock (CLOCK_MONOTONIC, nanoseconds) into the first 48, and into
 * the others what they hold already.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

struct page {
	char mark[16];
	uint64_t number;
	volatile uint64_t counter;
	volatile int64_t clock_ns;
	char rest[4096 - 40];
};

int main(void)
{
	struct page *pages = mmap(NULL, 64 * sizeof *pages, PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (pages == MAP_FAILED)
		return 1;
	for (int i = 0; i < 64; i++) {
		strcpy(pages[i].mark, "emulha:known");
		pages[i].number = (uint64_t)i;
	}
	if (write(1, "emulha: ready\n", 14) != 14)
		return 2;
	for (uint64_t counter = 1;; counter++) {
		struct timespec now;
		clock_gettime(CLOCK_MONOTONIC, &now);
		for (int i = 0; i < 64; i++) {
			pages[i].counter = i < 48 ? counter : 0;
			pages[i].clock_ns =
				i < 48 ? now.tv_sec * INT64_C(1000000000) + now.tv_nsec : 0;
		}
	}
}
