package capture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strconv"
	"sync"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"github.com/linnix-os/linnix/schema"
)

// parquetVersion is the version of the format that a footer states; the library writes
// the same.
const parquetVersion = 2

// footerFacts are what every footer of ours says, whatever the file holds: the schema
// and the order of values, in the words of the library.
var footerFacts = sync.OnceValue(func() *format.FileMetaData {
	empty := parquet.NewGenericWriter[any](io.Discard, parquetSchema(), parquet.CreatedBy(createdBy, strconv.Itoa(schema.FormatVersion), ""))
	if err := empty.Close(); err != nil {
		panic(err) // Nothing was written to nowhere.
	}
	return empty.File().Metadata()
})

// logTotals are what the first entries of a log come to.
type logTotals struct {
	groups int
	rows   int64
	end    int64  // of the last row group
	seals  []byte // the value of rowGroupsKey
}

// addUp goes over a log and adds up its entries, at most limit unless that is negative.
// It returns what stands before an error as well.
func addUp(log io.Reader, limit int) (t logTotals, err error) {
	t.end = int64(len(parquetMagic))
	if limit == 0 {
		return t, nil
	}
	for entry, err := range readEntries(log) {
		if err != nil {
			return t, err
		}
		if t.groups > 0 {
			t.seals = append(t.seals, ',')
		}
		t.seals = fmt.Appendf(t.seals, "%x:%08x", entry.end, entry.sum)
		t.groups++
		t.rows += entry.rows
		t.end = entry.end
		if t.groups == limit {
			break
		}
	}
	return t, nil
}

// writeFooter writes what stands behind the row groups of a file: log, which is read
// twice, has an entry for each. Their metadata are copied as they are in the log, for
// a long recording has more of them than should be held in memory.
func writeFooter(w io.Writer, log groupLog, groups int) error {
	totals, err := addUp(log.reopen(), groups)
	if err != nil {
		return err
	}
	if totals.groups != groups {
		return fmt.Errorf("the log has %d entries for %d row groups", totals.groups, groups)
	}
	out := &counter{Writer: w}
	sum := crc32.New(castagnoli())
	both := io.MultiWriter(out, sum)
	if _, err := both.Write(footerHead(totals)); err != nil {
		return err
	}
	copied := 0
	for entry, err := range readEntries(log.reopen()) {
		if err == nil && copied < groups {
			_, err = both.Write(entry.metadata)
		}
		if err != nil {
			return err
		}
		if copied++; copied == groups {
			break
		}
	}
	tail := footerTail(totals)
	length := out.n + int64(len(tail))
	if length > maxFooterBytes {
		return errors.New("there are too many row groups for one footer")
	}
	tail = binary.LittleEndian.AppendUint32(tail, uint32(length))
	tail = append(tail, parquetMagic...)
	sum.Write(tail) // never fails
	at := bytes.LastIndex(tail, []byte(unsealed))
	copy(tail[at:], fmt.Sprintf("%s%08x", sealPrefix, sum.Sum32()))
	_, err = out.Write(tail)
	return err
}

// footerHead encodes a footer up to the first row group. This is format.FileMetaData
// field by field, because the list of row groups is not at hand.
func footerHead(t logTotals) []byte {
	e := newFooterEncoder()
	facts := footerFacts()
	e.field(thrift.I32)
	e.keep(e.w.WriteInt32(parquetVersion))
	e.field(thrift.LIST)
	e.list(len(facts.Schema))
	for i := range facts.Schema {
		e.value(&facts.Schema[i])
	}
	e.field(thrift.I64)
	e.keep(e.w.WriteInt64(t.rows))
	e.field(thrift.LIST)
	e.list(t.groups)
	return e.bytes()
}

// footerTail encodes a footer from behind the last row group on.
func footerTail(t logTotals) []byte {
	e := newFooterEncoder()
	facts := footerFacts()
	e.field(thrift.LIST)
	e.list(2)
	e.value(&format.KeyValue{Key: rowGroupsKey, Value: string(t.seals)})
	e.value(&format.KeyValue{Key: footerKey, Value: unsealed})
	e.field(thrift.BINARY)
	e.keep(e.w.WriteString(facts.CreatedBy))
	e.field(thrift.LIST)
	e.list(len(facts.ColumnOrders))
	for i := range facts.ColumnOrders {
		e.value(&facts.ColumnOrders[i])
	}
	e.keep(e.w.WriteField(thrift.Field{Type: thrift.STOP}))
	return e.bytes()
}

// footerEncoder encodes the fields of a struct in their order, none left out, in the
// compact protocol.
type footerEncoder struct {
	out    bytes.Buffer
	w      thrift.Writer
	values *thrift.Encoder
	err    error
}

func newFooterEncoder() *footerEncoder {
	e := new(footerEncoder)
	e.w = new(thrift.CompactProtocol).NewWriter(&e.out)
	e.values = thrift.NewEncoder(e.w)
	return e
}

func (e *footerEncoder) field(of thrift.Type) {
	e.keep(e.w.WriteField(thrift.Field{ID: 1, Delta: true, Type: of}))
}

func (e *footerEncoder) list(n int) {
	e.keep(e.w.WriteList(thrift.List{Size: int32(n), Type: thrift.STRUCT}))
}

func (e *footerEncoder) value(v any) { e.keep(e.values.Encode(v)) }

func (e *footerEncoder) keep(err error) {
	if err != nil && e.err == nil {
		e.err = err
	}
}

// bytes returns what was encoded. Memory takes all that is written to it, so an error
// is one of this program.
func (e *footerEncoder) bytes() []byte {
	if e.err != nil {
		panic(e.err)
	}
	return e.out.Bytes()
}
