// How a process can come to be.
#include "lifecycle.h"
#include <spawn.h>

static void plain(void)
{
	pid_t pid = fork();

	if (!pid) {
		work();
		_exit(255);
	}
	reap("subject", pid);
}

static void vfork_exec(void)
{
	char *argv[] = { "leaf", "leaf", "", "\xff\xfe caf\xc3\xa9", "", NULL };
	pid_t pid = vfork();

	if (!pid) {
		execve(self, argv, environment);
		_exit(98);
	}
	reap("subject", pid);
}

static void vfork_exit(void)
{
	pid_t pid = vfork();

	if (!pid) {
		burn(BURN_MS);
		_exit(5);
	}
	reap("subject", pid);
}

static void spawned(void)
{
	char *argv[] = { "leaf", "leaf", NULL };
	pid_t pid;

	if (posix_spawn(&pid, self, NULL, NULL, argv, environment))
		die("posix_spawn");
	reap("subject", pid);
}

static pid_t forked;

static void *fork_here(void *unused)
{
	forked = fork();
	if (!forked) {
		work();
		_exit(6);
	}
	return unused;
}

static void worker_forks(void)
{
	pthread_t t;

	start(&t, fork_here);
	pthread_join(t, NULL);
	reap("subject", forked);
}

static void clone_parent(void)
{
	pid_t middle = fork();

	if (!middle) {
		pid_t pid = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, NULL, NULL, NULL, NULL);

		if (!pid) {
			work();
			_exit(7);
		}
		shared[0] = pid;
		_exit(0);
	}
	reap("middle", middle);
	reap("subject", shared[0]);
}

static int share(void *unused)
{
	burn(BURN_MS);
	_exit(8);
	return unused != NULL;
}

static void clone_vm(void)
{
	static char stack[64 << 10];
	pid_t pid = clone(share, stack + sizeof(stack), CLONE_VM | SIGCHLD, NULL);

	reap("subject", pid);
}

/* The subject's own child counts in what wait4 tells of the subject. */
static void with_child(void)
{
	pid_t pid = fork();

	if (!pid) {
		pid_t child = fork();

		if (!child) {
			work();
			_exit(1);
		}
		reap("child", child);
		touch(2 * TOUCH);
		burn(BURN_MS);
		_exit(2);
	}
	reap("subject", pid);
}

static void subreaper(void)
{
	pid_t middle;

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	middle = fork();
	if (!middle) {
		pid_t parent = getpid(), pid = fork();

		if (!pid) {
			while (getppid() == parent)
				nap(1);
			work();
			_exit(9);
		}
		shared[0] = pid;
		_exit(0);
	}
	reap("middle", middle);
	reap("subject", shared[0]);
}

/* A double fork with a session of its own: whoever adopts it reaps it. */
static void daemon_orphan(void)
{
	pid_t middle = fork();

	if (!middle) {
		pid_t parent = setsid(), pid = fork();

		if (!pid) {
			while (getppid() == parent)
				nap(1);
			shared[1] = 1;
			wait_for(&shared[1], 2);
			_exit(10);
		}
		shared[0] = pid;
		_exit(0);
	}
	reap("middle", middle);
	wait_for(&shared[1], 1);
	show("subject", shared[0]);
	shared[1] = 2;
	nap(20);
}

const struct scenario births[] = {
	{ "plain", plain },
	{ "vfork_exec", vfork_exec },
	{ "vfork_exit", vfork_exit },
	{ "spawned", spawned },
	{ "worker_forks", worker_forks },
	{ "clone_parent", clone_parent },
	{ "clone_vm", clone_vm },
	{ "with_child", with_child },
	{ "subreaper", subreaper },
	{ "daemon_orphan", daemon_orphan },
	{ NULL, NULL },
};
