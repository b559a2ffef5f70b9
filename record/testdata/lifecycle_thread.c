// Ends of processes with threads.
#include "lifecycle.h"

enum { THREADS = 1000, TWINS = 3000 };

/* With memory that takes time to tear down. */
static void *outlive(void *unused)
{
	nap(5);
	touch(16 * TOUCH);
	work();
	_exit(13); /* not exit: nothing is to be flushed */
	return unused;
}

static void leader_first(void)
{
	pid_t pid = fork();

	if (!pid) {
		pthread_t t;

		burn(BURN_MS);
		start(&t, outlive);
		syscall(SYS_exit, 1);
	}
	reap("subject", pid);
}

static void *end_late(void *unused)
{
	nap(5);
	work();
	syscall(SYS_exit, 15);
	return unused;
}

/* Nobody ends the group: each thread ends itself, the leader first. */
static void each_by_itself(void)
{
	pid_t pid = fork();

	if (!pid) {
		pthread_t t;

		start(&t, end_late);
		syscall(SYS_exit, 14);
	}
	reap("subject", pid);
}

static void *end_all(void *unused)
{
	burn(BURN_MS);
	_exit(16);
	return unused;
}

/* With memory that takes time to tear down. */
static void worker_ends_all(void)
{
	pid_t pid = fork();

	if (!pid) {
		pthread_t t;

		touch(16 * TOUCH);
		start(&t, end_all);
		for (;;)
			pause();
	}
	reap("subject", pid);
}

static void *end_together(void *unused)
{
	shared[0]++;
	while (shared[0] < 2)
		sched_yield();
	syscall(SYS_exit, 0);
	return unused;
}

static void twins(void)
{
	for (int i = 0; i < TWINS; i++) {
		pid_t pid;

		shared[0] = 0;
		pid = fork();
		if (!pid) {
			pthread_t t;

			start(&t, end_together);
			while (shared[0] < 1)
				sched_yield();
			shared[0]++;
			syscall(SYS_exit, 0);
		}
		reap_now("subject", pid, pid);
	}
}

static pthread_barrier_t all_there;

static void *meet(void *unused)
{
	pthread_barrier_wait(&all_there);
	for (volatile int i = 0; i < 20000; i++)
		;
	return unused;
}

static void thousand(void)
{
	pid_t pid = fork();

	if (!pid) {
		static pthread_t t[THREADS];

		pthread_barrier_init(&all_there, NULL, THREADS);
		for (int i = 0; i < THREADS; i++)
			start(&t[i], meet);
		for (int i = 0; i < THREADS; i++)
			pthread_join(t[i], NULL);
		work();
		_exit(17);
	}
	reap("subject", pid);
}

static void *linger(void *unused)
{
	for (volatile int i = 0; i < 20000; i++)
		;
	pthread_barrier_wait(&all_there);
	for (;;)
		pause();
	return unused;
}

static void thousand_killed(void)
{
	pid_t pid = fork();

	if (!pid) {
		static pthread_t t[THREADS];

		pthread_barrier_init(&all_there, NULL, THREADS + 1);
		for (int i = 0; i < THREADS; i++)
			start(&t[i], linger);
		pthread_barrier_wait(&all_there);
		raise(SIGKILL);
	}
	reap("subject", pid);
}

const struct scenario thread_ends[] = {
	{ "leader_first", leader_first },
	{ "each_by_itself", each_by_itself },
	{ "worker_ends_all", worker_ends_all },
	{ "twins", twins },
	{ "thousand", thousand },
	{ "thousand_killed", thousand_killed },
	{ NULL, NULL },
};
