package capture

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/linnix-os/linnix/schema"
)

// recoverSuffix is added to the name of a capture while its recovered form is written.
const recoverSuffix = ".recovering"

// What keeps Recover from finishing a capture that can be read.
var (
	// ErrParts: it is no single file.
	ErrParts = errors.New("it is no single file")
	// ErrWrite: the finished capture cannot be written.
	ErrWrite = errors.New("write the recovered capture")
)

// RecoverOptions says what Recover may replace.
type RecoverOptions struct {
	// Force replaces a finished capture that has the name which the unfinished one is
	// to get: a recording that was to replace it died.
	Force bool
}

// Recovered says what Recover found.
type Recovered struct {
	// Finished says that the capture was finished already and is unchanged.
	Finished bool
	// Records counts the records that were there.
	Records int64
	// Reason says what was missing; empty if Finished.
	Reason string
}

// Recover turns what is left of a recording into a finished capture under its name: all
// that can be read, and an end record that says so. Until the finished capture has its
// name nothing of the old is changed, so a crash loses nothing, and Recover may be run
// again, also on a capture that is finished. The name may be that of the folder, too, or a
// link. Whoever owns what was left owns what it becomes, if the system lets it.
//
// Errors: those of [Open] and reading; [ErrBusy] while a recorder writes; [ErrParts];
// [ErrWrite]; [fs.ErrExist] for a finished capture in the way, unless opts.Force; and
// that of ctx, whose end leaves all as it was.
func Recover(ctx context.Context, name string, opts RecoverOptions) (*Recovered, error) {
	name = unfinishedName(name)
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("recover %s: %w; write one with: linnix capture convert %[1]s whole%[3]s", name, ErrParts, Parquet.Extension())
	}
	p, err := openPlace(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("open capture: %w", err)
	}
	if err != nil {
		return nil, fmt.Errorf("recover capture: %w", err)
	}
	defer p.close()
	r := &recovery{name: name, place: p, opts: opts}
	found, err := r.run(ctx)
	if r.locked != nil {
		err = errors.Join(err, r.locked.Close())
	}
	return found, err
}

// unfinishedName returns the name of the capture that a user means who gives that, or the
// folder of its journal, or a link to one of them: the link stays.
func unfinishedName(name string) string {
	if finished := strings.TrimSuffix(filepath.Clean(name), partialSuffix); isStaged(finished) {
		name = finished
		partial := followLink(name + partialSuffix)
		if target, is := strings.CutSuffix(partial, partialSuffix); is && isStaged(target) {
			name = target
		}
		if isThere(name + partialSuffix) {
			return name
		}
	}
	return followLink(name)
}

func isStaged(name string) bool {
	format, err := FormatOf(name)
	return err == nil && formats[format].staged
}

// followLink returns what a link leads to, and any other name as it is.
func followLink(name string) string {
	info, err := os.Lstat(name)
	if err != nil || info.Mode()&fs.ModeSymlink == 0 {
		return name
	}
	if target, err := filepath.EvalSymlinks(name); err == nil {
		return target
	}
	return name
}

// recovery is one run of Recover.
type recovery struct {
	name   string
	place  *place
	opts   RecoverOptions
	locked *os.File // what is left, so that nobody else recovers it meanwhile
	staged bool     // what is left lies beside the name
	format Format
	last   schema.Record // that is there
}

func (r *recovery) run(ctx context.Context) (*Recovered, error) {
	if err := r.claim(); err != nil {
		return nil, err
	}
	status, err := r.survey(ctx)
	if err != nil {
		return nil, err
	}
	found := &Recovered{Finished: status.Complete && !r.staged, Records: status.Records, Reason: status.Reason}
	if found.Finished {
		return found, r.clean()
	}
	if found.Reason == "" {
		found.Reason = "it had not got its name yet"
	}
	if err := r.write(ctx, status.Complete); err != nil {
		return nil, errors.Join(err, r.place.removeIfThere(r.place.recovering()))
	}
	if err := r.publish(); err != nil {
		return nil, err
	}
	return found, r.clean()
}

// claim takes the lock of the capture, so that it is nobody else's.
func (r *recovery) claim() error {
	err := r.claimJournal()
	if err == nil && !r.staged {
		r.locked, err = openClaimed(os.OpenFile, r.name)
	}
	switch {
	case errors.Is(err, ErrBusy):
		return fmt.Errorf("recover %s: %w; end the recording first, with Ctrl-C or SIGTERM", r.name, ErrBusy)
	case isAbsent(err):
		return missingError(r.name, err)
	case errors.Is(err, ErrEmpty):
		return err
	case err != nil:
		return fmt.Errorf("recover capture: %w", err)
	}
	return nil
}

// claimJournal takes that of a journal that is to be finished. One of which the finished
// capture is there, or that has no record, is removed.
func (r *recovery) claimJournal() error {
	if !isStaged(r.place.base) {
		return nil
	}
	l, err := r.place.openLeft(r.place.partial())
	if isAbsent(err) {
		return nil
	}
	if err != nil {
		return err
	}
	defer l.folder.Close()
	if err := l.claim(); err != nil || l.data == nil {
		return err
	}
	r.locked = l.data
	finished := r.place.holds(r.place.base, l.data)
	if !finished && !l.isVoid() {
		r.staged = true
		return nil
	}
	r.locked = nil
	err = errors.Join(l.remove(), l.data.Close())
	if err == nil && !isThere(r.name) {
		err = voidError(r.name)
	}
	return err
}

// survey reads what is there to its end.
func (r *recovery) survey(ctx context.Context) (Status, error) {
	src, err := r.open()
	if err != nil {
		return Status{}, err
	}
	defer src.Close()
	r.format = src.Format()
	for {
		record, err := (untilReader{src, ctx}).Read()
		if errors.Is(err, io.EOF) {
			return src.Status(), nil
		}
		if err != nil {
			return Status{}, err
		}
		r.last.Type, r.last.Time, r.last.Seq = record.Type, record.Time, record.Seq
	}
}

// open opens what is left. The lock that Recover holds is none of a recorder.
func (r *recovery) open() (*Source, error) {
	src, err := Open(r.name)
	if err == nil {
		src.live, src.wasLive = func() bool { return false }, false
	}
	return src, err
}
