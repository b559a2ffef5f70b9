// Starts N children of every kind a recorder must not mistake, a few at a time, and
// prints one line for each that wait4 returned:
//
//   PID KIND STATUS CPU_US MAXRSS_KB TAG
//
// Each child that execs carries the tag in its argv. Bounded: N children, each short.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_CHILDREN = 20000, AT_ONCE = 6 };

static const char *self;
static char tag[32], code_text[8];
static int code;

static char *const environment[] = { NULL };

static void die(const char *what)
{
	perror(what);
	_exit(99);
}

static void exec_leaf(void)
{
	char *argv[] = { "leaf", code_text, tag, "", "\xff\xfe caf\xc3\xa9", "", NULL };

	execve(self, argv, environment);
	die("execve");
}

static void nap(void)
{
	usleep(2000);
}

static void *spin(void *unused)
{
	for (volatile int i = 0; i < 200000; i++)
		;
	return unused;
}

static void *outlive(void *unused)
{
	nap();
	_exit(code); /* not exit: it would print the parent's buffer again */
	return unused;
}

static void *exec_from_worker(void *unused)
{
	exec_leaf();
	return unused;
}

static void start(pthread_t *t, void *(*run)(void *))
{
	if (pthread_create(t, NULL, run, NULL))
		die("pthread_create");
}

/* ---- the kinds; each returns the child's pid in the parent --------------------- */

static pid_t plain(void)
{
	pid_t pid = fork();

	if (!pid)
		_exit(code);
	return pid;
}

static pid_t fork_exec(void)
{
	pid_t pid = fork();

	if (!pid)
		exec_leaf();
	return pid;
}

static pid_t vfork_exec(void)
{
	pid_t pid = vfork();

	if (!pid)
		exec_leaf();
	return pid;
}

static pid_t vfork_exit(void)
{
	pid_t pid = vfork();

	if (!pid)
		_exit(code);
	return pid;
}

static pid_t killed(void)
{
	pid_t pid = fork();

	if (!pid)
		for (;;)
			pause();
	kill(pid, SIGKILL);
	return pid;
}

static pid_t crashed(void)
{
	pid_t pid = fork();

	if (!pid) {
		struct rlimit none = { 0, 0 };

		setrlimit(RLIMIT_CORE, &none);
		raise(SIGSEGV);
		_exit(98);
	}
	return pid;
}

static pid_t by_execveat(void)
{
	pid_t pid = fork();

	if (!pid) {
		char *argv[] = { "leaf", code_text, tag, "", "\xff\xfe caf\xc3\xa9", "", NULL };
		int fd = open(self, O_PATH);

		syscall(SYS_execveat, fd, "", argv, environment, AT_EMPTY_PATH);
		die("execveat");
	}
	return pid;
}

static pid_t threaded(void)
{
	pid_t pid = fork();

	if (!pid) {
		pthread_t t[3];

		for (int i = 0; i < 3; i++)
			start(&t[i], spin);
		for (int i = 0; i < 3; i++)
			pthread_join(t[i], NULL);
		_exit(code);
	}
	return pid;
}

static pid_t leader_first(void)
{
	pid_t pid = fork();

	if (!pid) {
		pthread_t t;

		start(&t, outlive);
		pthread_exit(NULL);
	}
	return pid;
}

static pid_t worker_execs(void)
{
	pid_t pid = fork();

	if (!pid) {
		pthread_t t;

		start(&t, exec_from_worker);
		for (;;)
			pause();
	}
	return pid;
}

static pid_t forked_pid;

static void *fork_from_worker(void *unused)
{
	forked_pid = fork();
	if (!forked_pid)
		_exit(code);
	return unused;
}

static pid_t worker_forks(void)
{
	pthread_t t;

	start(&t, fork_from_worker);
	pthread_join(t, NULL);
	return forked_pid;
}

static const struct {
	const char *name;
	pid_t (*run)(void);
} kinds[] = {
	{ "fork", plain },
	{ "fork_exec", fork_exec },
	{ "vfork_exec", vfork_exec },
	{ "vfork_exit", vfork_exit },
	{ "killed", killed },
	{ "crashed", crashed },
	{ "execveat", by_execveat },
	{ "threaded", threaded },
	{ "leader_first", leader_first },
	{ "worker_execs", worker_execs },
	{ "worker_forks", worker_forks },
};

enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

static struct {
	pid_t pid;
	int number;
} children[MAX_CHILDREN];

static void reap(int started)
{
	struct rusage u;
	int status;
	pid_t pid = wait4(-1, &status, 0, &u);

	if (pid < 0)
		die("wait4");
	/* Newest first: a pid may come again. */
	for (int i = started - 1; i >= 0; i--) {
		if (children[i].pid != pid)
			continue;
		printf("%d %s %d %ld %ld child-%d\n", pid, kinds[i % KINDS].name, status,
		       (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000L + u.ru_utime.tv_usec + u.ru_stime.tv_usec,
		       u.ru_maxrss, children[i].number);
		return;
	}
	die("an unknown child");
}

int main(int argc, char **argv)
{
	int n, alive = 0;

	if (argc > 2 && !strcmp(argv[0], "leaf"))
		return atoi(argv[1]);
	n = argc > 2 ? atoi(argv[2]) : 0;
	if (n < 1 || n > MAX_CHILDREN)
		return 97;
	self = argv[1];
	for (int i = 0; i < n; i++) {
		code = i % 200;
		snprintf(code_text, sizeof(code_text), "%d", code);
		snprintf(tag, sizeof(tag), "child-%d", i);
		children[i].number = i;
		children[i].pid = kinds[i % KINDS].run();
		if (children[i].pid < 0)
			die("fork");
		if (++alive == AT_ONCE) {
			reap(i + 1);
			alive--;
		}
	}
	while (alive--)
		reap(n);
	return 0;
}
