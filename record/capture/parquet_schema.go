package capture

import (
	"reflect"
	"sync"

	"github.com/parquet-go/parquet-go"
)

// parquetSchema is the table as a Parquet schema.
var parquetSchema = sync.OnceValue(func() *parquet.Schema {
	var columns orderedGroup
	for _, of := range table() {
		for _, c := range of.columns {
			columns.fields = append(columns.fields, namedNode{Node: c.node, name: c.name})
		}
	}
	return parquet.NewSchema("capture", columns)
})

// parquetLeaves lists the columns in file order with their levels. Each column of
// the table has exactly one leaf.
func parquetLeaves() []parquet.LeafColumn {
	var leaves []parquet.LeafColumn
	for _, path := range parquetSchema().Columns() {
		leaf, _ := parquetSchema().Lookup(path...)
		leaves = append(leaves, leaf)
	}
	return leaves
}

// orderedGroup is a group whose fields keep their order; a parquet.Group sorts them.
type orderedGroup struct {
	parquet.Group
	fields []parquet.Field
}

// Fields implements parquet.Node.
func (g orderedGroup) Fields() []parquet.Field { return g.fields }

// namedNode is a field of an orderedGroup.
type namedNode struct {
	parquet.Node
	name string
}

// Name implements parquet.Field.
func (n namedNode) Name() string { return n.name }

// Value implements parquet.Field. Records are never written as Go values.
func (n namedNode) Value(base reflect.Value) reflect.Value { return base.FieldByName(n.name) }
