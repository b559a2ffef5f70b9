// Runs one scenario by name:
//
//   lifecycle SCENARIO      run it; some wait until standard input ends
//   lifecycle leaf ARG...   what scenarios execute
//
// Every scenario is bounded in time, memory and processes.
#include "lifecycle.h"

const char *self;
int proc_fd;
volatile int *shared;
char *const environment[] = { NULL };

void die(const char *what)
{
	perror(what);
	_exit(99);
}

void skip(const char *why)
{
	printf("{\"how\":\"skip\",\"role\":\"%s\"}\n", why);
	fflush(stdout);
	_exit(0);
}

void nap(int ms)
{
	usleep(ms * 1000);
}

static long clock_ns(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return t.tv_sec * 1000000000L + t.tv_nsec;
}

void burn(int ms)
{
	long end = clock_ns(CLOCK_THREAD_CPUTIME_ID) + ms * 1000000L;

	while (clock_ns(CLOCK_THREAD_CPUTIME_ID) < end)
		;
}

void touch(size_t bytes)
{
	char *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		die("mmap");
	for (size_t i = 0; i < bytes; i += 4096)
		p[i] = 1;
}

void work(void)
{
	touch(TOUCH);
	burn(BURN_MS);
}

void start(pthread_t *t, void *(*run)(void *))
{
	pthread_attr_t small;

	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 64 << 10);
	errno = pthread_create(t, &small, run, NULL);
	if (errno)
		die("pthread_create");
}

void wait_for(volatile int *flag, int value)
{
	for (int ms = 0; *flag != value; ms++) {
		if (ms == 20000)
			die("wait_for");
		nap(1);
	}
}

/* ---- what is told --------------------------------------------------------------- */

struct process {
	char state;
	int ppid, uid, gid;
	long start_ticks;
	char comm[64], cgroup[2048];
};

static void read_proc(pid_t pid, const char *file, char *buf, size_t size)
{
	char path[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%d/%s", pid, file);
	fd = openat(proc_fd, path, O_RDONLY);
	n = fd < 0 ? -1 : read(fd, buf, size - 1);
	if (n < 0)
		die(path);
	buf[n] = 0;
	close(fd);
}

static struct process look(pid_t pid)
{
	struct process p = { 0 };
	char text[4096], *open, *closed;

	read_proc(pid, "stat", text, sizeof(text));
	open = strchr(text, '('), closed = strrchr(text, ')');
	snprintf(p.comm, sizeof(p.comm), "%.*s", (int)(closed - open - 1), open + 1);
	sscanf(closed + 2, "%c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %ld",
	       &p.state, &p.ppid, &p.start_ticks);
	read_proc(pid, "status", text, sizeof(text));
	sscanf(strstr(text, "\nUid:"), "\nUid: %d", &p.uid);
	sscanf(strstr(text, "\nGid:"), "\nGid: %d", &p.gid);
	if (p.state != 'Z') /* of a zombie it shows the root */
		read_proc(pid, "cgroup", p.cgroup, sizeof(p.cgroup));
	for (char *c = p.cgroup; *c; c++)
		if (*c == '\n')
			*c = '|';
	return p;
}

long start_ticks(pid_t pid)
{
	return look(pid).start_ticks;
}

static void tell(const char *how, const char *role, pid_t pid, const struct process *p)
{
	printf("{\"how\":\"%s\",\"role\":\"%s\",\"pid\":%d,\"ppid\":%d,\"uid\":%d,\"gid\":%d,\"start_ticks\":%ld,\"comm\":\"%s\"",
	       how, role, pid, p->ppid, p->uid, p->gid, p->start_ticks, p->comm);
}

void show(const char *role, pid_t pid)
{
	struct process p = look(pid);
	char path[64];
	struct stat ns;

	snprintf(path, sizeof(path), "%d/ns/pid", pid);
	if (fstatat(proc_fd, path, &ns, 0))
		die(path);
	tell("proc", role, pid, &p);
	printf(",\"cgroup\":\"%s\",\"pid_ns\":%lu}\n", p.cgroup, ns.st_ino);
	fflush(stdout);
}

static long micros(struct timeval t)
{
	return t.tv_sec * 1000000L + t.tv_usec;
}

void reap_now(const char *role, pid_t pid, pid_t host_pid)
{
	struct process p;
	struct rusage u;
	siginfo_t si;
	int status;

	if (waitid(P_PID, pid, &si, WEXITED | WNOWAIT))
		die("waitid");
	p = look(host_pid);
	if (wait4(pid, &status, 0, &u) != pid)
		die("wait4");
	tell("wait4", role, host_pid, &p);
	printf(",\"inner_pid\":%d,\"status\":%d,\"cpu_us\":%ld,\"max_rss_kb\":%ld,\"min_faults\":%ld,\"maj_faults\":%ld,\"voluntary\":%ld,\"involuntary\":%ld}\n",
	       pid, status, micros(u.ru_utime) + micros(u.ru_stime), u.ru_maxrss, u.ru_minflt,
	       u.ru_majflt, u.ru_nvcsw, u.ru_nivcsw);
	fflush(stdout);
}

void reap(const char *role, pid_t pid)
{
	siginfo_t si;

	/* A zombie is still on its CPU for a moment; rusage lacks that if taken at once. */
	if (waitid(P_PID, pid, &si, WEXITED | WNOWAIT))
		die("waitid");
	nap(20);
	reap_now(role, pid, pid);
}

void clocked(const char *role, pid_t pid, long ticks, long cpu_us)
{
	printf("{\"how\":\"clock\",\"role\":\"%s\",\"pid\":%d,\"start_ticks\":%ld,\"cpu_us\":%ld}\n",
	       role, pid, ticks, cpu_us);
	fflush(stdout);
}

/* ---- dispatch ------------------------------------------------------------------- */

/* The leaf's first argument may make it execute itself again; the last is the largest. */
static int leaf(int argc, char **argv)
{
	char *again[] = { "lifecycle", "leaf", NULL };

	if (argc > 3) {
		burn(BURN_MS);
		if (!strcmp(argv[2], "setuid")) {
			if (setresgid(23456, 23456, 23456) || setresuid(12345, 12345, 12345))
				die("setresuid");
			syscall(SYS_execveat, atoi(argv[3]), "", again, environment, AT_EMPTY_PATH);
		}
		execve(argv[3], again, environment);
		die("execve");
	}
	work();
	return LEAF_CODE;
}

int main(int argc, char **argv)
{
	const struct scenario *const tables[] = { births, execs, deaths, thread_ends, places };

	if (!argv[0][0] || (argc > 1 && !strcmp(argv[1], "leaf")))
		_exit(leaf(argc, argv));
	if (argc != 2)
		return 97;
	self = argv[0];
	proc_fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	shared = mmap(NULL, 1 << 16, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		for (const struct scenario *s = tables[i]; s->name; s++)
			if (!strcmp(s->name, argv[1])) {
				s->run();
				return 0;
			}
	return 98;
}
