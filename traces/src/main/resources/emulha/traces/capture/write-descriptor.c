/*
 * Preloaded into a program whose writes are to be tracked: opens a userfaultfd for asynchronous
 * write protection and leaves it open. The recorder takes it over (pidfd_getfd(2)) and registers
 * the program's memory through it. Where it cannot be opened the program runs on, and the recorder
 * says so.
 *
 * Interfaces: userfaultfd(2), ioctl_userfaultfd(2).
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <stdio.h>
#include <string.h>
#include <errno.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef UFFD_USER_MODE_ONLY
#define UFFD_USER_MODE_ONLY 1
#endif
#ifndef UFFD_FEATURE_WP_UNPOPULATED
#define UFFD_FEATURE_WP_UNPOPULATED (1 << 13)
#endif
#ifndef UFFD_FEATURE_WP_ASYNC
#define UFFD_FEATURE_WP_ASYNC (1 << 15)
#endif

__attribute__((constructor)) static void open_descriptor(void)
{
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK | UFFD_USER_MODE_ONLY);
	struct uffdio_api api = {
		.api = UFFD_API,
		.features = UFFD_FEATURE_WP_ASYNC | UFFD_FEATURE_WP_UNPOPULATED,
	};
	if (fd < 0 || ioctl(fd, UFFDIO_API, &api) != 0)
		fprintf(stderr, "write tracking: userfaultfd WP_ASYNC: %s\n", strerror(errno));
}
