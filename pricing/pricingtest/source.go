package pricingtest

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
)

// Priced is a source of price lists under test, and how to try it.
type Priced struct {
	Region, Unknown string // one that it has prices of, and one that it has not
	// New returns the source as it asks the server at url, without waiting
	// between tries.
	New func(url string) pricing.Source
	// Serve speaks the provider's API; nil where the source asks no server. What
	// follows is of no use then.
	Serve  func(Served) http.Handler
	Spoilt []pricing.Key // whose figure and currency Served replaces
	Secret string        // what no error may hold; "" for nothing
}

// Served is a price list as a server gives it: whole by default.
type Served struct {
	Empty    bool   // without an item
	Reversed bool   // its items in the opposite order
	Endless  bool   // its pages never end
	Figure   string // in place of the price of what is Spoilt
	Currency string // in place of its currency
}

// Source holds a source of price lists against the rules of pricing.Source: what
// it returns is sorted, unique and complete with its provenance, the same
// whatever order the list is in, and below the on-demand price where it is spot;
// what goes wrong is an error that names it, beside the prices that are right.
func Source(t *testing.T, p Priced) {
	t.Run("a list is sorted, unique and complete", p.whole)
	t.Run("a context that has ended is the error", p.cancelled)
	t.Run("a region that there is not is named", p.unknown)
	if p.Serve == nil {
		return
	}
	t.Run("the order of the list does not show", p.order)
	t.Run("a context that ends while the server thinks ends it", p.interrupted)
	t.Run("a server that is busy is asked again", p.busy)
	t.Run("a server that fails is named with its status", p.broken)
	t.Run("an answer that breaks off is an error", p.truncated)
	t.Run("an empty list is an error", p.empty)
	t.Run("a figure that is no price is left out and named", p.spoilt)
	t.Run("a price in another currency is left out and named", p.currency)
	t.Run("pages that never end are an error", p.endless)
}

// serve starts a server and returns the source that asks it, and its host.
func (p Priced) serve(t *testing.T, h http.Handler) (pricing.Source, string) {
	t.Helper()
	if h == nil {
		return p.New(""), ""
	}
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return p.New(s.URL), strings.TrimPrefix(s.URL, "http://")
}

func (p Priced) handler(s Served) http.Handler {
	if p.Serve == nil {
		return nil
	}
	return p.Serve(s)
}

// good returns the quotes of a list without a fault.
func (p Priced) good(t *testing.T, h http.Handler) []pricing.Quote {
	t.Helper()
	source, _ := p.serve(t, h)
	quotes, err := source.Quotes(t.Context(), p.Region)
	if err != nil {
		t.Fatalf("%s: %v", p.Region, err)
	}
	again, err := source.Quotes(t.Context(), p.Region)
	if err != nil || text(t, again) != text(t, quotes) {
		t.Errorf("asked again: %v, and\n%s\nwant\n%s", err, text(t, again), text(t, quotes))
	}
	return quotes
}

// bad returns what a list with a fault gives: an error of one line that says
// what all of want say and no secret, beside quotes that keep the rules.
func (p Priced) bad(t *testing.T, source pricing.Source, region string, want ...string) []pricing.Quote {
	t.Helper()
	quotes, err := source.Quotes(t.Context(), region)
	if err == nil {
		t.Fatalf("no error, and %d quotes", len(quotes))
	}
	for _, w := range want {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%q does not say %q", err, w)
		}
	}
	if strings.Contains(err.Error(), "\n") || len(err.Error()) > 3000 {
		t.Errorf("an error of more than a line: %q", err)
	}
	if p.Secret != "" && strings.Contains(err.Error(), p.Secret) {
		t.Errorf("%q holds the secret", err)
	}
	p.check(t, quotes)
	return quotes
}

func (p Priced) whole(t *testing.T) {
	quotes := p.good(t, p.handler(Served{}))
	if len(quotes) < 2 {
		t.Fatalf("%d quotes are too few to hold rules against", len(quotes))
	}
	p.check(t, quotes)
	for _, k := range p.Spoilt {
		if !slices.ContainsFunc(quotes, func(q pricing.Quote) bool { return q.Key == k }) {
			t.Errorf("%s, which other tests leave out, is not there to begin with", k)
		}
	}
}

// check holds quotes against the rules that every list keeps.
func (p Priced) check(t *testing.T, quotes []pricing.Quote) {
	t.Helper()
	onDemand := map[pricing.Key]pricing.ListPrice{}
	for i, q := range quotes {
		if i > 0 && quotes[i-1].Key.Compare(q.Key) >= 0 {
			t.Errorf("%s comes after %s", q.Key, quotes[i-1].Key)
		}
		if q.Key.Region != p.Region || q.Key.Provider == "" || q.Key.Type == "" || q.Price.Unit != q.Key.Kind.Unit() || q.Memory.IsNegative() {
			t.Errorf("%s: the key, its unit %q or its size is not of %s", q.Key, q.Price.Unit, p.Region)
		}
		price := q.Price
		if q.Key.Kind != pricing.Machine {
			price.VCPU = 1 // what no other kind has
		}
		checkPrice(t, q.Key, price)
		bought := q.Key.Kind == pricing.Machine || q.Key.Kind == pricing.Accelerator
		switch capacity := q.Key.CapacityType; {
		case bought != (capacity == collector.OnDemand || capacity == collector.Spot):
			t.Errorf("%s: capacity %q", q.Key, capacity)
		case q.Key.Kind == pricing.Machine && (q.Price.VCPU <= 0 || q.Arch != "amd64" && q.Arch != "arm64"):
			t.Errorf("%s: %d vCPU, %q", q.Key, q.Price.VCPU, q.Arch)
		case capacity == collector.OnDemand:
			onDemand[q.Key] = q.Price
		}
	}
	for _, q := range quotes {
		k := q.Key
		k.CapacityType = collector.OnDemand
		if od, ok := onDemand[k]; ok && q.Key.CapacityType == collector.Spot && !q.Price.PerUnit.LessThan(od.PerUnit) {
			t.Errorf("%s: %s is not below %s on demand", q.Key, q.Price.PerUnit, od.PerUnit)
		}
	}
}

