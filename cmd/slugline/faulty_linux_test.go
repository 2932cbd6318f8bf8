package main

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

func init() { programs["faulty"] = faultyMain } // on Linux alone

// faults are what a disk can answer.
var faults = map[string]syscall.Errno{"EIO": syscall.EIO, "ENOSPC": syscall.ENOSPC, "EROFS": syscall.EROFS}

// noConnection is a fault too: no connection is accepted.
const noConnection = "no connection"

// faultyMain is slugline on a machine that breaks at SIGUSR1: from then on each write to a
// file fails with the error that SLUGLINE_FAULT names.
func faultyMain() {
	breaks := make(chan os.Signal, 1)
	signal.Notify(breaks, syscall.SIGUSR1)
	go func() {
		<-breaks
		writes := []uint32{unix.SYS_PWRITE64, unix.SYS_FSYNC, unix.SYS_FDATASYNC, unix.SYS_FTRUNCATE, unix.SYS_FALLOCATE, unix.SYS_RENAMEAT, unix.SYS_MKDIRAT, unix.SYS_UNLINKAT}
		var err error
		if fault := os.Getenv("SLUGLINE_FAULT"); fault == noConnection {
			err = failCalls(syscall.ENOMEM, unix.SYS_ACCEPT4)
		} else {
			err = failCalls(faults[fault], writes...)
		}
		if err != nil {
			panic(err)
		}
		fmt.Println("The machine is broken.")
	}()
	main()
}

// failCalls makes the kernel answer system calls, and the opening of files that may be made
// anew, with an error, for all threads and for ever (seccomp(2)).
func failCalls(errno syscall.Errno, always ...uint32) error {
	const (
		number, flags = 0, 16 + 2*8 // of the call; the third argument (struct seccomp_data)
		load          = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS
		equal         = unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K
		hasBit        = unix.BPF_JMP | unix.BPF_JSET | unix.BPF_K
		answer        = unix.BPF_RET | unix.BPF_K
	)
	filter := []unix.SockFilter{{Code: load, K: number}}
	for i, call := range always {
		filter = append(filter, unix.SockFilter{Code: equal, K: call, Jt: uint8(len(always) - i + 3)})
	}
	filter = append(filter,
		unix.SockFilter{Code: equal, K: unix.SYS_OPENAT, Jf: 2},
		unix.SockFilter{Code: load, K: flags},
		unix.SockFilter{Code: hasBit, K: unix.O_CREAT, Jt: 1},
		unix.SockFilter{Code: answer, K: unix.SECCOMP_RET_ALLOW},
		unix.SockFilter{Code: answer, K: unix.SECCOMP_RET_ERRNO | uint32(errno)},
	)
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	if _, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&program))); errno != 0 {
		return errno
	}
	return nil
}

// TestABrokenDiskStopsNothing breaks the disk under a daemon that does everything: it says
// so, goes on serving, and ends well.
func TestABrokenDiskStopsNothing(t *testing.T) {
	for name := range faults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testBrokenDisk(t, name)
		})
	}
}

func testBrokenDisk(t *testing.T, fault string) {
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {}))
	defer hook.Close()
	k := newKillTest(t)
	cmd := exec.Command("faulty", "--config", k.dir+"/feeds.yaml")
	cmd.Env = append(os.Environ(), "SLUGLINE_FAULT="+fault)
	d := k.startProcess(t, cmd)
	d.wait(t)
	k.publish()
	seen := map[string]string{}
	k.readAll(t, seen)
	if err := cmd.Process.Signal(syscall.SIGUSR1); err != nil {
		t.Fatal(err)
	}
	k.until(t, "the machine is broken", func() bool { return strings.Contains(d.log(), "The machine is broken.") })
	k.publish()
	k.useAll(t)
	k.until(t, "the daemon says that it can't write", func() bool { return k.deskStatus(t, "/readyz") == http.StatusServiceUnavailable })
	<-time.After(2 * time.Second) // for the writers that work beside visits
	k.useAll(t)
	if got := len(k.items(t)); got != len(seen) {
		t.Errorf("%d items are served, want the %d from before", got, len(seen))
	}
	d.terminate(t)
	if strings.Contains(d.log(), "panic") {
		t.Error(d.log())
	}
	sayOnce(t, d.log())
}

