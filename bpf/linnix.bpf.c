//go:build ignore

// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * The kernel half of the recorder. One ring buffer carries every event, so that a
 * fork stands before anything its child does; the task iterators tell of what is
 * already there. Nothing here decides what an event means: the recorder does.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "events.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

/* Set by the recorder before loading. */
const volatile __u64 ring_bytes = 16 << 20;
const volatile __u32 max_args = 32 << 10;

/* The filter: constants, so that without one the verifier removes all of it. */
const volatile __u32 filters = 0; /* enum filter_kind */
const volatile __u32 filter_pid = 0;
const volatile __u32 filter_uid = 0;
const volatile __u64 filter_cgroup_id = 0;
const volatile __u32 filter_cgroup_hierarchy = 0;
/* Each bit is a place in the pattern: see bpf.Glob. */
const volatile __u32 comm_accepts[COMM_PATTERN_BYTES] = {};
const volatile __u32 comm_stars = 0;
const volatile __u32 comm_final = 0;

#define MAX_ANCESTORS 32 /* parents looked at, from a kept process up */

#define MAX_DYING 4096 /* threads looked at when a process with threads ends */
#define MAX_LOOKS 32   /* looks at them, until nothing moves meanwhile */
#define DROP_BUCKET_NS 100000000ULL
#define DROP_BUCKETS 1024 /* 102 s of stalled reader can still be told apart */

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 16 << 20);
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct counters);
} counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, DROP_BUCKETS);
	__type(key, __u32);
	__type(value, struct drop_bucket);
} drop_buckets SEC(".maps");

struct exec_buffer {
	struct exec_event event;
	__u8 data[2 * PATH_LEN + ARGS_LEN];
};

/*
 * Indexed by CPU. A PERCPU_ARRAY value ends at 32 KiB, too small for the arguments. The
 * tracepoint runs with preemption off, so a buffer has one user at a time.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct exec_buffer);
} exec_buffers SEC(".maps");

struct cgroup_key {
	__u64 id;
	__u64 hierarchy;
};

/* The cgroups whose path was sent. Forgetting one only sends it again. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, struct cgroup_key);
	__type(value, __u8);
} known_cgroups SEC(".maps");

struct process_key {
	__u64 start_ns;
	__u64 pid;
};

/*
 * Under a filter, the processes it has decided about (enum filter_mark), each until it
 * is reaped. One entry without a filter. A process that finds it full is judged anew at
 * each of its events.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct process_key);
	__type(value, __u32);
} process_marks SEC(".maps");

/* When the process of FILTER_PID started: its pid may come again. */
__u64 filter_pid_start_ns = 0;

/* For kernels before 6.16 only: the processes whose exit was sent. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct process_key);
	__type(value, __u8);
} ended_processes SEC(".maps");

/* Keeps the types in the object's BTF for the generated loader. */
const struct fork_event *unused_fork __attribute__((unused));
const struct exec_event *unused_exec __attribute__((unused));
const struct exit_event *unused_exit __attribute__((unused));
const struct tail_event *unused_tail __attribute__((unused));
const struct cgroup_event *unused_cgroup __attribute__((unused));
const struct cgroup_key *unused_cgroup_key __attribute__((unused));
const struct task_event *unused_task __attribute__((unused));
const enum filter_kind *unused_filter __attribute__((unused));
const enum filter_mark *unused_mark __attribute__((unused));
const struct oom_event *unused_oom __attribute__((unused));
const struct thread_record *unused_thread __attribute__((unused));
const struct leader_record *unused_leader __attribute__((unused));
const enum event_type *unused_type __attribute__((unused));

/* ---- accounting ------------------------------------------------------------- */

static __always_inline void count_attempt(enum event_type type)
{
	__u32 zero = 0;
	struct counters *c = bpf_map_lookup_elem(&counts, &zero);

	if (c)
		c->attempted[type]++;
}

static __always_inline void count_filtered(enum event_type type)
{
	__u32 zero = 0;
	struct counters *c = bpf_map_lookup_elem(&counts, &zero);

	if (c) {
		c->attempted[type]++;
		c->filtered[type]++;
	}
}

static __always_inline void count_drop(enum event_type type)
{
	__u64 bucket = bpf_ktime_get_boot_ns() / DROP_BUCKET_NS;
	__u32 zero = 0, slot = bucket % DROP_BUCKETS;
	struct counters *c = bpf_map_lookup_elem(&counts, &zero);
	struct drop_bucket *d = bpf_map_lookup_elem(&drop_buckets, &slot);

	if (d) {
		if (d->bucket != bucket) {
			__builtin_memset(d, 0, sizeof(*d));
			d->bucket = bucket;
		}
		d->dropped[type]++;
	}
	/* Last: what the reader sees in the total it then also sees in a bucket. */
	if (c)
		c->dropped[type]++;
}

