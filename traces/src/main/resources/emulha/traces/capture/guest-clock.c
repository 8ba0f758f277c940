/*
 * Preloaded into QEMU: halts the guest at exact instants of its own clock. Under -icount the virtual clock counts
 * executed instructions, so a timer on it that calls vm_stop halts the guest at the same instruction in every run,
 * however busy the host is.
 *
 * Environment: EMULHA_CLOCK = a Unix socket on which the recorder listens. Requests and answers are integers of 8 bytes
 * in the host's byte order: the recorder sends the instant in ns at which to halt next, or 0 for none; the answer is the
 * guest's clock now, or -1 if this QEMU lacks what is needed. Requests are made while the guest is halted.
 *
 * The symbols are those that QEMU exports for its own modules: include/qemu/timer.h, include/sysemu/runstate.h,
 * include/qemu/main-loop.h.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { QEMU_CLOCK_VIRTUAL = 1, SCALE_NS = 1 };

enum { LEAD_NS = 4 }; /* one instruction at the slowest speed, 250 MIPS */

static _Alignas(16) char halt[256], arrival[256]; /* QEMUTimers, which take 48 bytes */
static int64_t halt_ns;
static void **lists;
static int paused;
static int64_t (*get_ns)(int clock);
static void (*timer_init)(void *, void *, int clock, int scale, int attributes, void (*)(void *), void *);
static void (*timer_mod)(void *, int64_t ns);
static int (*stop)(int state);
static void (*lock)(const char *file, int line);
static void (*unlock)(void);

/*
 * Runs in the vCPU's thread, which halts there and then. Until the main loop has taken note of it, QEMU regards the
 * halted vCPU as idle and moves the clock on to the next timer; so one is set for the very instant, a few ns later.
 */
static void due(void *unused)
{
	(void)unused;
	stop(paused);
	/* After the stop: setting a timer would move the clock of an idle guest, too. */
	timer_mod(arrival, halt_ns);
}

static void arrived(void *unused)
{
	(void)unused;
}

static void *symbol(const char *name, const char *earlier)
{
	void *found = dlsym(RTLD_DEFAULT, name);

	return found || !earlier ? found : dlsym(RTLD_DEFAULT, earlier);
}

/* The number of the run state "paused" differs between versions; QEMU's own table of names tells it. */
static int number_of_paused(void)
{
	struct lookup { const char *const *names; const unsigned char *features; int size; };
	const struct lookup *states = symbol("RunState_lookup", NULL);

	for (int i = 0; states && i < states->size; i++)
		if (states->names[i] && strcmp(states->names[i], "paused") == 0)
			return i;
	return -1;
}

static int complete(void)
{
	get_ns = symbol("qemu_clock_get_ns", NULL);
	timer_init = symbol("timer_init_full", NULL);
	timer_mod = symbol("timer_mod_ns", NULL);
	stop = symbol("vm_stop", NULL);
	lists = symbol("main_loop_tlg", NULL);
	lock = symbol("bql_lock_impl", "qemu_mutex_lock_iothread_impl");
	unlock = symbol("bql_unlock", "qemu_mutex_unlock_iothread");
	paused = number_of_paused();
	return get_ns && timer_init && timer_mod && stop && lists && lock && unlock && paused >= 0;
}

static int all(ssize_t (*step)(int, void *, size_t), int fd, void *bytes)
{
	for (size_t done = 0; done < sizeof(int64_t);) {
		ssize_t n = step(fd, (char *)bytes + done, sizeof(int64_t) - done);
		if (n <= 0)
			return 0;
		done += (size_t)n;
	}
	return 1;
}

static ssize_t put(int fd, void *bytes, size_t length)
{
	return send(fd, bytes, length, MSG_NOSIGNAL);
}

static void *serve(void *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int ready = 0;
	int64_t at;

	snprintf(address.sun_path, sizeof address.sun_path, "%s", (const char *)path);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
		perror("guest clock");
		return NULL;
	}
	while (all(read, fd, &at)) {
		int64_t now = -1;

		if (ready || complete()) {
			lock(__FILE__, __LINE__);
			if (!ready) {
				timer_init(halt, lists, QEMU_CLOCK_VIRTUAL, SCALE_NS, 0, due, NULL);
				timer_init(arrival, lists, QEMU_CLOCK_VIRTUAL, SCALE_NS, 0, arrived, NULL);
			}
			ready = 1;
			now = get_ns(QEMU_CLOCK_VIRTUAL);
			if (at > 0) {
				halt_ns = at;
				timer_mod(halt, at - LEAD_NS);
			}
			unlock();
		}
		if (!all(put, fd, &now))
			break;
	}
	close(fd);
	return NULL;
}

__attribute__((constructor)) static void start(void)
{
	char *path = getenv("EMULHA_CLOCK");
	pthread_t thread;

	/* Neither the program that starts QEMU nor those that QEMU starts must connect. */
	if (!symbol("vm_stop", NULL) && !strstr(program_invocation_short_name, "qemu"))
		return;
	if (path && (path = strdup(path)) && unsetenv("EMULHA_CLOCK") == 0)
		pthread_create(&thread, NULL, serve, path);
}
