package capture

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
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
	l := &leftJournal{place: p, name: name, folder: folder}
	if err := l.list(); err != nil {
		return nil, errors.Join(err, l.close())
	}
	return l, nil
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
	if !slices.Contains(l.files, journalData) {
		return nil
	}
	if l.data, err = l.folder.Open(journalData); err != nil {
		return err
	}
	if !tryLock(l.data) {
		return ErrBusy
	}
	return nil
}

// remove removes the journal, of which data goes first: without it there is none. Other
// files stay, in their folder: the error is an [fs.ErrExist] then.
func (l *leftJournal) remove() error {
	for _, file := range l.files {
		if err := l.folder.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if err := l.place.root.Remove(l.name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func (l *leftJournal) close() error {
	var err error
	if l.data != nil {
		err = l.data.Close()
	}
	return errors.Join(err, l.folder.Close())
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
	err = l.remove()
	if errors.Is(err, fs.ErrExist) {
		err = nil
	}
	return errors.Join(err, l.close())
}
