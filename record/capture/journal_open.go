package capture

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// snapshotAttempts bounds how often a recorder may get in the way of a snapshot: it
// does so once a row group.
const snapshotAttempts = 100

// openJournal opens the journal in a folder; the capture has the given name. It
// returns nil if no unfinished recording is there.
func openJournal(folder, name string) (*journalReader, error) {
	for range snapshotAttempts {
		r, err := snapshot(folder, name)
		if !errors.Is(err, errMoved) {
			return r, err
		}
	}
	return nil, fmt.Errorf("open capture: %s changes all the time; try again", folder)
}

// errMoved says that the recorder cut a row group, or finished, during a snapshot.
var errMoved = errors.New("the recording has moved on")

func snapshot(folder, name string) (*journalReader, error) {
	data, err := openRegular(filepath.Join(folder, journalData))
	if isAbsent(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("open capture: %w", err)
	}
	r := &journalReader{folder: folder, name: name, data: data}
	if err = r.open(); err != nil {
		return nil, errors.Join(err, r.closeFiles())
	}
	void := !r.live() && r.isVoid()
	if r.published() || void && isThere(name) {
		return nil, r.closeFiles()
	}
	if void {
		return nil, errors.Join(voidError(name), r.closeFiles())
	}
	return r, nil
}

// isVoid says that nothing had been recorded. What is asked first is whether a recorder
// writes, which may write all and end meanwhile.
func (r *journalReader) isVoid() bool {
	if r.damage != nil || r.totals.groups > 0 {
		return false
	}
	return isVoidFile(journalData, r.data) && (r.tail == nil || isVoidFile(r.tailName(), r.tail))
}

func voidError(name string) error {
	return fmt.Errorf("%s: %w: nothing had been recorded when its recorder died; record again", name, ErrEmpty)
}

func isThere(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

// isAbsent says that there is no such file, or no folder where it should be.
func isAbsent(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}

// open takes the log and the tail that belongs to it.
func (r *journalReader) open() error {
	var err error
	if r.groups, err = openRegular(filepath.Join(r.folder, journalGroups)); err != nil && !isAbsent(err) {
		return fmt.Errorf("open capture: %w", err)
	}
	var logErr error
	if r.totals, logErr = addUp(r.reopen(), -1); logErr != nil && !errors.Is(logErr, errDamagedLog) {
		return fmt.Errorf("read %s: %w", r.folder, logErr)
	}
	if r.tail, err = openRegular(r.tailName()); err != nil && !isAbsent(err) {
		return fmt.Errorf("open capture: %w", err)
	}
	if r.moved() {
		return errMoved
	}
	return r.findDamage(logErr)
}

func openRegular(name string) (*os.File, error) {
	return opener(os.OpenFile).regular(name, os.O_RDONLY)
}

// moved says that the recorder has cut a row group, or finished, since the log was read.
func (r *journalReader) moved() bool {
	after, err := addUp(r.reopen(), -1)
	return err == nil && after.groups != r.totals.groups || !r.inPlace()
}

// findDamage finds out whether the log has lost entries: then it is damaged, or there is
// the tail that follows one that it lacks.
func (r *journalReader) findDamage(logErr error) error {
	entries, err := os.ReadDir(r.folder)
	if err != nil && !isAbsent(err) {
		return fmt.Errorf("open capture: %w", err)
	}
	lost := logErr != nil
	for _, entry := range entries {
		if n, isTail := tailNumber(entry.Name()); isTail && n > r.totals.groups {
			lost = true
		}
	}
	if !lost {
		return nil
	}
	if r.moved() {
		return errMoved
	}
	r.damage = &CorruptError{Name: filepath.Join(r.folder, journalGroups), RowGroup: r.totals.groups + 1,
		Reason: errDamagedLog.Error()}
	return nil
}