/*
 * Whether an event that tells of a new thing may use the ring. A quarter is kept for
 * exits and what completes them: a process nobody saw start is known by its exit, one
 * nobody saw end is a zombie for ever.
 */
static __always_inline bool ring_has_room(__u32 size)
{
	return bpf_ringbuf_query(&events, BPF_RB_AVAIL_DATA) + size < ring_bytes - ring_bytes / 4;
}

/* The reader polls; it is woken only when a quarter of the ring is full. */
static __always_inline __u64 wakeup_flags(void)
{
	return bpf_ringbuf_query(&events, BPF_RB_AVAIL_DATA) >= ring_bytes / 4 ?
		       BPF_RB_FORCE_WAKEUP :
		       BPF_RB_NO_WAKEUP;
}

/* Reserved memory is not zeroed; every struct is filled in whole. */
static __always_inline void *reserve(enum event_type type, __u32 size, bool wants_room)
{
	struct event_header *h = 0;

	count_attempt(type);
	if (!wants_room || ring_has_room(size))
		h = bpf_ringbuf_reserve(&events, size, 0);
	if (!h)
		count_drop(type);
	return h;
}

/* The time is taken after the reserve: ring order is reservation order. */
static __always_inline void fill_header(struct event_header *h, enum event_type type, __u32 size)
{
	h->time_ns = bpf_ktime_get_boot_ns();
	h->type = type;
	h->size = size;
}

/* ---- cgroups ---------------------------------------------------------------- */

static __always_inline struct kernfs_node *kernfs_parent(struct kernfs_node *kn)
{
	struct kernfs_node *parent = 0;

	if (bpf_core_field_exists(kn->__parent)) {
		bpf_core_read(&parent, sizeof(parent), &kn->__parent);
	} else {
		struct kernfs_node___old *old = (void *)kn;

		bpf_core_read(&parent, sizeof(parent), &old->parent);
	}
	return parent;
}

static __always_inline bool is_root(struct cgroup *cgrp)
{
	struct kernfs_node *kn = BPF_CORE_READ(cgrp, kn);

	return !kn || !kernfs_parent(kn);
}

static __always_inline struct cgroup *v1_cgroup(struct css_set *set, __u32 subsys)
{
	struct cgroup_subsys_state *css = 0;

	if (subsys >= CGROUP_SUBSYS_COUNT)
		return 0;
	bpf_core_read(&css, sizeof(css), &set->subsys[subsys]);
	return css ? BPF_CORE_READ(css, cgroup) : 0;
}

#define TRY_V1(set, name)                                                                     \
	do {                                                                                  \
		if (bpf_core_enum_value_exists(enum cgroup_subsys_id, name)) {                \
			struct cgroup *c =                                                    \
				v1_cgroup(set, bpf_core_enum_value(enum cgroup_subsys_id, name)); \
			if (c && !is_root(c))                                                 \
				return c;                                                     \
		}                                                                             \
	} while (0)

/* The v2 cgroup unless that is the root, else the first v1 one that is not. */
static __always_inline struct cgroup *cgroup_of(struct task_struct *task)
{
	struct css_set *set = BPF_CORE_READ(task, cgroups);
	struct cgroup *v2;

	if (!set)
		return 0;
	v2 = BPF_CORE_READ(set, dfl_cgrp);
	if (v2 && !is_root(v2))
		return v2;
	TRY_V1(set, memory_cgrp_id);
	TRY_V1(set, pids_cgrp_id);
	TRY_V1(set, cpu_cgrp_id);
	return v2;
}

/* Sends a cgroup's path once: by the time the recorder reads the id it may be gone. */
static __always_inline void send_cgroup(struct kernfs_node *kn, struct cgroup_key *key)
{
	struct cgroup_event *e;
	__u8 seen = 1;
	int i;

	if (bpf_map_lookup_elem(&known_cgroups, key))
		return;
	e = reserve(EVENT_CGROUP, sizeof(*e), false);
	if (!e)
		return;
	fill_header(&e->header, EVENT_CGROUP, sizeof(*e));
	e->id = key->id;
	e->hierarchy = key->hierarchy;
	e->depth = 0;
	for (i = 0; i < CGROUP_DEPTH; i++) {
		struct kernfs_node *parent = kn ? kernfs_parent(kn) : 0;

		e->names[i][0] = 0;
		if (!parent)
			continue;
		bpf_probe_read_kernel_str(e->names[i], CGROUP_NAME_LEN, BPF_CORE_READ(kn, name));
		e->depth = i + 1;
		kn = parent;
	}
	if (kn && kernfs_parent(kn))
		e->depth = CGROUP_DEPTH + 1;
	bpf_ringbuf_submit(e, wakeup_flags());
	bpf_map_update_elem(&known_cgroups, key, &seen, BPF_ANY);
}

