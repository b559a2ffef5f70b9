package record

import (
	"strings"
	"testing"

	"github.com/linnix-os/linnix/schema"
)

func TestDiskBusyAddsUpTheBusiest(t *testing.T) {
	s := newSystemReader()
	s.disks["a"], s.disks["b"], s.disks["a1"] = true, true, false
	stats := []string{
		"8 0 a 1 0 10 0 1 0 20 0 0 100 7\n8 1 a1 1 0 10 0 1 0 20 0 0 999 9\n8 16 b 0 0 0 0 0 0 0 0 0 50 3\n",
		"8 0 a 1 0 12 0 1 0 24 0 0 130 8\n8 1 a1 1 0 10 0 1 0 20 0 0 9999 9\n8 16 b 0 0 0 0 0 0 0 0 0 150 3\n",
		"8 0 a 1 0 12 0 1 0 24 0 0 190 8\n8 16 b 0 0 0 0 0 0 0 0 0 160 3\n",
	}
	wantBusyMs := []int64{0, 100, 160}
	for i, text := range stats {
		var r schema.Record
		s.diskstats([]byte(text), &r)
		if got := r.DiskBusyNs.V / 1e6; got != wantBusyMs[i] {
			t.Errorf("after reading %d: busy %d ms, want %d", i, got, wantBusyMs[i])
		}
		if i == 1 && (r.DiskReadBytes.V != 12*512 || r.DiskWriteBytes.V != 24*512 || r.DiskQueueNs.V != 11e6) {
			t.Errorf("read %d, written %d, queue %d", r.DiskReadBytes.V, r.DiskWriteBytes.V, r.DiskQueueNs.V)
		}
	}
}

func TestNetworkLeavesOutLoopback(t *testing.T) {
	var r schema.Record
	newSystemReader().netdev([]byte(`Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:  500 1 0 0 0 0 0 0  500 1 0 0 0 0 0 0
  eth0:1000 1 0 0 0 0 0 0  30 1 0 0 0 0 0 0
  eth1: 24 1 0 0 0 0 0 0  12 1 0 0 0 0 0 0
`), &r)
	if r.NetRxBytes.V != 1024 || r.NetTxBytes.V != 42 {
		t.Errorf("received %d, sent %d", r.NetRxBytes.V, r.NetTxBytes.V)
	}
}

func TestStatWithManyInterrupts(t *testing.T) {
	var r schema.Record
	text := "cpu  1 2 3 4 5 6 7 8 0 0\nintr 5" + strings.Repeat(" 123456789", 10_000) + "\nctxt 42\nprocesses 7\n"
	newSystemReader().stat([]byte(text), &r)
	if r.CPUUserNs.V != 10_000_000 || r.ContextSwitches.V != 42 || r.ForksTotal.V != 7 {
		t.Errorf("user %d ns, %d switches, %d forks", r.CPUUserNs.V, r.ContextSwitches.V, r.ForksTotal.V)
	}
}

func TestPressureWithoutFull(t *testing.T) {
	var r schema.Record
	newSystemReader().pressureCPU([]byte("some avg10=1.25 avg60=0.00 avg300=0.00 total=77\n"), &r)
	if r.PSI.CPUSomeUs.V != 77 || r.PSICPUSomeAvg10.V != 1.25 {
		t.Errorf("some: %d µs, avg10 %v", r.PSI.CPUSomeUs.V, r.PSICPUSomeAvg10.V)
	}
	if r.PSI.CPUFullUs.OK || r.PSICPUFullAvg10.OK {
		t.Error("full is present although the kernel did not give it")
	}
}
