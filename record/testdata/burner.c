// Burns CPU in a thread that has ended by the time it prints a line, then lives on
// until its standard input ends.
#include <pthread.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { BURN_NS = 300000000 };

static void *burn(void *unused)
{
	struct timespec t = { 0, 0 };

	while (!t.tv_sec && t.tv_nsec < BURN_NS)
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return unused;
}

int main(void)
{
	pthread_t t;
	char c;

	if (pthread_create(&t, NULL, burn, NULL) || pthread_join(t, NULL))
		return 99;
	puts("burnt");
	fflush(stdout);
	while (read(0, &c, 1) > 0)
		;
	return 0;
}
