package boe

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tuppence-dev/tuppence/pricing/web"
)

var (
	first = time.Date(2026, 4, 6, 9, 0, 0, 0, time.UTC)
	last  = time.Date(2026, 4, 7, 23, 59, 0, 0, time.UTC)
)

func bank(t *testing.T, answer string, status int) (*httptest.Server, *url.Values) {
	var asked url.Values
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = r.URL.Query()
		w.WriteHeader(status)
		_, _ = w.Write([]byte(answer))
	}))
	t.Cleanup(s.Close)
	return s, &asked
}

func client() *web.Client {
	return web.New(web.Options{PerSecond: 1_000_000, Wait: func(time.Duration) time.Duration { return 0 }})
}

func TestFetchAsksForTheMonthBeforeToo(t *testing.T) {
	s, asked := bank(t, "DATE,XUDLERS,XUDLUSS\r\n02 Apr 2026,1.1512,1.3201\r\n07 Apr 2026,1.1498,1.3275\r\n", http.StatusOK)
	r, err := fetch(t.Context(), client(), s.URL, first, last)
	if err != nil {
		t.Fatal(err)
	}
	if rate, err := r.Rate("USD", first); err != nil || rate.PerGBP.String() != "1.3201" || rate.Period != "2026-04-02" {
		t.Errorf("%+v, %v", rate, err)
	}
	want := url.Values{
		"csv.x": {"yes"}, "CSVF": {"TN"}, "UsingCodes": {"Y"}, "VPD": {"Y"}, "VFD": {"N"},
		"Datefrom": {"06/Mar/2026"}, "Dateto": {"07/Apr/2026"}, "SeriesCodes": {"XUDLERS,XUDLUSS"},
	}
	if diff := cmp.Diff(want, *asked); diff != "" {
		t.Errorf("the question (-want +got):\n%s", diff)
	}
}

func TestFetchRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		answer string
		status int
		want   string
	}{
		"a web page":          {"<html>Error</html>", 200, "the Bank answers with a web page where"},
		"a server that fails": {"", 500, "500: internal server error; try again later"},
	} {
		s, _ := bank(t, c.answer, c.status)
		if _, err := fetch(t.Context(), client(), s.URL, first, last); err == nil || !strings.HasPrefix(err.Error(), "the Bank of England's rates: ") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
	if _, err := Fetch(t.Context(), web.Offline(), last, first); err == nil || !strings.Contains(err.Error(), "2026-04-06 is before 2026-04-07") {
		t.Errorf("days the wrong way round: %v", err)
	}
	if _, err := Fetch(t.Context(), web.Offline(), first, last); !errors.Is(err, web.ErrOffline) || !strings.Contains(err.Error(), "www.bankofengland.co.uk/boeapps/") {
		t.Errorf("offline: %v", err)
	}
}
