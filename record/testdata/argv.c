// Runs a program with arguments that shells cannot make: argv PROGRAM KIND
//
//   odd    empty ones, bytes that are not UTF-8, the last one empty
//   none   no argument at all, not even a name
//   long   one of 100,000 bytes
//   many   8,192 of 128 bytes with their NUL: 1 MiB
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LONG = 100000, MANY = 8192, EACH = 128 };

static char *filled(int length, int tag)
{
	char *text = malloc(length + 1);

	if (!text)
		_exit(99);
	memset(text, 'x', length);
	text[length] = 0;
	sprintf(text, "%06d", tag);
	text[6] = '-';
	return text;
}

int main(int argc, char **argv)
{
	static char *args[MANY + 1];
	static char *const env[] = { NULL };

	if (argc != 3)
		return 98;
	if (!strcmp(argv[2], "odd")) {
		static char *odd[] = { "", "\xff\xfe", "", "caf\xc3\xa9", "a b\n", "", NULL };

		execve(argv[1], odd, env);
	} else if (!strcmp(argv[2], "none")) {
		execve(argv[1], args, env);
	} else if (!strcmp(argv[2], "long")) {
		args[0] = filled(LONG, 0);
		execve(argv[1], args, env);
	} else if (!strcmp(argv[2], "many")) {
		for (int i = 0; i < MANY; i++)
			args[i] = filled(EACH - 1, i);
		execve(argv[1], args, env);
	}
	return 97;
}
