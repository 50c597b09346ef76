package pull

import "fmt"

// Wave is how far on its way to production a change is.
type Wave int

// The waves, in the order that changes go through them. A cluster whose
// environment is not known counts as Production.
const (
	Development Wave = iota
	Staging
	Production
)

func (w Wave) String() string {
	switch w {
	case Development:
		return "development"
	case Staging:
		return "staging"
	case Production:
		return "production"
	}
	return fmt.Sprintf("wave %d", int(w))
}