/* ---- processes -------------------------------------------------------------- */

static __always_inline __u32 pid_ns_of(struct task_struct *task)
{
	struct pid *pid = BPF_CORE_READ(task, thread_pid);
	struct pid_namespace *ns = 0;
	struct upid *own;
	__u32 level;

	if (!pid)
		return 0;
	level = BPF_CORE_READ(pid, level);
	own = (void *)pid + bpf_core_field_offset(pid->numbers) +
	      level * bpf_core_type_size(struct upid);
	bpf_core_read(&ns, sizeof(ns), &own->ns);
	return ns ? BPF_CORE_READ(ns, ns.inum) : 0;
}

/*
 * Goes before the reserve, so that a cgroup's path stands before its first event.
 * Everything is the leader's: after an exec by another thread, that thread has become
 * the leader, with its pid and start time.
 */
static __always_inline void fill_process(struct process *p, struct task_struct *task)
{
	struct task_struct *leader = BPF_CORE_READ(task, group_leader);
	struct cgroup *cgrp = cgroup_of(task);

	__builtin_memset(p, 0, sizeof(*p));
	p->start_ns = BPF_CORE_READ(leader, start_boottime);
	p->pid = BPF_CORE_READ(task, tgid);
	p->ppid = BPF_CORE_READ(task, real_parent, tgid);
	p->uid = BPF_CORE_READ(leader, real_cred, uid.val);
	p->gid = BPF_CORE_READ(leader, real_cred, gid.val);
	p->pid_ns = pid_ns_of(task);
	bpf_core_read(p->comm, sizeof(p->comm), &leader->comm);
	if (cgrp) {
		struct kernfs_node *kn = BPF_CORE_READ(cgrp, kn);
		struct cgroup_key key = {};

		key.id = p->cgroup_id = BPF_CORE_READ(kn, id);
		key.hierarchy = p->cgroup_hierarchy = BPF_CORE_READ(cgrp, root, hierarchy_id);
		send_cgroup(kn, &key);
	}
}

static __always_inline void add_thread(struct usage *u, struct task_struct *t)
{
	u->utime_ns += BPF_CORE_READ(t, utime);
	u->stime_ns += BPF_CORE_READ(t, stime);
	u->min_faults += BPF_CORE_READ(t, min_flt);
	u->maj_faults += BPF_CORE_READ(t, maj_flt);
	u->voluntary_switches += BPF_CORE_READ(t, nvcsw);
	u->involuntary_switches += BPF_CORE_READ(t, nivcsw);
	if (bpf_core_field_exists(t->ioac.read_bytes)) {
		u->read_bytes += BPF_CORE_READ(t, ioac.read_bytes);
		u->write_bytes += BPF_CORE_READ(t, ioac.write_bytes);
	}
	if (bpf_core_field_exists(t->sched_info.run_delay))
		u->run_delay_ns += BPF_CORE_READ(t, sched_info.run_delay);
}

/* The threads already reaped; they leave no run delay behind. */
static __always_inline void fill_reaped(struct usage *u, struct signal_struct *sig)
{
	__builtin_memset(u, 0, sizeof(*u));
	u->utime_ns = BPF_CORE_READ(sig, utime);
	u->stime_ns = BPF_CORE_READ(sig, stime);
	u->min_faults = BPF_CORE_READ(sig, min_flt);
	u->maj_faults = BPF_CORE_READ(sig, maj_flt);
	u->voluntary_switches = BPF_CORE_READ(sig, nvcsw);
	u->involuntary_switches = BPF_CORE_READ(sig, nivcsw);
	if (bpf_core_field_exists(sig->ioac.read_bytes)) {
		u->read_bytes = BPF_CORE_READ(sig, ioac.read_bytes);
		u->write_bytes = BPF_CORE_READ(sig, ioac.write_bytes);
	}
}

/* The totals of a process of which no thread lives any more. */
struct group {
	struct signal_struct *sig;
	struct task_struct *self;
	struct usage usage;
	__u64 cpu_ns;
	struct list_head *head, *node;
	__u32 running; /* a thread other than self was not switched out for good yet */
	__u32 single;
	__u32 torn;
	__u32 pad;
};