func (p Priced) order(t *testing.T) {
	got, want := text(t, p.good(t, p.Serve(Served{Reversed: true}))), text(t, p.good(t, p.Serve(Served{})))
	if got != want {
		t.Errorf("the other way round:\n%s\nwant\n%s", got, want)
	}
}

func text(t *testing.T, quotes []pricing.Quote) string {
	t.Helper()
	b, err := json.MarshalIndent(quotes, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func (p Priced) cancelled(t *testing.T) {
	source, _ := p.serve(t, p.handler(Served{}))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if quotes, err := source.Quotes(ctx, p.Region); !errors.Is(err, context.Canceled) || quotes != nil {
		t.Errorf("%d quotes and %v", len(quotes), err)
	}
}

// interrupted: the server never answers, so only the context can end the test.
func (p Priced) interrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	source, _ := p.serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	}))
	if quotes, err := source.Quotes(ctx, p.Region); !errors.Is(err, context.Canceled) || quotes != nil {
		t.Errorf("%d quotes and %v", len(quotes), err)
	}
}

func (p Priced) unknown(t *testing.T) {
	source, _ := p.serve(t, p.handler(Served{}))
	for _, region := range []string{p.Unknown, "", "../" + p.Region, p.Region + "' or 'a' eq 'a"} {
		if quotes := p.bad(t, source, region, region); quotes != nil {
			t.Errorf("%q: %d quotes", region, len(quotes))
		}
	}
}

// busy: every address is answered 429 once. What is asked with POST goes through
// a provider's own library, whose retries are its own.
func (p Priced) busy(t *testing.T) {
	list := p.Serve(Served{})
	var mu sync.Mutex
	asked := map[string]bool{}
	quotes := p.good(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		first := !asked[r.URL.String()]
		asked[r.URL.String()] = true
		mu.Unlock()
		if first && r.Method == http.MethodGet {
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		list.ServeHTTP(w, r)
	}))
	if want := p.good(t, list); text(t, quotes) != text(t, want) {
		t.Errorf("%s\nwant\n%s", text(t, quotes), text(t, want))
	}
}

func (p Priced) broken(t *testing.T) {
	source, host := p.serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Error(w, "the request was "+r.URL.String()+" with "+r.Header.Get("X-Goog-Api-Key"), http.StatusInternalServerError)
	}))
	if quotes := p.bad(t, source, p.Region, "500", host); quotes != nil {
		t.Errorf("%d quotes", len(quotes))
	}
}

// truncated: the list ends in its middle, once as a connection that broke off
// would and once as a server that thinks it is done.
func (p Priced) truncated(t *testing.T) {
	whole := len(p.good(t, p.Serve(Served{})))
	for name, length := range map[string]bool{"the connection breaks off": true, "the answer is half a one": false} {
		list := p.Serve(Served{})
		source, _ := p.serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			rec := httptest.NewRecorder()
			list.ServeHTTP(rec, r)
			if length {
				w.Header().Set("Content-Length", strconv.Itoa(rec.Body.Len()))
			}
			w.WriteHeader(rec.Code)
			_, _ = w.Write(rec.Body.Bytes()[:rec.Body.Len()/2]) // the client may have gone
		}))
		if got := p.bad(t, source, p.Region, p.Region); len(got) >= whole {
			t.Errorf("%s: all %d quotes", name, len(got))
		}
	}
}

func (p Priced) empty(t *testing.T) {
	source, _ := p.serve(t, p.Serve(Served{Empty: true}))
	if quotes := p.bad(t, source, p.Region, p.Region); quotes != nil {
		t.Errorf("%d quotes", len(quotes))
	}
}

func (p Priced) spoilt(t *testing.T) {
	for _, figure := range []string{"-0.1", "NaN", "1e999999999", "1000000"} {
		p.without(t, Served{Figure: figure})
	}
}

func (p Priced) currency(t *testing.T) { p.without(t, Served{Currency: "XTS"}) }

// without checks that a list lacks just what is Spoilt, and says so.
func (p Priced) without(t *testing.T, s Served) {
	t.Helper()
	var want []pricing.Quote
	for _, q := range p.good(t, p.Serve(Served{})) {
		if !slices.Contains(p.Spoilt, q.Key) {
			want = append(want, q)
		}
	}
	var names []string
	for _, k := range p.Spoilt {
		names = append(names, k.Type)
	}
	source, _ := p.serve(t, p.Serve(s))
	if got := p.bad(t, source, p.Region, names...); text(t, got) != text(t, want) {
		t.Errorf("%+v:\n%s\nwant\n%s", s, text(t, got), text(t, want))
	}
}

func (p Priced) endless(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	source, _ := p.serve(t, p.Serve(Served{Endless: true}))
	if _, err := source.Quotes(ctx, p.Region); err == nil || ctx.Err() != nil {
		t.Errorf("got %v and %v", err, ctx.Err())
	}
}
