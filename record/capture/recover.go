package capture

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

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
// again, also on a capture that is finished.
//
// Errors: those of [Open] and reading; [ErrBusy] while a recorder writes; [ErrParts];
// [ErrWrite]; [fs.ErrExist] for a finished capture in the way, unless opts.Force; and
// that of ctx, whose end leaves all as it was.
func Recover(ctx context.Context, name string, opts RecoverOptions) (*Recovered, error) {
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
		return nil, errors.Join(err, r.place.removeIfThere(r.temporary()))
	}
	if err := r.publish(); err != nil {
		return nil, err
	}
	return found, r.clean()
}

func (r *recovery) temporary() string { return r.place.base + recoverSuffix }

// claim takes the lock of the capture, so that it is nobody else's.
func (r *recovery) claim() error {
	data := filepath.Join(r.place.partial(), journalData)
	file, err := r.place.root.Open(data)
	switch {
	case err == nil && sameFile(file, r.name): // finished, but for its folder
		return errors.Join(file.Close(), r.place.root.RemoveAll(r.place.partial()))
	case err == nil:
		r.staged = true
	case isAbsent(err):
		file, err = os.Open(r.name)
	}
	if isAbsent(err) {
		return missingError(r.name, err)
	}
	if err != nil {
		return fmt.Errorf("recover capture: %w", err)
	}
	r.locked = file
	if !tryLock(file) {
		return fmt.Errorf("recover %s: %w; end the recording first, with Ctrl-C or SIGTERM", r.name, ErrBusy)
	}
	return nil
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
		src.live = func() bool { return false }
	}
	return src, err
}

// write writes the finished capture under its temporary name.
func (r *recovery) write(ctx context.Context, complete bool) (err error) {
	src, err := r.open()
	if err != nil {
		return err
	}
	defer src.Close()
	if err := r.place.removeIfThere(r.temporary()); err != nil {
		return r.writeError(err)
	}
	out, err := r.place.root.OpenFile(r.temporary(), os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return r.writeError(err)
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	w, err := NewWriter(out, r.format)
	if err != nil {
		return err
	}
	if err := r.copy(w, untilReader{src, ctx}); err != nil {
		return err
	}
	if !complete {
		end := schema.Record{Type: schema.TypeEnd, Time: r.last.Time, Seq: r.last.Seq + 1}
		end.StopReason.Set(schema.StopRecovered)
		if err := w.Write(&end); err != nil {
			return r.writeError(err)
		}
	}
	return r.writeError(errors.Join(w.Close(), out.Sync()))
}

// copy is [Copy], but tells an error of writing from one of reading.
func (r *recovery) copy(w Writer, src Reader) error {
	for {
		record, err := src.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := w.Write(record); err != nil {
			return r.writeError(err)
		}
	}
}

// untilReader reads until its context ends.
type untilReader struct {
	Reader
	ctx context.Context
}

func (r untilReader) Read() (*schema.Record, error) {
	if err := r.ctx.Err(); err != nil {
		return nil, err
	}
	return r.Reader.Read()
}

func (r *recovery) writeError(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w of %s: %w", ErrWrite, r.name, err)
}

// publish gives the finished capture its name. If what has the name already is the
// same, an earlier run was ended just before it could remove what is now left over.
func (r *recovery) publish() error {
	err := r.place.publish(r.temporary(), r.opts.Force || !r.staged)
	if !errors.Is(err, fs.ErrExist) {
		return r.writeError(err)
	}
	same, err := r.place.sameBytes(r.temporary(), r.place.base)
	if err == nil && !same {
		err = fmt.Errorf("recover %s: %w, finished, and what is left of the recording is another capture; move it away, or replace it with --force", r.name, fs.ErrExist)
	}
	return errors.Join(err, r.place.removeIfThere(r.temporary()))
}

// clean removes what is left over.
func (r *recovery) clean() error {
	err := r.place.removeIfThere(r.temporary())
	if info, statErr := r.place.root.Lstat(r.place.partial()); statErr == nil && info.IsDir() {
		err = errors.Join(err, r.place.root.RemoveAll(r.place.partial()))
	}
	if err != nil {
		return fmt.Errorf("remove what is left over: %w", err)
	}
	return nil
}

func (p *place) removeIfThere(name string) error {
	err := p.root.Remove(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// sameBytes compares two files.
func (p *place) sameBytes(a, b string) (bool, error) {
	fileA, err := p.root.Open(a)
	if err != nil {
		return false, err
	}
	defer fileA.Close()
	fileB, err := p.root.Open(b)
	if err != nil {
		return false, err
	}
	defer fileB.Close()
	bufA, bufB := make([]byte, lineBufferBytes), make([]byte, lineBufferBytes)
	for {
		n, errA := io.ReadFull(fileA, bufA)
		m, errB := io.ReadFull(fileB, bufB)
		if !bytes.Equal(bufA[:n], bufB[:m]) {
			return false, nil
		}
		if errA != nil || errB != nil {
			return isEnd(errA) && isEnd(errB), nil
		}
	}
}

func isEnd(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) }
