// storm SECONDS WORKERS RATE KIND: a bounded storm of short processes. Each of WORKERS (at most 16) starts
// children one after the other, RATE a second (0: as fast as it can), for SECONDS (at most
// 900), and waits for each. KIND is exec (this program again, which ends at once) or vfork
// (a child that ends at once). For each child one line on stdout:
//
//   PID BEFORE_NS AFTER_NS
//
// CLOCK_BOOTTIME before it was started and after it was reaped.
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_SECONDS = 900, MAX_WORKERS = 16 };

static long long boot_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static pid_t start_child(const char *self, int do_exec)
{
	char *argv[] = { "storm-leaf", NULL };
	char *const environment[] = { NULL };
	pid_t pid = vfork();

	if (!pid) {
		if (do_exec)
			execve(self, argv, environment);
		_exit(0);
	}
	return pid;
}

static void nap_until(long long at_ns)
{
	struct timespec t = { at_ns / 1000000000LL, at_ns % 1000000000LL };

	clock_nanosleep(CLOCK_BOOTTIME, TIMER_ABSTIME, &t, NULL);
}

static void work(const char *self, int seconds, long rate, int do_exec)
{
	static char buffer[1 << 20];
	long long begin = boot_ns(), end = begin + seconds * 1000000000LL;

	prctl(PR_SET_PDEATHSIG, SIGKILL); /* whoever ends the storm ends all of it */
	setvbuf(stdout, buffer, _IOLBF, sizeof(buffer));
	for (long n = 0; boot_ns() < end; n++) {
		long long before;
		pid_t pid;

		if (rate)
			nap_until(begin + n * 1000000000LL / rate);
		before = boot_ns();
		pid = start_child(self, do_exec);
		if (pid < 0)
			_exit(98);
		waitpid(pid, NULL, 0);
		printf("%d %lld %lld\n", pid, before, boot_ns());
	}
	fflush(stdout);
	_exit(0);
}

int main(int argc, char **argv)
{
	int seconds, workers, status, failed = 0;

	if (argc == 1)
		return 0; /* the leaf */
	if (argc != 5)
		return 97;
	seconds = atoi(argv[1]);
	workers = atoi(argv[2]);
	if (seconds < 1 || seconds > MAX_SECONDS || workers < 1 || workers > MAX_WORKERS)
		return 97;
	for (int i = 0; i < workers; i++)
		if (!fork())
			work("/proc/self/exe", seconds, atol(argv[3]), !strcmp(argv[4], "exec"));
	while (wait(&status) > 0)
		failed |= status != 0;
	return failed;
}
