// Processes that leave their family, or change who they are.
//
//   kin daemon      after a line on standard input: a child whose parent is gone starts
//                   a child of its own; all end by themselves
//   kin setuid UID  a child takes another user, starts a child and ends with code 3
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t start(void)
{
	pid_t pid = fork();

	if (pid < 0)
		_exit(99);
	return pid;
}

static void reap(void)
{
	while (wait(NULL) > 0)
		;
}

static int orphan(void)
{
	char c;

	if (read(0, &c, 1) < 0)
		return 98;
	if (!start()) {
		if (start())
			_exit(0); /* now the grandchild is an orphan */
		usleep(50000);
		if (!start())
			_exit(5);
		reap();
		_exit(6);
	}
	reap();
	usleep(200000); /* the orphan is not ours to wait for */
	return 0;
}

static int other_user(int uid)
{
	if (!start()) {
		if (setuid(uid))
			_exit(97);
		if (!start())
			_exit(4);
		reap();
		_exit(3);
	}
	reap();
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "daemon"))
		return orphan();
	if (argc == 3 && !strcmp(argv[1], "setuid"))
		return other_user(atoi(argv[2]));
	return 96;
}
