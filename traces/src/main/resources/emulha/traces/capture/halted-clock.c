/*
 * Preloaded into a User-Mode Linux kernel: its clocks stand still while it is halted.
 *
 * Environment: EMULHA_CLOCK = a file of at least 8 bytes, the nanoseconds that the kernel was
 * halted so far, in the machine's byte order. Only the recorder writes it, and only while the
 * kernel is halted. Without it the clocks are the host's.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static volatile int64_t *halted;

__attribute__((constructor)) static void map_clock(void)
{
	const char *name = getenv("EMULHA_CLOCK");

	if (name == NULL)
		return;
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	void *mapped = mmap(NULL, sizeof *halted, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (mapped != MAP_FAILED)
		halted = mapped;
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
	int64_t before;
	int result;

	/* Again if a halt fell between the two readings. */
	do {
		before = halted ? *halted : 0;
		result = (int)syscall(SYS_clock_gettime, clock, now);
	} while (halted && before != *halted);
	if (result == 0 && (clock == CLOCK_MONOTONIC || clock == CLOCK_REALTIME)) {
		int64_t ns = now->tv_sec * INT64_C(1000000000) + now->tv_nsec - before;
		now->tv_sec = ns / 1000000000;
		now->tv_nsec = ns % 1000000000;
	}
	return result;
}