/* on_rq falls once the last stretch on the CPU is accounted for. */
static __always_inline bool switched_out(struct task_struct *t)
{
	return (BPF_CORE_READ(t, __state) & TASK_DEAD) && !BPF_CORE_READ(t, on_rq);
}

static long add_unreaped(__u32 unused, struct group *g)
{
	struct list_head *node = g->node;
	struct task_struct *t;

	if (!node || node == g->head)
		return 1;
	t = (void *)node - bpf_core_field_offset(struct task_struct, thread_node);
	/* In this order: its time is final once it is switched out. */
	if (t != g->self && !switched_out(t))
		g->running = 1;
	g->cpu_ns += BPF_CORE_READ(t, se.sum_exec_runtime);
	add_thread(&g->usage, t);
	g->node = BPF_CORE_READ(node, next);
	return 0;
}

static __always_inline void sum_once(struct group *g)
{
	struct signal_struct *sig = g->sig;
	struct list_head *head =
		(void *)sig + bpf_core_field_offset(struct signal_struct, thread_head);

	fill_reaped(&g->usage, sig);
	g->cpu_ns = BPF_CORE_READ(sig, sum_sched_runtime);
	g->single = BPF_CORE_READ(sig, nr_threads) == 1 && !g->cpu_ns &&
		    !g->usage.voluntary_switches && !g->usage.involuntary_switches &&
		    !g->usage.min_faults;
	g->running = 0;
	g->head = head;
	g->node = BPF_CORE_READ(head, next);
	bpf_loop(MAX_DYING, add_unreaped, g, 0);
}

/* One look; it counts if the kernel moved no thread from the list to the sums meanwhile. */
static long try_sum(__u32 unused, struct group *g)
{
	struct signal_struct *sig = g->sig;
	__u32 before = BPF_CORE_READ(sig, stats_lock.seqcount.seqcount.sequence);

	if (before & 1)
		return 0;
	sum_once(g);
	g->torn = before != BPF_CORE_READ(sig, stats_lock.seqcount.seqcount.sequence);
	return !g->torn;
}

/* Adds up the threads that are reaped and those that are not, self with them. */
static __always_inline void sum_group(struct group *g, struct task_struct *self,
				      struct signal_struct *sig)
{
	__builtin_memset(g, 0, sizeof(*g));
	g->sig = sig;
	g->self = self;
	g->torn = 1;
	bpf_loop(MAX_LOOKS, try_sum, g, 0);
}

static __always_inline __u64 positive(__s64 pages)
{
	return pages > 0 ? pages : 0;
}

/*
 * The shared part of each counter, as in ru_maxrss. What a CPU has not handed in yet is
 * missing: up to 32 pages or twice the CPUs, whichever is more, a counter and CPU.
 */
static __always_inline __u64 rss_pages(struct mm_struct *mm)
{
	struct mm_struct___old *old = (void *)mm;

	if (bpf_core_field_exists(mm->rss_stat[0].count))
		return positive(BPF_CORE_READ(mm, rss_stat[0].count)) +
		       positive(BPF_CORE_READ(mm, rss_stat[1].count)) +
		       positive(BPF_CORE_READ(mm, rss_stat[3].count));
	return positive(BPF_CORE_READ(old, rss_stat.count[0].counter)) +
	       positive(BPF_CORE_READ(old, rss_stat.count[1].counter)) +
	       positive(BPF_CORE_READ(old, rss_stat.count[3].counter));
}

static __always_inline __u64 max_rss_pages(struct task_struct *task)
{
	struct mm_struct *mm = BPF_CORE_READ(task, mm);
	__u64 now, peak;

	if (!mm)
		return 0;
	now = rss_pages(mm);
	peak = BPF_CORE_READ(mm, hiwater_rss);
	return now > peak ? now : peak;
}

/* ---- filter ----------------------------------------------------------------- */

static __always_inline void fill_key(struct process_key *key, struct task_struct *leader)
{
	key->start_ns = BPF_CORE_READ(leader, start_boottime);
	key->pid = BPF_CORE_READ(leader, tgid);
}

static __always_inline __u32 marks_of(struct process_key *key)
{
	__u32 *found = bpf_map_lookup_elem(&process_marks, key);

	return found ? *found : 0;
}

/* Adds a mark and returns those that were there before. */
static __always_inline __u32 add_marks(struct process_key *key, __u32 added)
{
	__u32 *found = bpf_map_lookup_elem(&process_marks, key), none = 0;

	if (!found) {
		bpf_map_update_elem(&process_marks, key, &none, BPF_NOEXIST);
		found = bpf_map_lookup_elem(&process_marks, key);
	}
	return found ? __sync_fetch_and_or(found, added) : 0;
}

