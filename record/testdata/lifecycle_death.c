// How a process can end.
#include "lifecycle.h"

static pid_t child_that(void (*lives)(void))
{
	pid_t pid = fork();

	if (!pid) {
		work();
		shared[0] = 1;
		lives();
		_exit(98);
	}
	wait_for(&shared[0], 1);
	return pid;
}

static void forever(void)
{
	for (;;)
		pause();
}

static void killed(void)
{
	pid_t pid = child_that(forever);

	kill(pid, SIGKILL);
	reap("subject", pid);
}

static void stopped(void)
{
	pid_t pid = child_that(forever);
	int status;

	kill(pid, SIGSTOP);
	if (waitpid(pid, &status, WUNTRACED) != pid)
		die("waitpid");
	kill(pid, SIGKILL);
	reap("subject", pid);
}

static void crash(void)
{
	*(volatile int *)8 = 1;
}

/* The core, if a file, goes into the working directory. */
static void core(void)
{
	struct rlimit all = { 64 << 20, 64 << 20 };
	pid_t pid;

	setrlimit(RLIMIT_CORE, &all);
	pid = child_that(crash);
	reap("subject", pid);
}

static void no_core(void)
{
	struct rlimit none = { 0, 0 };
	pid_t pid;

	setrlimit(RLIMIT_CORE, &none);
	pid = child_that(abort);
	reap("subject", pid);
}

static void pass_on(pid_t pid, int signal)
{
	if (ptrace(PTRACE_CONT, pid, NULL, (void *)(long)signal))
		die("PTRACE_CONT");
}

/* Traced by its parent through an exec and into its exit. */
static void traced(void)
{
	char *argv[] = { "leaf", "leaf", NULL };
	pid_t pid = fork();
	int status;

	if (!pid) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		execve(self, argv, environment);
		die("execve");
	}
	if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
		die("waitpid");
	if (ptrace(PTRACE_SETOPTIONS, pid, NULL, (void *)(PTRACE_O_TRACEEXIT | PTRACE_O_TRACEEXEC)))
		die("PTRACE_SETOPTIONS");
	pass_on(pid, 0);
	for (int stops = 0; stops < 2; stops++) { /* at its exec and at its exit */
		if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
			die("waitpid");
		pass_on(pid, 0);
	}
	reap("subject", pid);
}

/* Traced by somebody else, who is told of the end first. */
static void trace(pid_t pid)
{
	int status;

	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL))
		die("PTRACE_SEIZE");
	shared[1] = 1;
	while (waitpid(pid, &status, 0) == pid && WIFSTOPPED(status))
		pass_on(pid, WSTOPSIG(status));
	_exit(0);
}

static void traced_by_other(void)
{
	pid_t pid = child_that(forever), tracer = fork();

	if (!tracer)
		trace(pid);
	wait_for(&shared[1], 1);
	kill(pid, SIGTERM);
	reap("subject", pid);
	reap("tracer", tracer);
}

/* Nobody waits: the kernel reaps it as it dies. */
static void autoreaped(void)
{
	struct timespec t;
	long ticks;
	pid_t pid;

	signal(SIGCHLD, SIG_IGN);
	pid = fork();
	if (!pid) {
		work();
		wait_for(&shared[1], 1);
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
		shared[0] = t.tv_sec * 1000000L + t.tv_nsec / 1000;
		_exit(11);
	}
	show("subject", pid);
	ticks = start_ticks(pid);
	shared[1] = 1;
	waitpid(pid, NULL, 0); /* returns when no child is left */
	clocked("subject", pid, ticks, shared[0]);
}

static void until_input_ends(void)
{
	char c;

	while (read(0, &c, 1) > 0)
		;
}

static void zombie(void)
{
	pid_t pid = fork();
	siginfo_t si;

	if (!pid)
		_exit(12);
	if (waitid(P_PID, pid, &si, WEXITED | WNOWAIT))
		die("waitid");
	show("subject", pid);
	until_input_ends();
	reap("subject", pid);
}

/* Works before its runner says so, and again when the input ends. */
static void held(void)
{
	pid_t pid = child_that(until_input_ends);

	show("subject", pid);
	until_input_ends();
	reap("subject", pid);
}

const struct scenario deaths[] = {
	{ "killed", killed },
	{ "stopped", stopped },
	{ "core", core },
	{ "no_core", no_core },
	{ "traced", traced },
	{ "traced_by_other", traced_by_other },
	{ "autoreaped", autoreaped },
	{ "zombie", zombie },
	{ "held", held },
	{ NULL, NULL },
};
