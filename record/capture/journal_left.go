package capture

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"
)

// leftJournal is the folder of a journal that was left. It is held open: what is removed
// is what was looked at, whatever gets its name meanwhile.
type leftJournal struct {
	place  *place
	name   string
	folder *os.Root
	data   *os.File // locked; nil if there is none
	files  []string // of the journal, data first
	others []string // not of a journal
}

// openLeft opens a folder.
func (p *place) openLeft(name string) (*leftJournal, error) {
	folder, err := p.root.OpenRoot(name)
	if err != nil {
		return nil, err
	}
	l, err := p.leftIn(folder, name)
	if err != nil {
		return nil, errors.Join(err, folder.Close())
	}
	return l, nil
}

// leftIn looks at a folder that is open, and has the name unless it lost it.
func (p *place) leftIn(folder *os.Root, name string) (*leftJournal, error) {
	l := &leftJournal{place: p, name: name, folder: folder}
	return l, l.list()
}

func (l *leftJournal) list() error {
	entries, err := fs.ReadDir(l.folder.FS(), ".") // in the order of the names
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if entry.Type().IsRegular() && isJournalFile(entry.Name()) {
			l.files = append(l.files, entry.Name())
		} else {
			l.others = append(l.others, entry.Name())
		}
	}
	return nil
}

func isJournalFile(name string) bool {
	_, isTail := tailNumber(name)
	return name == journalData || name == journalGroups || isTail
}

// tailNumber returns the number of a tail.
func tailNumber(name string) (n int, isTail bool) {
	_, err := fmt.Sscanf(name, journalTail, &n)
	return n, err == nil && name == fmt.Sprintf(journalTail, n)
}

// claim locks the journal, if there is one. The error is an [ErrBusy] while a recorder
// writes it.
func (l *leftJournal) claim() (err error) {
	l.data, err = openClaimed(l.folder.OpenFile, journalData)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// isVoid says that there is a journal without a record: its recorder died before its
// first flush. Not even the head of a row group is there then, or the log is what is lost.
func (l *leftJournal) isVoid() bool {
	if l.data == nil || len(l.others) > 0 {
		return false
	}
	for _, name := range l.files {
		if n, isTail := tailNumber(name); isTail && n > 0 {
			return false
		}
		file, err := opener(l.folder.OpenFile).regular(name, os.O_RDONLY)
		if err != nil {
			return false
		}
		void := isVoidFile(name, file)
		if file.Close() != nil || !void {
			return false
		}
	}
	return true
}

// isVoidFile says that a file of a journal holds nothing of a record.
func isVoidFile(name string, file *os.File) bool {
	info, err := file.Stat()
	switch {
	case err != nil:
		return false
	case name == journalData:
		return info.Size() <= int64(len(parquetMagic))
	case name == journalGroups:
		return info.Size() == 0
	}
	lines, err := io.ReadAll(io.NewSectionReader(file, 0, MaxLineBytes+1))
	return err == nil && len(lines) <= MaxLineBytes && !bytes.Contains(lines, []byte{'\n'})
}

// remove removes the journal, of which data goes first: without it there is none. Other
// files stay, in their folder.
func (l *leftJournal) remove() error {
	for _, file := range l.files {
		if err := l.folder.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	err := l.place.root.Remove(l.name)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrExist) { // ENOTEMPTY
		return nil
	}
	return err
}

func (l *leftJournal) close() error {
	var err error
	if l.data != nil {
		err = l.data.Close()
	}
	return errors.Join(err, l.folder.Close())
}

// clearJournal refuses a folder that is in the way of a new capture, or removes it.
func (p *place) clearJournal(name string, force bool) error {
	l, err := p.openLeft(p.partial())
	if errors.Is(err, fs.ErrNotExist) {
		return nil // removed just now
	}
	if err != nil {
		return err
	}
	defer l.close()
	if len(l.others) > 0 {
		return fmt.Errorf("%s: %w: it holds other files, such as %s; move them away, or choose another name",
			name+partialSuffix, fs.ErrExist, l.others[0])
	}
	switch err := l.claim(); {
	case errors.Is(err, ErrBusy):
		return busyError(name)
	case err != nil:
		return err
	case l.data != nil && !force && !l.isVoid():
		return fmt.Errorf("%s: %w: an unfinished recording; finish it with 'linnix capture recover %s', or replace it with --force",
			name+partialSuffix, fs.ErrExist, name)
	}
	return l.remove()
}

// unbornSuffix is added, with a number, to a hidden name of the folder while a journal is
// made in it: nobody takes the folder for one that was left, as it was without data.
const unbornSuffix = partialSuffix + "."

// unbornAge is when such a folder was left by a process that was killed: to make the
// journal takes no time.
const unbornAge = time.Minute

func (p *place) unborn() string { return "." + p.base + unbornSuffix }

// clearUnborn removes what was killed at its very beginning. It is in nobody's way, so
// no error matters.
func (p *place) clearUnborn() {
	entries, _ := fs.ReadDir(p.root.FS(), ".")
	for _, entry := range entries {
		if !strings.HasPrefix(entry.Name(), p.unborn()) || !entry.IsDir() {
			continue
		}
		if info, err := entry.Info(); err == nil && time.Since(info.ModTime()) > unbornAge {
			p.clearDead(entry.Name())
		}
	}
}

func (p *place) clearDead(name string) {
	l, err := p.openLeft(name)
	if err != nil {
		return
	}
	defer l.close()
	if len(l.others) == 0 && l.claim() == nil {
		_ = l.remove()
	}
}

// removeJournal removes the journal in a folder that nobody else uses, and the folder
// unless it holds other files. That there is none is no error.
func (p *place) removeJournal(name string) error {
	info, err := p.root.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !info.IsDir() {
		return nil
	}
	l, err := p.openLeft(name)
	if err != nil {
		return err
	}
	return errors.Join(l.remove(), l.close())
}