static __always_inline void remove_mark(struct process_key *key, __u32 mark)
{
	__u32 *found = bpf_map_lookup_elem(&process_marks, key);

	if (found)
		__sync_fetch_and_and(found, ~mark);
}

/* Whether a process is the one of FILTER_PID, or a member already. */
static __always_inline bool is_member(struct task_struct *leader)
{
	struct process_key key = {};

	fill_key(&key, leader);
	if (key.pid == filter_pid) {
		if (!filter_pid_start_ns)
			filter_pid_start_ns = key.start_ns;
		if (key.start_ns == filter_pid_start_ns)
			return true;
	}
	return marks_of(&key) & MARK_MEMBER;
}

/*
 * Runs the pattern over the name: bit i of places is set where the first i parts of the
 * pattern match what was read.
 */
static __always_inline bool comm_matches(struct task_struct *leader)
{
	__u8 comm[COMM_LEN] = {};
	__u32 places = 1;
	int i;

	bpf_core_read(comm, sizeof(comm), &leader->comm);
	for (i = 0; i < COMM_LEN; i++) {
		if (!comm[i])
			break;
		places = (places & comm_accepts[comm[i]]) << 1 | (places & comm_stars);
	}
	return places & comm_final;
}

static __always_inline struct cgroup *cgroup_in(struct css_set *set, __u32 hierarchy)
{
	__u32 i, n = bpf_core_enum_value(enum cgroup_subsys_id, CGROUP_SUBSYS_COUNT);

	if (!hierarchy)
		return BPF_CORE_READ(set, dfl_cgrp);
	for (i = 0; i < MAX_CGROUP_SUBSYS && i < n; i++) {
		struct cgroup_subsys_state *css = 0;
		struct cgroup *cgrp;

		bpf_core_read(&css, sizeof(css), &set->subsys[i]);
		cgrp = css ? BPF_CORE_READ(css, cgroup) : 0;
		if (cgrp && (__u32)BPF_CORE_READ(cgrp, root, hierarchy_id) == hierarchy)
			return cgrp;
	}
	return 0;
}

static __always_inline bool in_cgroup(struct task_struct *task)
{
	struct css_set *set = BPF_CORE_READ(task, cgroups);
	struct cgroup *cgrp = set ? cgroup_in(set, filter_cgroup_hierarchy) : 0;
	struct kernfs_node *kn = cgrp ? BPF_CORE_READ(cgrp, kn) : 0;
	int i;

	for (i = 0; i < CGROUP_DEPTH && kn; i++) {
		if (BPF_CORE_READ(kn, id) == filter_cgroup_id)
			return true;
		kn = kernfs_parent(kn);
	}
	return false;
}

/* What costs least is asked first. */
static __always_inline bool matches(struct task_struct *task, struct task_struct *leader, __u32 has)
{
	if (filters & FILTER_PID && !(has & MARK_MEMBER))
		return false;
	if (filters & FILTER_UID && BPF_CORE_READ(leader, real_cred, uid.val) != filter_uid)
		return false;
	if (filters & FILTER_COMM && !comm_matches(leader))
		return false;
	return !(filters & FILTER_CGROUP) || in_cgroup(task);
}

/* Sends a process that the reader does not know yet. */
static __always_inline void tell(struct task_struct *leader, bool kept)
{
	struct process_key key = {};
	struct task_event *e;
	struct process p;

	fill_key(&key, leader);
	if (add_marks(&key, MARK_TOLD) & MARK_TOLD)
		return;
	fill_process(&p, leader);
	e = reserve(EVENT_TASK, sizeof(*e), true);
	if (!e) {
		remove_mark(&key, MARK_TOLD);
		return;
	}
	e->process = p;
	e->parent_start_ns = BPF_CORE_READ(leader, real_parent, group_leader, start_boottime);
	e->kept = kept;
	e->pad = 0;
	fill_header(&e->header, EVENT_TASK, sizeof(*e));
	bpf_ringbuf_submit(e, wakeup_flags());
}

struct ascent {
	struct task_struct *task;
};

static long tell_parent(__u32 unused, struct ascent *a)
{
	struct task_struct *task = a->task, *parent;

	parent = BPF_CORE_READ(task, real_parent, group_leader);
	if (!parent || !BPF_CORE_READ(parent, tgid))
		return 1;
	tell(parent, false);
	a->task = parent;
	return 0;
}

/*
 * The whole chain each time: one that was dropped is then told by the next, and one that
 * was told may have a new parent.
 */
