package schema

import "strconv"

// signals are the names of the signals that Linux has on x86-64 and arm64, from 1 on.
var signals = [...]string{
	"SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGKILL", "SIGUSR1",
	"SIGSEGV", "SIGUSR2", "SIGPIPE", "SIGALRM", "SIGTERM", "SIGSTKFLT", "SIGCHLD", "SIGCONT", "SIGSTOP", "SIGTSTP",
	"SIGTTIN", "SIGTTOU", "SIGURG", "SIGXCPU", "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO", "SIGPWR", "SIGSYS",
}

// SignalName returns the name of a signal, such as SIGKILL; "signal 34" for one without.
func SignalName(number int64) string {
	if number < 1 || number > int64(len(signals)) {
		return "signal " + strconv.FormatInt(number, 10)
	}
	return signals[number-1]
}
