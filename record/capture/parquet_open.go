package capture

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/parquet-go/parquet-go"
)

func openParquet(in *input) (Reader, error) {
	r := &parquetReader{name: in.name, from: in.file}
	size := in.size
	if in.file == nil {
		var err error
		if size, err = r.spoolFrom(in); err != nil {
			return nil, err
		}
	}
	if err := r.open(size); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return newAheadReader(r), nil
}

// spoolFrom copies a stream to a temporary file that has no name any more, so that
// it goes away with the process.
func (r *parquetReader) spoolFrom(in *input) (int64, error) {
	spool, err := os.CreateTemp("", "linnix-*.parquet.partial")
	if err != nil {
		return 0, fmt.Errorf("copy %s to a temporary file: %w", in.name, err)
	}
	r.spool, r.from = spool, spool
	size, err := io.Copy(spool, in)
	if err := errors.Join(err, os.Remove(spool.Name())); err != nil {
		return 0, errors.Join(fmt.Errorf("copy %s to a temporary file: %w", in.name, err), spool.Close())
	}
	return size, nil
}

func (r *parquetReader) open(size int64) error {
	err := guard(func() (err error) {
		if err := r.checkFooter(size); err != nil {
			return err
		}
		r.file, err = parquet.OpenFile(r.from, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
		if err != nil {
			return err
		}
		if r.seal, err = readSeal(r.from, r.file); err != nil {
			return err
		}
		r.binding, err = bind(r.file)
		return err
	})
	var foreign *foreignTableError
	switch {
	case errors.As(err, &foreign):
		return fmt.Errorf("%s: %w: %s; give a file that `linnix record` wrote", r.name, ErrForeign, foreign.reason)
	case err != nil:
		return &CorruptError{Name: r.name, Offset: max(0, size-footerTailBytes), Reason: err.Error()}
	}
	return nil
}

// checkFooter checks the length of the footer before it is read.
func (r *parquetReader) checkFooter(size int64) error {
	if size < footerTailBytes {
		return errors.New("it is cut")
	}
	var tail [footerTailBytes]byte
	if _, err := r.from.ReadAt(tail[:], size-footerTailBytes); err != nil {
		return err
	}
	length := int64(binary.LittleEndian.Uint32(tail[:]))
	switch {
	case string(tail[4:]) != parquetMagic:
		return errors.New("it ends in no footer: it is cut, or its recording did not finish")
	case length > min(size-footerTailBytes, maxFooterBytes):
		return fmt.Errorf("its footer claims %d bytes of %d", length, size)
	}
	return nil
}

// parquetMagic begins and ends a Parquet file.
const parquetMagic = "PAR1"

// footerTailBytes end a Parquet file: the length of its footer and the magic.
const footerTailBytes = 8