static __always_inline void tell_ancestors(struct task_struct *leader)
{
	struct ascent a = { .task = leader };

	bpf_loop(MAX_ANCESTORS, tell_parent, &a, 0);
}

/* Whether what a process does is kept, now and, if so, from now on. */
static __noinline bool is_kept(struct task_struct *task)
{
	struct task_struct *leader = BPF_CORE_READ(task, group_leader);
	struct process_key key = {};
	__u32 has;

	fill_key(&key, leader);
	has = marks_of(&key);
	if (!(has & MARK_KEPT)) {
		if (!matches(task, leader, has))
			return false;
		add_marks(&key, MARK_KEPT);
	}
	if (!(has & MARK_TOLD)) {
		tell_ancestors(leader);
		tell(leader, true);
	}
	return true;
}

/* Whether the reader waits for the end of a process: it was kept, or told of. */
static __always_inline bool is_known(struct task_struct *leader)
{
	struct process_key key = {};

	fill_key(&key, leader);
	return marks_of(&key) & (MARK_KEPT | MARK_TOLD);
}

/*
 * Whether the fork of a process is kept. Its child is judged by itself; only membership
 * of a family is inherited, from the parent it gets or the one that made it.
 */
static __noinline bool is_kept_birth(struct task_struct *child, struct task_struct *maker)
{
	struct process_key key = {};
	__u32 has = 0;

	if (filters & FILTER_PID && (is_member(BPF_CORE_READ(child, real_parent, group_leader)) ||
				     is_member(BPF_CORE_READ(maker, group_leader))))
		has = MARK_MEMBER;
	if (matches(child, child, has))
		has |= MARK_KEPT;
	if (!has)
		return false;
	fill_key(&key, child);
	if (!(has & MARK_KEPT)) {
		add_marks(&key, has);
		return false;
	}
	tell_ancestors(child);
	/* A visit of the iterator may have told it just before. */
	add_marks(&key, has | MARK_TOLD);
	return true;
}

/* What the iterator says of a process: who was there before is judged by its visit. */
static __noinline __u32 judge_visited(struct task_struct *task)
{
	struct process_key key = {};
	__u32 new = 0;

	fill_key(&key, task);
	if (filters & FILTER_PID && !(marks_of(&key) & MARK_MEMBER) &&
	    (is_member(task) || is_member(BPF_CORE_READ(task, real_parent, group_leader)))) {
		add_marks(&key, MARK_MEMBER);
		new = MARK_NEW;
	}
	is_kept(task);
	return marks_of(&key) | new;
}

/* A process that is reaped is forgotten. */
SEC("tp_btf/sched_process_free")
int on_free(__u64 *ctx)
{
	struct task_struct *task = (void *)ctx[0];
	struct process_key key = {};

	if (BPF_CORE_READ(task, pid) != BPF_CORE_READ(task, tgid))
		return 0;
	fill_key(&key, task);
	bpf_map_delete_elem(&process_marks, &key);
	return 0;
}

/* ---- events ----------------------------------------------------------------- */

SEC("tp_btf/sched_process_fork")
int on_fork(__u64 *ctx)
{
	struct task_struct *child = (void *)ctx[1];
	struct fork_event *e;
	struct process p;

	if (BPF_CORE_READ(child, pid) != BPF_CORE_READ(child, tgid))
		return 0; /* a thread */
	if (filters && !is_kept_birth(child, (void *)ctx[0])) {
		count_filtered(EVENT_FORK);
		return 0;
	}
	fill_process(&p, child);
	e = reserve(EVENT_FORK, sizeof(*e), true);
	if (!e)
		return 0;
	e->process = p;
	e->parent_start_ns = BPF_CORE_READ(child, real_parent, group_leader, start_boottime);
	fill_header(&e->header, EVENT_FORK, sizeof(*e));
	bpf_ringbuf_submit(e, wakeup_flags());
	return 0;
}

static __always_inline __u32 append_path(struct exec_buffer *b, __u32 at, const char *path)
{
	long n;

	if (at > PATH_LEN)
		return 0;
	n = bpf_probe_read_kernel_str(&b->data[at], PATH_LEN, path);
	return n > 0 && n <= PATH_LEN ? n - 1 : 0;
}

