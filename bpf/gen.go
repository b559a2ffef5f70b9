package bpf

//go:generate go tool bpf2go -cc clang-14 -strip llvm-strip-14 -cflags "-O2 -g -Wall -Wextra -Wno-unused-parameter -Werror -mcpu=v3" -target bpfel -type event_header -type process -type usage -type event_type -type fork_event -type exec_event -type exit_event -type tail_event -type cgroup_event -type cgroup_key -type oom_event -type task_event -type filter_kind -type filter_mark -type thread_record -type leader_record -type counters -type drop_bucket linnix linnix.bpf.c
