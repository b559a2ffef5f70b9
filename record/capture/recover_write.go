package capture

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"

	"github.com/linnix-os/linnix/schema"
)

// write writes the finished capture under its temporary name.
func (r *recovery) write(ctx context.Context, complete bool) (err error) {
	src, err := r.open()
	if err != nil {
		return err
	}
	defer src.Close()
	if err := r.place.removeIfThere(r.place.recovering()); err != nil {
		return r.writeError(err)
	}
	out, err := r.place.root.OpenFile(r.place.recovering(), os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return r.writeError(err)
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	if err := r.keepOwner(out); err != nil {
		return r.writeError(err)
	}
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

// keepOwner gives a file to the owner of what is recovered, who may not be the one who
// recovers it, such as root.
func (r *recovery) keepOwner(out *os.File) error {
	info, err := r.locked.Stat()
	if err != nil {
		return err
	}
	owner, known := info.Sys().(*syscall.Stat_t)
	if !known {
		return nil
	}
	err = out.Chown(int(owner.Uid), int(owner.Gid))
	if errors.Is(err, fs.ErrPermission) {
		return nil // the file of another that may be read
	}
	return err
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
	err := r.place.publish(r.place.recovering(), r.opts.Force || !r.staged)
	if !errors.Is(err, fs.ErrExist) {
		return r.writeError(err)
	}
	same, err := r.place.sameBytes(r.place.recovering(), r.place.base)
	if err == nil && !same {
		err = fmt.Errorf("recover %s: %w, finished, and what is left of the recording is another capture; move it away, or replace it with --force", r.name, fs.ErrExist)
	}
	return errors.Join(err, r.place.removeIfThere(r.place.recovering()))
}

// clean removes what is left over.
func (r *recovery) clean() error {
	err := r.place.removeIfThere(r.place.recovering())
	if r.format == Parquet {
		err = errors.Join(err, r.place.removeJournal(r.place.partial()))
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