/* The new address space's own copy: whole, and not to be changed while we read. */
static __always_inline void append_args(struct exec_buffer *b, __u32 at, struct task_struct *task)
{
	__u64 start = BPF_CORE_READ(task, mm, arg_start);
	__u64 n = BPF_CORE_READ(task, mm, arg_end) - start;

	b->event.args_bytes = n;
	b->event.args_unread = 0;
	if (n > max_args)
		n = max_args;
	if (n > ARGS_LEN)
		n = ARGS_LEN;
	if (at > 2 * PATH_LEN)
		at = 2 * PATH_LEN;
	if (n && bpf_probe_read_user(&b->data[at], n, (void *)start)) {
		n = 0;
		b->event.args_unread = 1;
	}
	b->event.args_len = n;
}

SEC("tp_btf/sched_process_exec")
int on_exec(__u64 *ctx)
{
	struct task_struct *task = (void *)ctx[0];
	struct linux_binprm *bprm = (void *)ctx[2];
	const char *filename = BPF_CORE_READ(bprm, filename), *interp = BPF_CORE_READ(bprm, interp);
	__u32 cpu = bpf_get_smp_processor_id();
	struct exec_buffer *b;
	__u32 size;

	if (filters && !is_kept(task)) {
		count_filtered(EVENT_EXEC);
		return 0;
	}
	count_attempt(EVENT_EXEC);
	b = bpf_map_lookup_elem(&exec_buffers, &cpu);
	if (!b || !ring_has_room(sizeof(b->event))) {
		count_drop(EVENT_EXEC);
		return 0;
	}
	fill_process(&b->event.process, task);
	b->event.filename_len = append_path(b, 0, filename);
	b->event.interp_len = interp == filename ? 0 : append_path(b, b->event.filename_len, interp);
	append_args(b, b->event.filename_len + b->event.interp_len, task);
	b->event.peak_rss_pages = BPF_CORE_READ(task, signal, maxrss);
	size = sizeof(b->event) + b->event.filename_len + b->event.interp_len + b->event.args_len;
	if (size > sizeof(*b))
		size = sizeof(*b);
	fill_header(&b->event.header, EVENT_EXEC, size);
	/* Long arguments must not take the room of exits either. */
	if (!ring_has_room(size) || bpf_ringbuf_output(&events, b, size, wakeup_flags()))
		count_drop(EVENT_EXEC);
	return 0;
}

/*
 * What wait4 gives. The flag is set whenever the group was told to end, and on recent
 * kernels always; without it the leader's own code counts.
 */
static __always_inline __u32 exit_status(struct task_struct *leader, struct signal_struct *sig)
{
	if (BPF_CORE_READ(sig, flags) & SIGNAL_GROUP_EXIT)
		return BPF_CORE_READ(sig, group_exit_code);
	return BPF_CORE_READ(leader, exit_code);
}

static __always_inline void send_exit(struct task_struct *task, bool has_mm)
{
	struct signal_struct *sig = BPF_CORE_READ(task, signal);
	struct exit_event *e;
	struct process p;
	struct group g;

	if (filters && !is_kept(task) && !is_known(BPF_CORE_READ(task, group_leader))) {
		count_filtered(EVENT_EXIT);
		return;
	}
	fill_process(&p, task);
	sum_group(&g, task, sig);
	e = reserve(EVENT_EXIT, sizeof(*e), false);
	if (!e)
		return;
	e->process = p;
	e->usage = g.usage;
	e->cpu_ns = g.cpu_ns;
	e->last_ns = BPF_CORE_READ(task, se.sum_exec_runtime);
	e->max_rss_pages = has_mm ? max_rss_pages(task) : 0;
	e->peak_rss_pages = BPF_CORE_READ(sig, maxrss);
	e->tid = BPF_CORE_READ(task, pid);
	e->status = exit_status(BPF_CORE_READ(task, group_leader), sig);
	e->single = g.single;
	e->torn = g.torn;
	fill_header(&e->header, EVENT_EXIT, sizeof(*e));
	bpf_ringbuf_submit(e, wakeup_flags());
}

/* Since 6.16 the tracepoint says itself that this is the last thread. */
SEC("tp_btf/sched_process_exit")
int on_exit(__u64 *ctx)
{
	if (ctx[1] & 0xff)
		send_exit((void *)ctx[0], true);
	return 0;
}

/*
 * Before 6.16: two threads that end together may both see live at 0, so the first one
 * wins. The address space is gone by then; the signal_struct has kept its peak memory,
 * or will have when the other thread comes to it.
 */
SEC("tp_btf/sched_process_exit")
int on_exit_compat(__u64 *ctx)
{
	struct task_struct *task = (void *)ctx[0];
	struct process_key key = {};
	__u8 seen = 1;

	if (BPF_CORE_READ(task, signal, live.counter))
		return 0;
	key.start_ns = BPF_CORE_READ(task, group_leader, start_boottime);
	key.pid = BPF_CORE_READ(task, tgid);
	if (!bpf_map_update_elem(&ended_processes, &key, &seen, BPF_NOEXIST))
		send_exit(task, false);
	return 0;
}

