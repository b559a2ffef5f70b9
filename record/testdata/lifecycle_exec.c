// What a process can execute, and how.
#include "lifecycle.h"

enum { PROGRAM_FD = 9 };

static char *const leaf[] = { "leaf", "leaf", NULL };

/* Puts a program's file at a known number. */
static void at_program_fd(int fd)
{
	if (fd < 0 || dup2(fd, PROGRAM_FD) < 0)
		die("dup2");
}

static void memfd(void)
{
	int from = open(self, O_RDONLY), to = memfd_create("leaf", 0);
	char buf[64 << 10];
	ssize_t n;
	pid_t pid;

	while ((n = read(from, buf, sizeof(buf))) > 0)
		if (write(to, buf, n) != n)
			die("write");
	at_program_fd(to);
	pid = fork();
	if (!pid) {
		syscall(SYS_execveat, PROGRAM_FD, "", leaf, environment, AT_EMPTY_PATH);
		die("execveat");
	}
	reap("subject", pid);
}

static void by_fexecve(void)
{
	pid_t pid;

	at_program_fd(open(self, O_RDONLY));
	pid = fork();
	if (!pid) {
		fexecve(PROGRAM_FD, leaf, environment);
		die("fexecve");
	}
	reap("subject", pid);
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0700);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		die(path);
	close(fd);
}

static void script(void)
{
	char *argv[] = { "ignored", "one", NULL };
	char line[512];
	pid_t pid;

	snprintf(line, sizeof(line), "#!%s leaf\n", self);
	write_file("./script", line);
	pid = fork();
	if (!pid) {
		execve("./script", argv, environment);
		die("execve");
	}
	reap("subject", pid);
	unlink("./script");
}

/* Nothing there, no permission, no program: life goes on. */
static void failed(void)
{
	pid_t pid = fork();

	if (!pid) {
		write_file("./none", "not a program");
		if (execve("./missing", leaf, environment) != -1 || execve("/", leaf, environment) != -1 ||
		    execve("./none", leaf, environment) != -1)
			die("execve");
		unlink("./none");
		work();
		_exit(5);
	}
	reap("subject", pid);
}

static void *exec_here(void *unused)
{
	burn(BURN_MS);
	execve(self, leaf, environment);
	die("execve");
	return unused;
}

static void *idle(void *unused)
{
	for (;;)
		pause();
	return unused;
}

static void worker_execs(void)
{
	pid_t pid = fork();

	if (!pid) {
		pthread_t t[2];

		start(&t[0], idle);
		start(&t[1], exec_here);
		idle(NULL);
	}
	reap("subject", pid);
}

static void chain(void)
{
	pid_t pid = fork();

	if (!pid) {
		char *argv[] = { "leaf", "leaf", "again", (char *)self, NULL };

		burn(BURN_MS);
		execve(self, argv, environment);
		die("execve");
	}
	reap("subject", pid);
}

static void empty_argv(void)
{
	char *none[] = { NULL };
	pid_t pid = fork();

	if (!pid) {
		execve(self, none, environment);
		die("execve");
	}
	reap("subject", pid);
}

/* The path of the program interpreter, as it is mapped here. */
static int find_loader(char *path, size_t size)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[512];

	while (maps && fgets(line, sizeof(line), maps)) {
		char *at = strchr(line, '/');

		if (at && strstr(at, "/ld-")) {
			snprintf(path, size, "%.*s", (int)strcspn(at, "\n"), at);
			fclose(maps);
			return 1;
		}
	}
	return 0;
}

static void by_loader(void)
{
	char loader[512];
	pid_t pid;

	if (!find_loader(loader, sizeof(loader)))
		skip("this program has no interpreter");
	if (symlink(loader, "./loader"))
		die("symlink");
	pid = fork();
	if (!pid) {
		char *argv[] = { "loader", (char *)self, "leaf", NULL };

		execve("./loader", argv, environment);
		die("execve");
	}
	reap("subject", pid);
	unlink("./loader");
}

/* rusage keeps what the process was before its exec. */
static void fat_before(void)
{
	pid_t pid = fork();

	if (!pid) {
		touch(8 * TOUCH);
		execve(self, leaf, environment);
		die("execve");
	}
	reap("subject", pid);
}

static void fat_parent(void)
{
	pid_t pid;

	touch(8 * TOUCH);
	pid = vfork();
	if (!pid) {
		execve(self, leaf, environment);
		_exit(98);
	}
	reap("subject", pid);
}

static void sets_uid(void)
{
	char *argv[] = { "leaf", "leaf", "setuid", "9", NULL };
	pid_t pid;

	at_program_fd(open(self, O_RDONLY));
	pid = fork();
	if (!pid) {
		execve(self, argv, environment);
		die("execve");
	}
	reap("subject", pid);
}

const struct scenario execs[] = {
	{ "memfd", memfd },
	{ "fexecve", by_fexecve },
	{ "script", script },
	{ "failed", failed },
	{ "worker_execs", worker_execs },
	{ "chain", chain },
	{ "empty_argv", empty_argv },
	{ "by_loader", by_loader },
	{ "fat_before", fat_before },
	{ "fat_parent", fat_parent },
	{ "sets_uid", sets_uid },
	{ NULL, NULL },
};
