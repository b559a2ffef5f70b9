package capture

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"

	"github.com/linnix-os/linnix/schema"
)

// columnsOf returns the columns of a field by its kind.
func columnsOf(f *schema.Field) fieldColumns {
	r := new(schema.Record)
	switch f.Kind {
	case schema.Int:
		return fieldColumns{flag: offsetOf(r, &f.Int(r).OK), columns: []column{intColumn(f)}}
	case schema.Float:
		return fieldColumns{flag: offsetOf(r, &f.Float(r).OK), present: f.Present, columns: []column{floatColumn(f)}}
	case schema.Bool:
		return fieldColumns{flag: offsetOf(r, &f.Bool(r).OK), columns: []column{boolColumn(f)}}
	case schema.String:
		return fieldColumns{flag: offsetOf(r, &f.Text(r).OK), columns: []column{textColumn(f), exactTextColumn(f)}}
	case schema.Strings:
		return fieldColumns{flag: offsetOf(r, &f.List(r).OK), columns: []column{listColumn(f), exactListColumn(f)}}
	case schema.Instant:
		return fieldColumns{flag: offsetOf(r, &f.Time(r).OK), columns: []column{instantColumn(f), instantSubNsColumn(f)}}
	default:
		return fieldColumns{flag: offsetOf(r, &f.Nested(r).OK), present: f.Present, columns: []column{nestedColumn(f)}}
	}
}

func intColumn(f *schema.Field) column {
	return column{
		name:   f.Name,
		node:   parquet.Optional(deltaInt(64)),
		write:  func(c *columnWriter, r *schema.Record) { c.int64(f.Int(r).V) },
		setInt: func(r *schema.Record, v int64) error { f.Int(r).Set(v); return nil },
		clear:  func(r *schema.Record) { f.Int(r).Clear() },
		slot:   intSlotOf(f),
	}
}

func floatColumn(f *schema.Field) column {
	return column{
		name:     f.Name,
		node:     parquet.Optional(parquet.Leaf(parquet.DoubleType)),
		write:    func(c *columnWriter, r *schema.Record) { c.float64(f.Float(r).V) },
		setFloat: func(r *schema.Record, v float64) error { f.Float(r).Set(v); return nil },
		clear:    func(r *schema.Record) { f.Float(r).Clear() },
	}
}

func boolColumn(f *schema.Field) column {
	return column{
		name:    f.Name,
		node:    parquet.Optional(parquet.Leaf(parquet.BooleanType)),
		write:   func(c *columnWriter, r *schema.Record) { c.bool(f.Bool(r).V) },
		setBool: func(r *schema.Record, v bool) error { f.Bool(r).Set(v); return nil },
		clear:   func(r *schema.Record) { f.Bool(r).Clear() },
	}
}

func textColumn(f *schema.Field) column {
	return column{
		name:    f.Name,
		node:    parquet.Optional(dictionaryText()),
		write:   func(c *columnWriter, r *schema.Record) { c.text(readable(f.Text(r).V)) },
		setText: func(r *schema.Record, v string) error { f.Text(r).Set(v); return nil },
		clear:   func(r *schema.Record) { f.Text(r).Clear() },
		slot:    textSlotOf(f),
	}
}

func exactTextColumn(f *schema.Field) column {
	return column{
		name: f.Name + b64Suffix,
		node: parquet.Optional(plainText()),
		write: func(c *columnWriter, r *schema.Record) {
			if v := f.Text(r).V; !utf8.ValidString(v) {
				c.text(base64.StdEncoding.EncodeToString([]byte(v)))
			}
		},
		setText: func(r *schema.Record, v string) error {
			exact, err := base64.StdEncoding.DecodeString(v)
			if err == nil {
				f.Text(r).Set(string(exact))
			}
			return err
		},
		clear: func(r *schema.Record) { f.Text(r).Clear() },
	}
}

func listColumn(f *schema.Field) column {
	return column{
		name: f.Name,
		node: parquet.Optional(parquet.List(dictionaryText())),
		write: func(c *columnWriter, r *schema.Record) {
			c.list(f.List(r).V, readable)
		},
		setList: func(r *schema.Record, v []string) error { f.List(r).Set(v); return nil },
		clear:   func(r *schema.Record) { f.List(r).Clear() },
	}
}

func exactListColumn(f *schema.Field) column {
	encode := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	return column{
		name: f.Name + b64Suffix,
		node: parquet.Optional(parquet.List(plainText())),
		write: func(c *columnWriter, r *schema.Record) {
			if v := f.List(r).V; !allUTF8(v) {
				c.list(v, encode)
			}
		},
		setList: func(r *schema.Record, v []string) error {
			for i := range v {
				exact, err := base64.StdEncoding.DecodeString(v[i])
				if err != nil {
					return err
				}
				v[i] = string(exact)
			}
			f.List(r).Set(v)
			return nil
		},
		clear: func(r *schema.Record) { f.List(r).Clear() },
	}
}

func instantColumn(f *schema.Field) column {
	return column{
		name:    f.Name,
		node:    parquet.Optional(microseconds()),
		instant: true,
		write:   func(c *columnWriter, r *schema.Record) { c.int64(microsecondOf(f.Time(r).V)) },
		setInt:  func(r *schema.Record, v int64) error { t := f.Time(r); t.OK = true; return setMicrosecond(&t.V, v) },
		clear:   func(r *schema.Record) { f.Time(r).Clear() },
	}
}

func instantSubNsColumn(f *schema.Field) column {
	return column{
		name:  f.Name + subNsSuffix,
		node:  parquet.Optional(deltaInt(16)),
		write: func(c *columnWriter, r *schema.Record) { c.int32(subNsOf(f.Time(r).V)) },
		setInt: func(r *schema.Record, v int64) error {
			if !f.Time(r).OK {
				return fmt.Errorf("it stands without %s", f.Name)
			}
			return addSubNs(&f.Time(r).V, v)
		},
		clear: func(*schema.Record) {},
	}
}

func nestedColumn(f *schema.Field) column {
	return column{
		name:  f.Name,
		node:  parquet.Optional(plainText()),
		write: func(c *columnWriter, r *schema.Record) { c.text(string(f.Nested(r).V)) },
		setText: func(r *schema.Record, v string) error {
			text, err := compact(v)
			f.Nested(r).Set(schema.JSON(text))
			return err
		},
		clear: func(r *schema.Record) { f.Nested(r).Clear() },
	}
}

// compact returns JSON text as a record holds it.
func compact(text string) (string, error) {
	var out bytes.Buffer
	if err := json.Compact(&out, []byte(text)); err != nil {
		return "", fmt.Errorf("want JSON, found %q", schema.Clip(text, 40))
	}
	return out.String(), nil
}

// readable puts U+FFFD for what is not UTF-8.
func readable(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

func allUTF8(list []string) bool {
	for _, s := range list {
		if !utf8.ValidString(s) {
			return false
		}
	}
	return true
}
