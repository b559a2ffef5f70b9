/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * What the kernel side sends and the recorder decodes: fixed layouts without implicit
 * padding. Times are CLOCK_BOOTTIME in ns.
 */
#pragma once

#define COMM_LEN 16
#define PATH_LEN 4096
#define ARGS_LEN 131072
#define CGROUP_DEPTH 16
#define CGROUP_NAME_LEN 128

enum event_type {
	EVENT_FORK,
	EVENT_EXEC,
	EVENT_EXIT,
	EVENT_TAIL,   /* completes the exit with the same pid, start and tid */
	EVENT_CGROUP, /* the path of a cgroup that later events name by id */
	EVENT_OOM,
	EVENT_TASK, /* an older process that a kept one comes from, under a filter */
	EVENT_TYPES,
};

/* What a filter looks at; more than one: all must hold. */
enum filter_kind {
	FILTER_PID = 1,
	FILTER_CGROUP = 2,
	FILTER_UID = 4,
	FILTER_COMM = 8,
};

/* What a filter has decided about a process, for as long as it is there. */
enum filter_mark {
	MARK_MEMBER = 1, /* the process of FILTER_PID, or comes from it */
	MARK_KEPT = 2,	 /* it matched once: all that it does is sent */
	MARK_TOLD = 4,	 /* the reader knows it: by its fork or an EVENT_TASK */
	MARK_NEW = 8,	 /* in a leader_record: this visit made it a member */
};

#define COMM_PATTERN_BYTES 256

struct event_header {
	__u64 time_ns;
	__u32 type;
	__u32 size; /* of the whole event, variable part included */
};

struct process {
	__u64 start_ns;
	__u64 cgroup_id;
	__u32 cgroup_hierarchy;
	__u32 pid;
	__u32 ppid;
	__u32 uid;
	__u32 gid;
	__u32 pid_ns;
	__u8 comm[COMM_LEN];
};

struct usage {
	__u64 utime_ns;
	__u64 stime_ns;
	__u64 min_faults;
	__u64 maj_faults;
	__u64 read_bytes;
	__u64 write_bytes;
	__u64 voluntary_switches;
	__u64 involuntary_switches;
	__u64 run_delay_ns;
};

struct fork_event {
	struct event_header header;
	struct process process;
	__u64 parent_start_ns;
};

struct task_event {
	struct event_header header;
	struct process process;
	__u64 parent_start_ns;
	__u32 kept; /* not only an ancestor of what is kept */
	__u32 pad;
};

/* Followed by filename, interpreter (if any) and arguments, back to back. */
struct exec_event {
	struct event_header header;
	struct process process;
	__u64 args_bytes; /* true length */
	__u64 peak_rss_pages; /* of the process's address spaces before this one */
	__u32 filename_len;
	__u32 interp_len; /* 0: the same as filename */
	__u32 args_len;	  /* as sent */
	__u32 args_unread;
};

struct exit_event {
	struct event_header header;
	struct process process;
	struct usage usage;	 /* of all threads, as far as they have come */
	__u64 cpu_ns;		 /* the same */
	__u64 last_ns;		 /* the last thread's part, as of its last tick or switch */
	__u64 max_rss_pages;	 /* of the address space; 0: gone already */
	__u64 peak_rss_pages; /* as wait4 has it: former address spaces included */
	__u32 tid;		 /* of the last thread */
	__u32 status;		 /* as wait4 encodes it */
	__u32 single;		 /* the process never had a second thread */
	__u32 torn;		 /* a thread was reaped meanwhile: the totals are not sure */
};

/* A thread of a process that has ended is switched out for good. */
struct tail_event {
	struct event_header header;
	struct usage usage; /* of all threads, as in exit_event, but later */
	__u64 start_ns;
	__u64 cpu_ns;  /* the same */
	__u64 last_ns; /* this thread's own, final */
	__u64 peak_rss_pages; /* as in exit_event */
	__u32 pid;
	__u32 tid;
	__u32 running; /* another thread is on its way out: its own tail will follow */
	__u32 torn;    /* as in exit_event */
};

struct cgroup_event {
	struct event_header header;
	__u64 id;
	__u32 hierarchy;
	__u32 depth; /* names[0] is the innermost; more than CGROUP_DEPTH: cut off */
	__u8 names[CGROUP_DEPTH][CGROUP_NAME_LEN];
};

struct oom_event {
	struct event_header header;
	struct process process; /* the victim */
	__u64 rss_pages;	/* approximate: the shared part of the counters */
};

/* One thread, as the task iterator sees it. A leader's is followed by leader_record. */
struct thread_record {
	__u64 time_ns;
	__u64 start_ns; /* of the leader */
	__u64 cpu_ns;
	struct usage usage;
	__u32 pid;
	__u32 tid;
	__u32 state;
	__u32 exit_state;
};

struct leader_record {
	struct process process;
	struct usage reaped; /* of the threads already reaped; no run delay */
	__u64 reaped_cpu_ns;
	__u64 parent_start_ns;
	__u64 rss_pages; /* approximate: good enough to see a change */
	__u32 kernel_thread;
	__u32 live;  /* threads that have not begun to exit */
	__u32 marks; /* enum filter_mark; 0 without a filter */
	__u32 pad;
};

/* Never reset: attempted = received + filtered + dropped. */
struct counters {
	__u64 attempted[EVENT_TYPES];
	__u64 filtered[EVENT_TYPES];
	__u64 dropped[EVENT_TYPES];
};

/* Drops of one 100 ms bucket of CLOCK_BOOTTIME. */
struct drop_bucket {
	__u64 bucket;
	__u64 dropped[EVENT_TYPES];
};

_Static_assert(sizeof(struct usage) == 72, "no padding");
_Static_assert(sizeof(struct cgroup_event) == 32 + CGROUP_DEPTH * CGROUP_NAME_LEN, "no padding");
_Static_assert(sizeof(struct process) == 56, "no padding");
_Static_assert(sizeof(struct fork_event) == 80, "no padding");
_Static_assert(sizeof(struct exec_event) == 104, "no padding");
_Static_assert(sizeof(struct exit_event) == 192, "no padding");
_Static_assert(sizeof(struct tail_event) == 136, "no padding");
_Static_assert(sizeof(struct task_event) == 88, "no padding");
_Static_assert(sizeof(struct oom_event) == 80, "no padding");
_Static_assert(sizeof(struct thread_record) == 112, "no padding");
_Static_assert(sizeof(struct leader_record) == 168, "no padding");
