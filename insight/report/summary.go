package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/linnix-os/linnix/schema"
)

// headline names a record's verdict and process: "critical fork_storm: bomb (pid 4412)".
// Its parts are as they came: escape them for the output.
type headline struct {
	severity, class, process, host string
}

func headlineOf(r *schema.DatasetRecord) headline {
	h := headline{class: string(r.Insight.Class), process: processOf(r)}
	if in := r.Context.Incident; in != nil {
		h.host = in.Host
		if r.Insight.Class != schema.ClassNormal {
			h.severity = string(in.Severity)
		}
	}
	return h
}

// processOf names the primary process for a headline; it is empty if none is named.
func processOf(r *schema.DatasetRecord) string {
	if in := r.Context.Incident; in != nil && in.Primary != nil {
		return in.Primary.Comm
	}
	if r.Insight.PrimaryProcess != nil {
		return *r.Insight.PrimaryProcess
	}
	return ""
}

// counted says how many incidents there are among the records.
func counted(records []schema.DatasetRecord) string {
	n := 0
	for i := range records {
		if records[i].Insight.Class != schema.ClassNormal {
			n++
		}
	}
	switch n {
	case 0:
		return "No incident"
	case 1:
		return "1 incident"
	}
	return fmt.Sprintf("%d incidents", n)
}

// hosts returns the names of the hosts that the records tell of, in their order.
func hosts(records []schema.DatasetRecord) []string {
	var names []string
	for i := range records {
		if in := records[i].Context.Incident; in != nil && in.Host != "" && !slices.Contains(names, in.Host) {
			names = append(names, in.Host)
		}
	}
	return names
}

// stretch says from when to when an incident lasted. Both days are told only if they differ.
func stretch(in *schema.Incident) string {
	if in.End == 0 {
		return "from " + moment(in.Onset)
	}
	from, to := moment(in.Onset), moment(in.End)
	if strings.TrimSuffix(from, timeOfDay(in.Onset)) == strings.TrimSuffix(to, timeOfDay(in.End)) {
		from, to = strings.TrimSuffix(from, " UTC"), timeOfDay(in.End)
	}
	return fmt.Sprintf("%s to %s (%s)", from, to, lasted(in))
}

func lasted(in *schema.Incident) string {
	if in.End == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f s", in.End.Sub(in.Onset).Seconds())
}

// parentOf finds the parent's comm in what else the record says of processes.
func parentOf(c *schema.Context, p *schema.ProcessRef) (comm string) {
	for i := range c.ProcessTable {
		if row := &c.ProcessTable[i]; row.PID == p.PPID && row.StartTime <= p.StartTime {
			return row.Comm
		}
	}
	for i := range c.Incident.Candidates {
		if other := &c.Incident.Candidates[i]; other.PID == p.PPID && other.StartTime <= p.StartTime {
			return other.Comm
		}
	}
	return ""
}
