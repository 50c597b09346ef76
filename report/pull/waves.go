package pull

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
	"time"
)

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
	default:
		return "production"
	}
}

// Item is a finding that has its place in Git.
type Item struct {
	Finding string // its ID
	// Subject is the workload without its cluster: "Deployment shop/cart". Empty: no
	// object changes, so that there is nothing to wait for.
	Subject string
	Wave    Wave
	Owner   string // as Owners.Of has it
	// Evidence is what it proposes, as Evidence has it; empty: not told, so that it can
	// only be declined with all else in its request.
	Evidence string
	// Takes tells that it takes out a patch that nothing asks for any more, and Finding is
	// the patch's file. Such items have requests of their own.
	Takes bool
}

// Group is what goes into one request: an owner's findings of one wave, or patches to
// take out.
type Group struct {
	Key   string
	Owner string
	Wave  Wave
	Takes bool
	Items []Item
}

// Held is a finding that waits for another wave, or for room, and why, in one
// sentence; or one that was declined.
type Held struct {
	Item   Item
	Reason string
	// Declined is the key of the request with which it was; empty where it was not.
	Declined string
}

// DefaultSoak is how long a change stands in one wave before the next has its turn.
const DefaultSoak = 72 * time.Hour

// maxGroup bounds the findings of one request: nobody reviews more, and their
// subjects fit into its marker.
const maxGroup = 250

// Unread is what a run could not read of one wave: the later ones do not know whether
// their changes are to be made there first.
type Unread struct {
	Wave    Wave
	Subject string // as Item has it; empty: any may be there
	Reason  string // one clause: "uk-hybrid could not be read"
}

// Waves groups the items, by owner and wave, in the order given. They must be all of
// the fleet's, also where fewer were asked for. A subject is never in two waves at
// once: an item is held while
//
//   - an earlier wave's is among the items. That holds after a person declined the
//     earlier one too, for as long as its finding stands: who said no in staging is
//     not asked about production. Once staging's finding has gone, it no longer counts;
//   - a request of another wave has the subject open. One of a later wave first
//     loses it, in the same run, if nobody else has committed to it;
//   - an earlier wave's request was merged less than soak before now;
//   - an earlier wave was not read where the subject may be, no request of that wave
//     had the subject and was merged, and none of its own has it open. So a cluster
//     that is away for long holds what is new, and nothing that has been through its
//     wave; and one that is away for a night takes nothing out of a request.
//
// Each item is in one group or held.
func Waves(items []Item, seen *Seen, policy Policy, soak time.Duration, now time.Time, unread ...Unread) ([]Group, []Held) {
	w := newWaiting(items, seen, policy, soak, now)
	w.unread = unread
	var groups []Group
	var held []Held
	at := map[string]int{}
	for _, item := range items {
		item.Wave = item.Wave.known()
		if no := w.no(item); no != nil {
			held = append(held, Held{item, no.URL + " proposed it and was closed without a merge, and its evidence is about the same", no.Marker.Key})
			continue
		}
		if reason := w.reason(item); reason != "" {
			held = append(held, Held{Item: item, Reason: reason})
			continue
		}
		key := Key(item.Owner, item.Wave)
		if item.Takes {
			key = takesKey + key
		}
		i, ok := at[key]
		if !ok {
			i = len(groups)
			at[key] = i
			groups = append(groups, Group{Key: key, Owner: item.Owner, Wave: item.Wave, Takes: item.Takes})
		}
		if len(groups[i].Items) == maxGroup {
			held = append(held, Held{Item: item, Reason: fmt.Sprintf("its request is full with %d findings", maxGroup)})
			continue
		}
		groups[i].Items = append(groups[i].Items, item)
	}
	return groups, held
}

func (w Wave) known() Wave {
	if w < Development || w > Production {
		return Production
	}
	return w
}

var (
	plainOwner = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	notInKey   = regexp.MustCompile(`[^a-z0-9]+`)
)

// maxOwner bounds the part of a key that is the owner's name, in bytes.
const maxOwner = 40

// takesKey begins the keys of requests that take patches out. No other key has two
// hyphens there but of an owner whose digest it would be.
const takesKey = "unasked-patches--"

// Key is the proposal's key for an owner and a wave: shop-staging,
// acme-shop--1a2b3c4d5e6f7a8b-staging. Where the name does not stand in it as it
// is, a digest does too, after two hyphens, which no plain name has.
func Key(owner string, wave Wave) string {
	name := owner
	if !plainOwner.MatchString(owner) || len(owner) > maxOwner {
		sum := sha256.Sum256([]byte(owner))
		name = strings.Trim(notInKey.ReplaceAllString(strings.ToLower(owner), "-"), "-")
		name = strings.Trim(name[:min(len(name), maxOwner)], "-") + "--" + hex.EncodeToString(sum[:8])
	}
	return name + "-" + wave.known().String()
}
