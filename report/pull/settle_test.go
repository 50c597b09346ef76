package pull

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestAFindingGoesToWhoOwnsWhatItsRequestChanges(t *testing.T) {
	items := []Item{item("cart", Staging), item("till", Staging), item("web", Staging)}
	var asked []string
	groups, held, err := Settle(items,
		func(items []Item) ([]Group, []Held) {
			return Waves(items, &Seen{}, Policy{Base: "main"}, DefaultSoak, noon)
		},
		func(g Group) ([]Item, error) {
			var subjects []string
			for i := range g.Items {
				subjects = append(subjects, g.Items[i].Subject)
				if g.Items[i].Subject == "cart" && g.Owner == "shop" { // beside till, its base changes, which is the platform's
					g.Items[i].Owner = "@platform"
				}
			}
			asked = append(asked, g.Owner+": "+strings.Join(subjects, " "))
			return g.Items, nil
		})
	must(t, err)
	want := []string{"shop: cart till web", "@platform: cart", "shop: till web"}
	if diff := cmp.Diff(want, asked); diff != "" || len(groups) != 2 || len(held) > 0 {
		t.Errorf("plans (-want +got):\n%s\n%+v, held %+v", diff, groups, held)
	}
	failed := errors.New("no tree")
	if _, _, err := Settle(items, func(items []Item) ([]Group, []Held) { return []Group{{Items: items}}, nil }, func(Group) ([]Item, error) { return nil, failed }); !errors.Is(err, failed) {
		t.Errorf("the error is %v", err)
	}
}

// Whatever a plan says, of whatever is in a group: Settle ends, each item is in one
// group or held, and its request's owners and wave bear what its plan says.
func TestSettleEndsWhateverThePlansSay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		var items []Item
		for i := range rapid.IntRange(1, 8).Draw(t, "items") {
			items = append(items, Item{Finding: fmt.Sprint(i), Subject: fmt.Sprint(i / 2), Wave: Wave(i % 2), Owner: Fleet})
		}
		place := func(g Group, i Item) (string, Wave) { // by all that is in the group
			sum := fmt.Sprint(seed, i.Finding, g)
			n := int(short(sum, 1)[0]) + int(short(sum, 1)[1])
			return []string{Fleet, "@a", "@a @b", "@b", "@c"}[n%5], max(i.Wave, Wave(n%3))
		}
		groups, held, err := Settle(items,
			func(items []Item) ([]Group, []Held) {
				return Waves(items, &Seen{}, Policy{Base: "main"}, time.Hour, noon)
			},
			func(g Group) ([]Item, error) {
				out := slices.Clone(g.Items)
				for i := range out {
					out[i].Owner, out[i].Wave = place(g, out[i])
				}
				return out, nil
			})
		if err != nil {
			t.Fatal(err)
		}
		n := len(held)
		for _, g := range groups {
			n += len(g.Items)
			for _, i := range g.Items {
				if owner, wave := place(g, i); owners(g.Owner, owner) != g.Owner || wave > g.Wave {
					t.Fatalf("%+v is in %s, and its plan says %s in %s", i, g.Key, owner, wave)
				}
			}
		}
		if n != len(items) {
			t.Fatalf("of %d items %d are left", len(items), n)
		}
	})
}
