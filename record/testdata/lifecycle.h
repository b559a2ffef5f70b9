/*
 * What the scenarios of lifecycle*.c share. A scenario starts processes that die in one
 * special way and prints a line of JSON for each, with what wait4, /proc or a clock
 * told; the process that runs it has the role 'runner'.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct scenario {
	const char *name;
	void (*run)(void);
};

/* Each ends with an empty row. */
extern const struct scenario births[], execs[], deaths[], thread_ends[], places[];

extern const char *self;	/* path of this program */
extern int proc_fd;		/* the host's /proc */
extern volatile int *shared;	/* a page that children share */
extern char *const environment[];

enum { LEAF_CODE = 3, BURN_MS = 20, TOUCH = 8 << 20 };

void die(const char *what);
void nap(int ms);
void burn(int ms);		/* CPU time of the calling thread */
void touch(size_t bytes);	/* memory */
void work(void);		/* burn and touch enough to be told from a parent's */
void start(pthread_t *t, void *(*run)(void *));
void wait_for(volatile int *flag, int value);

/* Waits until a child has ended and is switched out for good, then reaps it. */
void reap(const char *role, pid_t pid);
/* Reaps at once a child that this namespace calls pid and the host host_pid. */
void reap_now(const char *role, pid_t pid, pid_t host_pid);
/* Says what /proc shows of a live process. */
void show(const char *role, pid_t pid);
/* Says what a process found on its own clock at its end. */
void clocked(const char *role, pid_t pid, long start_ticks, long cpu_us);
long start_ticks(pid_t pid);
/* Says why a scenario cannot run here, and ends. */
void skip(const char *why);
