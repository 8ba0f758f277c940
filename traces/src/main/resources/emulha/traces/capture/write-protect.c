/*
 * Preloaded into a program whose writes are to be tracked: registers its memory with userfaultfd
 * for asynchronous write protection, so that PAGEMAP_SCAN from outside finds and rearms written
 * pages. Only the program itself can register its memory, hence this file.
 *
 * Environment: EMULHA_TRACK = the file whose shared mappings are tracked. When nothing can be
 * registered the program runs on untracked; the scanner then gets EPERM and says so.
 *
 * Interfaces: userfaultfd(2), ioctl_userfaultfd(2), Documentation/admin-guide/mm/pagemap.rst.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/userfaultfd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#ifndef UFFD_USER_MODE_ONLY
#define UFFD_USER_MODE_ONLY 1
#endif
#ifndef UFFD_FEATURE_WP_HUGETLBFS_SHMEM
#define UFFD_FEATURE_WP_HUGETLBFS_SHMEM (1 << 12)
#endif
#ifndef UFFD_FEATURE_WP_UNPOPULATED
#define UFFD_FEATURE_WP_UNPOPULATED (1 << 13)
#endif
#ifndef UFFD_FEATURE_WP_ASYNC
#define UFFD_FEATURE_WP_ASYNC (1 << 15)
#endif

static void complain(const char *what)
{
	fprintf(stderr, "write tracking: %s: %s\n", what, strerror(errno));
}

/* One descriptor for all mappings; it must stay open as long as they are tracked. */
static int descriptor(void)
{
	static int fd = -1;

	if (fd >= 0)
		return fd;
	/* Writes are resolved inside the kernel, so the unprivileged mode sees those of system
	 * calls as well. */
	fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK | UFFD_USER_MODE_ONLY);
	if (fd < 0) {
		complain("userfaultfd");
		return -1;
	}
	struct uffdio_api api = {
		.api = UFFD_API,
		.features = UFFD_FEATURE_WP_ASYNC | UFFD_FEATURE_WP_UNPOPULATED |
			    UFFD_FEATURE_WP_HUGETLBFS_SHMEM,
	};
	if (ioctl(fd, UFFDIO_API, &api) != 0) {
		complain("UFFD_FEATURE_WP_ASYNC (Linux 6.7 or newer)");
		close(fd);
		fd = -1;
	}
	return fd;
}

static void track(void *address, size_t length, int file)
{
	const char *wanted = getenv("EMULHA_TRACK");
	char link[64], path[PATH_MAX];

	if (wanted == NULL)
		return;
	snprintf(link, sizeof link, "/proc/self/fd/%d", file);
	ssize_t n = readlink(link, path, sizeof path - 1);
	if (n < 0)
		return;
	path[n] = 0;
	if (strcmp(path, wanted) != 0)
		return;
	int fd = descriptor();
	if (fd < 0)
		return;
	struct uffdio_register range = {
		.range = { .start = (unsigned long)address, .len = length },
		.mode = UFFDIO_REGISTER_MODE_WP,
	};
	if (ioctl(fd, UFFDIO_REGISTER, &range) != 0) {
		complain("UFFDIO_REGISTER");
		return;
	}
	/* Protects the pages that are not populated yet, too: else the first read of one, which
	 * populates it, would count as a write. */
	struct uffdio_writeprotect protect = {
		.range = range.range,
		.mode = UFFDIO_WRITEPROTECT_MODE_WP,
	};
	if (ioctl(fd, UFFDIO_WRITEPROTECT, &protect) != 0)
		complain("UFFDIO_WRITEPROTECT");
}

typedef void *(*mapper)(void *, size_t, int, int, int, off_t);

static void *map_and_track(const char *name, void *address, size_t length, int protection,
			   int flags, int file, off_t offset)
{
	mapper next = (mapper)dlsym(RTLD_NEXT, name);
	void *mapped = next(address, length, protection, flags, file, offset);

	if (mapped != MAP_FAILED && file >= 0 && (flags & MAP_SHARED) &&
	    (protection & PROT_WRITE)) {
		int saved = errno;
		track(mapped, length, file);
		errno = saved;
	}
	return mapped;
}

void *mmap(void *address, size_t length, int protection, int flags, int file, off_t offset)
{
	return map_and_track("mmap", address, length, protection, flags, file, offset);
}

void *mmap64(void *address, size_t length, int protection, int flags, int file, off_t offset)
{
	return map_and_track("mmap64", address, length, protection, flags, file, offset);
}
