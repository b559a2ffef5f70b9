// Package schema holds the shape of every document that crosses a process
// boundary: capture records, alerts, snapshots, insights and dataset records, as
// Go types and as JSON Schema, with their encoding and their validation.
//
// It imports nothing else of Linnix, so every other package may depend on it.
// One table (see [Fields]) describes every field of a capture record; the JSON
// encoding, the Parquet columns and capture.schema.json all follow from it.
package schema
