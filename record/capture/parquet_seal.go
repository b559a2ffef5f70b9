package capture

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strconv"
	"strings"

	"github.com/parquet-go/parquet-go"
)

// Parquet checks the body of a page, but neither the header of a page nor the
// footer: a flipped bit there could change a record in silence. So the file carries
// two entries of key-value metadata, which other programs ignore: the end and
// CRC-32C of each row group, and the CRC-32C of everything behind the last one.
const (
	rowGroupsKey = "linnix.row_groups" // END:CRC,END:CRC… in hexadecimal
	footerKey    = "linnix.footer"     // crc32c:XXXXXXXX, taken with zeros for X
)

const (
	sealPrefix     = "crc32c:"
	unsealed       = sealPrefix + "00000000"
	maxFooterBytes = 256 << 20
)

func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

// seal is what a file says of itself: where each row group ends, and its sum.
type seal struct {
	groups []groupSeal
}

type groupSeal struct {
	begin, end int64
	sum        uint32
}

// readSeal returns the seal of a file after checking its footer, or nil if the file
// has none because some other program wrote it.
func readSeal(r io.ReaderAt, file *parquet.File) (*seal, error) {
	groups, hasGroups := file.Lookup(rowGroupsKey)
	footer, hasFooter := file.Lookup(footerKey)
	if !hasGroups && !hasFooter {
		if strings.HasPrefix(file.Metadata().CreatedBy, createdBy) {
			return nil, errors.New("the footer lacks its checksum")
		}
		return nil, nil
	}
	s, err := parseSeal(groups)
	if err != nil || len(s.groups) != len(file.RowGroups()) {
		return nil, errors.New("the footer does not fit its row groups")
	}
	var begin int64
	if n := len(s.groups); n > 0 {
		begin = s.groups[n-1].end
	}
	if begin > file.Size() || file.Size()-begin > maxFooterBytes {
		return nil, errors.New("the footer is not where it should be")
	}
	tail := make([]byte, file.Size()-begin)
	if _, err := r.ReadAt(tail, begin); err != nil {
		return nil, err
	}
	if !footerIntact(tail, footer) {
		return nil, errors.New("the checksum of the footer is wrong")
	}
	return s, nil
}

// footerIntact compares the sum of the footer with the one that it states.
func footerIntact(tail []byte, stated string) bool {
	at := bytes.LastIndex(tail, []byte(stated))
	if at < 0 || len(stated) != len(unsealed) {
		return false
	}
	copy(tail[at:], unsealed)
	sum := crc32.Checksum(tail, castagnoli())
	return stated == fmt.Sprintf("%s%08x", sealPrefix, sum)
}

func parseSeal(text string) (*seal, error) {
	s := new(seal)
	if text == "" {
		return s, nil
	}
	var begin int64
	for entry := range strings.SplitSeq(text, ",") {
		end, sum, _ := strings.Cut(entry, ":")
		e, err := strconv.ParseInt(end, 16, 64)
		if err != nil || e <= begin {
			return nil, errors.New("bad row group end")
		}
		c, err := strconv.ParseUint(sum, 16, 32)
		if err != nil {
			return nil, errors.New("bad row group sum")
		}
		s.groups = append(s.groups, groupSeal{begin: begin, end: e, sum: uint32(c)})
		begin = e
	}
	return s, nil
}