/*
 * At exit a thread's totals still lack all since its last tick or switch, and its way
 * out; the final values stand when it is switched out for good. A thread that ended
 * just before the last one may be on its way out even longer.
 */
SEC("tp_btf/sched_switch")
int on_switch(__u64 *ctx)
{
	struct task_struct *prev = (void *)ctx[1];
	struct signal_struct *sig;
	struct tail_event *e;
	struct group g;

	if (!(prev->__state & TASK_DEAD))
		return 0;
	sig = BPF_CORE_READ(prev, signal);
	if (!sig || BPF_CORE_READ(sig, live.counter))
		return 0;
	if (filters && !is_known(BPF_CORE_READ(prev, group_leader)))
		return 0;
	/* Before it looks at the others: of two at the same time the later one tells all. */
	e = reserve(EVENT_TAIL, sizeof(*e), false);
	if (!e)
		return 0;
	sum_group(&g, prev, sig);
	e->usage = g.usage;
	e->start_ns = BPF_CORE_READ(prev, group_leader, start_boottime);
	e->cpu_ns = g.cpu_ns;
	e->last_ns = BPF_CORE_READ(prev, se.sum_exec_runtime);
	e->peak_rss_pages = BPF_CORE_READ(sig, maxrss);
	e->pid = BPF_CORE_READ(prev, tgid);
	e->tid = BPF_CORE_READ(prev, pid);
	e->running = g.running;
	e->torn = g.torn;
	fill_header(&e->header, EVENT_TAIL, sizeof(*e));
	bpf_ringbuf_submit(e, wakeup_flags());
	return 0;
}

/*
 * The victim, by its thread that holds the address space. Since 6.8; before, the
 * tracepoint has a pid only. An OOM kill is rare and tells why an exit follows, so it
 * may use the room that is kept for exits.
 */
SEC("tp_btf/mark_victim")
int on_oom(__u64 *ctx)
{
	struct task_struct *task = (void *)ctx[0];
	struct mm_struct *mm;
	struct oom_event *e;
	struct process p;

	if (filters && !is_kept(task)) {
		count_filtered(EVENT_OOM);
		return 0;
	}
	fill_process(&p, task);
	e = reserve(EVENT_OOM, sizeof(*e), false);
	if (!e)
		return 0;
	e->process = p;
	mm = BPF_CORE_READ(task, mm);
	e->rss_pages = mm ? rss_pages(mm) : 0;
	fill_header(&e->header, EVENT_OOM, sizeof(*e));
	bpf_ringbuf_submit(e, wakeup_flags());
	return 0;
}

/* ---- what is already there -------------------------------------------------- */

struct whole_record {
	struct thread_record thread;
	struct leader_record leader;
};

/* A function of its own: its stack must not add to the filter's. */
static __noinline void write_task(struct seq_file *seq, struct task_struct *task, __u32 marks)
{
	struct whole_record r = {};

	r.thread.time_ns = bpf_ktime_get_boot_ns();
	r.thread.pid = task->tgid;
	r.thread.tid = task->pid;
	r.thread.start_ns = task->group_leader->start_boottime;
	r.thread.cpu_ns = task->se.sum_exec_runtime;
	r.thread.state = task->__state;
	r.thread.exit_state = task->exit_state;
	add_thread(&r.thread.usage, task);
	if (task->pid != task->tgid) {
		bpf_seq_write(seq, &r.thread, sizeof(r.thread));
		return;
	}
	fill_process(&r.leader.process, task);
	fill_reaped(&r.leader.reaped, task->signal);
	r.leader.parent_start_ns = BPF_CORE_READ(task, real_parent, group_leader, start_boottime);
	r.leader.reaped_cpu_ns = task->signal->sum_sched_runtime;
	if (task->mm)
		r.leader.rss_pages = rss_pages(task->mm);
	r.leader.live = task->signal->live.counter;
	r.leader.marks = marks;
	r.leader.kernel_thread = !!(task->flags & PF_KTHREAD);
	bpf_seq_write(seq, &r, sizeof(r));
}

/*
 * One record a thread, and the path of a cgroup not seen before; the recorder folds the
 * threads: a map here would outlive a read.
 */
SEC("iter/task")
int on_task(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	__u32 marks = 0;

	if (!task)
		return 0;
	if (filters && task->pid == task->tgid)
		marks = judge_visited(task);
	write_task(ctx->meta->seq, task, marks);
	return 0;
}
