package schema

// Opt is a value that may be absent. Its zero value is absent, so a field that
// nobody filled in can never be mistaken for a measured 0.
type Opt[T any] struct {
	// V is the value, or T's zero value when absent.
	V T
	// OK says that the value is present.
	OK bool
}

// Some returns a present value.
func Some[T any](v T) Opt[T] { return Opt[T]{V: v, OK: true} }

// Or returns the value, or fallback when it is absent.
func (o Opt[T]) Or(fallback T) T {
	if o.OK {
		return o.V
	}
	return fallback
}

// Set makes the value present.
func (o *Opt[T]) Set(v T) { o.V, o.OK = v, true }

// Clear makes the value absent.
func (o *Opt[T]) Clear() { *o = Opt[T]{} }