// sayOnce expects that each error of the database is logged once.
func sayOnce(t *testing.T, log string) {
	lines := map[string]int{}
	for line := range strings.Lines(log) {
		if _, said, ok := strings.Cut(line, "level=ERROR msg=\""); ok && strings.Contains(said, "commit to ") {
			what, _, _ := strings.Cut(said, "\"")
			if lines[what]++; lines[what] == 2 {
				t.Errorf("the log says again: %s", line)
			}
		}
	}
}

// TestConnectionsThatCannotBeAccepted lets every accept fail, and expects that the daemon
// goes on with its visits, says so once for each address, and ends well.
func TestConnectionsThatCannotBeAccepted(t *testing.T) {
	td := newTestDaemon(t, 1)
	td.configure(t, "")
	cmd := exec.Command("faulty", "--config", td.dir+"/feeds.yaml")
	cmd.Env = append(os.Environ(), "SLUGLINE_FAULT="+noConnection)
	d := td.startProcess(t, cmd)
	d.wait(t)
	if err := cmd.Process.Signal(syscall.SIGUSR1); err != nil {
		t.Fatal(err)
	}
	td.until(t, "the machine is broken", func() bool { return strings.Contains(d.log(), "The machine is broken.") })
	for _, address := range []string{td.public, td.desk} {
		for range 2 {
			c, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = c.Close() }()
		}
		td.until(t, "the log says it", func() bool {
			return strings.Contains(d.log(), `msg="connections can't be accepted, will retry" listen=`+address)
		})
	}
	visits := len(td.feeds[0].Requests())
	td.until(t, "more visits", func() bool { return len(td.feeds[0].Requests()) > visits+1 })
	d.terminate(t)
	if n := strings.Count(d.log(), "can't be accepted"); n != 2 {
		t.Errorf("the log says %d times that connections can't be accepted, want once for each address:\n%s", n, d.log())
	}
}

// TestDescriptorsUsedUp takes the daemon's descriptors away and gives them back. It accepts
// connections again, and reads feeds.yaml again that it could not read.
func TestDescriptorsUsedUp(t *testing.T) {
	td := newTestDaemon(t, 1)
	td.configure(t, "")
	d := td.start(t)
	d.wait(t)
	td.publish()
	td.readAll(t, map[string]string{})
	pid := d.cmd.Process.Pid
	var limit unix.Rlimit
	if err := unix.Prlimit(pid, unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: 3, Max: 4096}, &limit); err != nil {
		t.Skip("descriptors can't be taken away here:", err)
	}
	c, err := net.Dial("tcp", td.public)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	td.until(t, "the log says it", func() bool { return strings.Contains(d.log(), "connections can't be accepted") })
	td.rewrite(t, "stories: 5000", "stories: 4000")
	if err := d.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	td.until(t, "feeds.yaml can't be read", func() bool { return strings.Contains(d.log(), "feeds.yaml can't be applied, will retry") })
	if err := unix.Prlimit(pid, unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: 1000, Max: 4096}, nil); err != nil {
		t.Fatal(err)
	}
	td.until(t, "feeds.yaml is read", func() bool {
		return td.metric(t, "slugline_config_ok 1") && strings.Contains(d.log(), `msg="feeds.yaml read"`)
	})
	td.publish()
	td.readAll(t, map[string]string{})
	d.terminate(t)
}

// TestNobodyReadsTheLog closes the pipe to which the daemon writes its log.
func TestNobodyReadsTheLog(t *testing.T) {
	td := newTestDaemon(t, 1)
	td.configure(t, "")
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := td.command()
	cmd.Stdout, cmd.Stderr = write, write
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() }) // fails if the test has ended it
	if _, err := read.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(write.Close(), read.Close()); err != nil {
		t.Fatal(err)
	}
	topic := "topics: [{name: all, stories: 5000}"
	td.rewrite(t, topic, topic+", {name: other}") // each reload is logged
	td.until(t, "the new topic is served", func() bool {
		resp, err := http.Get("http://" + td.public + "/topics/other.rss")
		if err != nil {
			return false
		}
		_ = resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	})
	if err := errors.Join(cmd.Process.Signal(os.Interrupt), cmd.Wait()); err != nil {
		t.Errorf("the daemon ended with %v", err)
	}
}

