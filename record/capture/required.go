package capture

import (
	"fmt"
	"strings"
	"sync"

	"github.com/linnix-os/linnix/schema"
)

// checkRequired reports the required fields that r lacks. Writers check on the way
// in what readers would refuse on the way out.
func checkRequired(r *schema.Record) error {
	for _, f := range requiredFields()[r.Type] {
		if !f.Present(r) {
			return lackError(r)
		}
	}
	return nil
}

func lackError(r *schema.Record) error {
	var missing []string
	for _, f := range requiredFields()[r.Type] {
		if !f.Present(r) {
			missing = append(missing, f.Name)
		}
	}
	return fmt.Errorf("%s record lacks %s", r.Type, strings.Join(missing, ", "))
}

// requiredFields lists, for each record type, the fields each such record has.
var requiredFields = sync.OnceValue(func() map[schema.Type][]*schema.Field {
	required := make(map[schema.Type][]*schema.Field)
	fields := schema.Fields()
	for i := range fields {
		for _, t := range fields[i].On {
			if fields[i].Required {
				required[t] = append(required[t], &fields[i])
			}
		}
	}
	return required
})
