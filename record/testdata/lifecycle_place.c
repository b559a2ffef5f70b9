// Namespaces, cgroups, names and numbers.
#include "lifecycle.h"
#include <linux/sched.h>
#include <sys/mount.h>
#include <sys/utsname.h>

/* Lets a child live until its parent has looked at it. */
static void be_seen(void)
{
	shared[0] = 1;
	wait_for(&shared[0], 2);
}

static void look_at(const char *role, pid_t pid)
{
	wait_for(&shared[0], 1);
	show(role, pid);
	shared[0] = 2;
}

static pid_t clone_into(unsigned long flags)
{
	pid_t pid = syscall(SYS_clone, flags | SIGCHLD, NULL, NULL, NULL, NULL);

	if (pid < 0)
		skip("no new namespaces here");
	return pid;
}

static void pid_namespace(void)
{
	pid_t pid = clone_into(CLONE_NEWPID);

	if (!pid) {
		be_seen();
		work();
		_exit(getpid()); /* 1 */
	}
	look_at("subject", pid);
	reap("subject", pid);
}

static void renamed(void)
{
	pid_t pid = fork();

	if (!pid) {
		prctl(PR_SET_NAME, "a (new) name");
		be_seen();
		work();
		_exit(0);
	}
	look_at("subject", pid);
	reap("subject", pid);
}

static void write_to(const char *dir, const char *file, const char *text)
{
	char path[512];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	fd = open(path, O_WRONLY);
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		die(path);
	close(fd);
}

/* A cgroup with 16 MiB of memory, on v1 or on v2. */
static void oom_killed(void)
{
	int v1 = !access("/sys/fs/cgroup/memory/memory.limit_in_bytes", W_OK);
	char dir[128];
	pid_t pid;

	snprintf(dir, sizeof(dir), "/sys/fs/cgroup/%slinnix-lifecycle-%d", v1 ? "memory/" : "", getpid());
	if (mkdir(dir, 0700))
		skip("no cgroup of our own");
	if (!v1 && access("/sys/fs/cgroup/cgroup.controllers", R_OK)) {
		rmdir(dir);
		skip("no memory controller");
	}
	write_to(dir, v1 ? "memory.limit_in_bytes" : "memory.max", "16777216");
	pid = fork();
	if (!pid) {
		write_to(dir, "cgroup.procs", "0");
		be_seen();
		touch(64 << 20);
		_exit(98);
	}
	look_at("subject", pid);
	reap("subject", pid);
	for (int i = 0; rmdir(dir) && i < 100; i++)
		nap(10);
}

static pid_t clone_as(pid_t wanted)
{
	pid_t tids[1] = { wanted };
	struct clone_args args = {
		.exit_signal = SIGCHLD,
		.set_tid = (unsigned long)tids,
		.set_tid_size = 1,
	};

	return syscall(SYS_clone3, &args, sizeof(args));
}

/* The host's own pid again, by asking for it. */
static void same_pid(void)
{
	for (int tries = 0; tries < 20; tries++) {
		pid_t first = fork(), second;

		if (!first)
			_exit(20);
		reap(tries ? "spare" : "first", first);
		second = clone_as(first);
		if (!second) {
			work();
			_exit(21);
		}
		if (second > 0) {
			reap("second", second);
			return;
		}
		if (errno != EEXIST)
			skip("no pid of our choice");
	}
	skip("somebody else took each pid");
}

static int has_pid_max_of_its_own(void)
{
	struct utsname u;
	int major = 0, minor = 0;

	uname(&u);
	sscanf(u.release, "%d.%d", &major, &minor);
	return major > 6 || (major == 6 && minor >= 14);
}

/* Goes round the 300 pids of a namespace; the host's go on. */
static void wrap_around(void)
{
	enum { SMALLEST_PID_MAX = 301, CHILDREN = 330 };
	char text[16] = "";

	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) || mount("proc", "/proc", "proc", 0, NULL))
		die("mount");
	snprintf(text, sizeof(text), "%d", SMALLEST_PID_MAX);
	write_to("/proc/sys/kernel", "pid_max", text);
	for (int i = 0; i < CHILDREN; i++) {
		pid_t pid = fork();

		if (!pid) {
			char host[16] = "";

			/* The host's /proc calls us by the host's number. */
			if (readlinkat(proc_fd, "self", host, sizeof(host) - 1) < 0)
				die("self");
			shared[0] = atoi(host);
			_exit(i % 256);
		}
		if (pid < 0)
			die("fork");
		siginfo_t si;
		waitid(P_PID, pid, &si, WEXITED | WNOWAIT);
		reap_now("subject", pid, shared[0]);
	}
	_exit(0);
}

static void small_pid_max(void)
{
	pid_t pid;

	/* Before 6.14 it is the whole host's. */
	if (!has_pid_max_of_its_own())
		skip("pid_max is the whole host's");
	pid = clone_into(CLONE_NEWPID | CLONE_NEWNS);
	if (!pid)
		wrap_around();
	reap("init", pid);
}

const struct scenario places[] = {
	{ "pid_namespace", pid_namespace },
	{ "renamed", renamed },
	{ "oom_killed", oom_killed },
	{ "same_pid", same_pid },
	{ "small_pid_max", small_pid_max },
	{ NULL, NULL },
};
