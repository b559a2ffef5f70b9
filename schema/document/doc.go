// Package document reads what people write: YAML and TOML files such as rules,
// expectations, tests and the configuration. It keeps the place of every value, so
// that each thing that is wrong is told with its line and column, and all of them at
// once.
//
// [Parse] turns a file into a tree of [Node]. The methods of [File] take values out of
// it and note a [Problem] for each that is not what it should be; after a problem they
// return a zero value, so that checking goes on.
package document