// useAll asks for everything that writes something.
func (k *killTest) useAll(t *testing.T) {
	req, _ := http.NewRequest(http.MethodGet, "http://"+k.public+"/topics/all.atom", nil)
	req.Header.Set("User-Agent", "Stranger/1.0 (12 subscribers)")
	if !k.accepted(req) {
		t.Error("a topic feed is not served")
	}
	k.signUp(1)
	k.subscribe(1)
	if len(k.signedUp)+len(k.subscribed) > 0 {
		t.Errorf("acknowledged were the sign-ups %v, the subscriptions %v", k.signedUp, k.subscribed)
	}
	for id := range k.items(t) {
		k.runFails(t, "pin", id[strings.LastIndexAny(id, ":/")+1:], "all")
	}
}

// deskStatus returns the status of an address of the desk.
func (td *testDaemon) deskStatus(t *testing.T, path string) int {
	t.Helper()
	resp, err := http.Get("http://" + td.desk + path)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}

// TestTheDatabaseGoes moves the database away under a daemon, and back.
func TestTheDatabaseGoes(t *testing.T) {
	k := newKillTest(t)
	d := k.start(t)
	d.wait(t)
	k.publish()
	seen := map[string]string{}
	k.readAll(t, seen)
	path := filepath.Join(k.dir, "slugline.db")
	if err := os.Rename(path, path+".away"); err != nil {
		t.Fatal(err)
	}
	k.until(t, "/readyz says so", func() bool { return k.deskStatus(t, "/readyz") == http.StatusServiceUnavailable })
	k.publish()
	k.useAll(t)
	if page := k.page(t, "/"); !strings.Contains(page, "was removed or renamed while it is in use") {
		t.Error("the wire does not say what happened")
	}
	k.until(t, "the log says it", func() bool { return strings.Contains(d.log(), "nothing can be stored") })
	if got := len(k.items(t)); got != len(seen) {
		t.Errorf("%d items are served, want the %d from before", got, len(seen))
	}
	if err := os.Rename(path+".away", path); err != nil {
		t.Fatal(err)
	}
	k.readAll(t, seen)
	k.until(t, "the log says that it is good", func() bool { return strings.Contains(d.log(), "the database can be written again") })
	if k.deskStatus(t, "/readyz") != http.StatusOK {
		t.Error("/readyz says that it is not ready")
	}
	d.terminate(t)
}

// TestTheDatabaseIsOverwritten copies an older copy over the open database, as one would to
// restore it. The daemon can't know what it holds now, so it ends, and says why.
func TestTheDatabaseIsOverwritten(t *testing.T) {
	k := newKillTest(t)
	d := k.start(t)
	d.wait(t)
	path := filepath.Join(k.dir, "slugline.db")
	older, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	k.publish()
	k.readAll(t, map[string]string{})
	if err := os.WriteFile(path, older, 0o600); err != nil { // in place
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := d.end(); !errors.As(err, &exit) || exit.ExitCode() != 1 {
		t.Errorf("it ended with %v, want 1", err)
	}
	if log := d.log(); strings.Contains(log, "goroutine ") || !strings.Contains(log, "database damaged; restore the last backup") {
		t.Errorf("the log says\n%s", log)
	}
}

// TestAFullDiskPasses fills the disk under a daemon, and makes space again.
func TestAFullDiskPasses(t *testing.T) {
	k := newKillTest(t)
	disk := t.TempDir()
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=8m"); err != nil {
		t.Skip("mounting a small disk needs root:", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(disk, syscall.MNT_DETACH) })
	k.rewrite(t, "listen:", fmt.Sprintf("database: %s/slugline.db\nlisten:", disk))
	d := k.start(t)
	d.wait(t)
	k.publish()
	seen := map[string]string{}
	k.readAll(t, seen)
	ballast := filepath.Join(disk, "ballast")
	t.Cleanup(func() { t.Log(d.log()) })
	_ = os.WriteFile(ballast, make([]byte, 8<<20), 0o600) // it takes what there is
	k.until(t, "/readyz says so", func() bool { k.publish(); return k.deskStatus(t, "/readyz") == http.StatusServiceUnavailable })
	k.useAll(t)
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	k.until(t, "/readyz is good again", func() bool { return k.deskStatus(t, "/readyz") == http.StatusOK })
	k.until(t, "the log says it", func() bool { return strings.Contains(d.log(), "the database can be written again") })
	k.readAll(t, seen)
	d.terminate(t)
	sayOnce(t, d.log())
}
