package hmrc

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/tuppence-dev/tuppence/pricing/web"
)

const september = `<exchangeRateMonthList Period="01/Sep/2026 to 30/Sep/2026">
  <exchangeRate><currencyCode>USD</currencyCode><rateNew>1.3554</rateNew></exchangeRate>
  <exchangeRate><currencyCode>EUR</currencyCode><rateNew>1.1681</rateNew></exchangeRate>
</exchangeRateMonthList>`

// hmrcs is a server that has one file and notes what it is asked for.
func hmrcs(t *testing.T, path, content string, status int) (*httptest.Server, *[]string) {
	var asked []string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.Path)
		if r.URL.Path != path {
			w.WriteHeader(status)
			return
		}
		_, _ = w.Write([]byte(content))
	}))
	t.Cleanup(s.Close)
	return s, &asked
}

func client() *web.Client {
	return web.New(web.Options{PerSecond: 1_000_000, Wait: func(time.Duration) time.Duration { return 0 }})
}

func TestFetchFindsTheFileUnderEachOfItsNames(t *testing.T) {
	const now, old = "/uk/api/exchange_rates/files/monthly_xml_", "/api/v2/exchange_rates/files/monthly_xml_"
	for i, path := range []string{now + "2026-9.xml", now + "2026-09.xml", old + "2026-9.xml", old + "2026-09.xml"} {
		s, asked := hmrcs(t, path, september, http.StatusNotFound)
		m, err := fetch(t.Context(), client(), s.URL, "2026-09")
		if err != nil || m.Period != "2026-09" || m.PerGBP["USD"].String() != "1.3554" || len(m.PerGBP) != 2 {
			t.Errorf("%s: %+v, %v", path, m, err)
		}
		if len(*asked) != i+1 {
			t.Errorf("%s was found after %v", path, *asked)
		}
	}
}

func TestFetchRefuses(t *testing.T) {
	const unpadded = "/uk/api/exchange_rates/files/monthly_xml_2026-9.xml"
	for name, c := range map[string]struct {
		month, content string
		status, asked  int
		want           string
	}{
		"a month that is not out":    {"2026-12", "", 404, 2, "exchange rates of 2026-12: HMRC has no file of that month; it is due on Thursday 19 November 2026, and"},
		"no month":                   {"2026-13", "", 404, 0, `month: "2026-13" must be written as 2026-09`},
		"a path instead of a month":  {"../../x", "", 404, 0, "must be written as 2026-09"},
		"a server that is down":      {"2026-10", "", 503, 4, "HMRC's exchange rates of 2026-10: 127.0.0.1:"},
		"a server that says no":      {"2026-10", "", 403, 1, "403: forbidden; check the key"},
		"the file of another month":  {"2026-09", strings.ReplaceAll(strings.ReplaceAll(september, "Sep", "Aug"), "30/", "31/"), 404, 1, "exchange rates of 2026-09: HMRC's monthly file: it is of 2026-08"},
		"a web page instead of XML":  {"2026-09", "<html><body>Sorry</body></html>", 404, 1, "exchange rates of 2026-09: HMRC's monthly file: expected element type <exchangeRateMonthList>"},
		"a file that is far too big": {"2026-09", strings.Repeat(" ", maxTable+1), 404, 1, "more than 4 MiB"},
	} {
		s, asked := hmrcs(t, unpadded, c.content, c.status)
		_, err := fetch(t.Context(), client(), s.URL, c.month)
		if err == nil || !strings.Contains(err.Error(), c.want) || len(*asked) != c.asked {
			t.Errorf("%s: got %v after %v, want %q", name, err, *asked, c.want)
		}
		if got, want := errors.Is(err, ErrNotPublished), c.month == "2026-12"; got != want {
			t.Errorf("%s: not published is %v", name, got)
		}
	}
	if _, err := Fetch(t.Context(), web.Offline(), "2026-09"); !errors.Is(err, web.ErrOffline) || !strings.Contains(err.Error(), "2026-09: www.trade-tariff.service.gov.uk/") {
		t.Errorf("offline: %v", err)
	}
}

func TestDueIsThePenultimateThursdayOfTheMonthBefore(t *testing.T) {
	for month, want := range map[string]string{
		"2026-12": "2026-11-19", // November has Thursdays on 5, 12, 19 and 26
		"2023-08": "2023-07-20",
		"2026-01": "2025-12-18",
		"2026-05": "2026-04-23", // 30 April 2026 is a Thursday
		"2024-03": "2024-02-22", // and so is 29 February 2024
	} {
		if got := Due(month).Format(time.DateOnly); got != want {
			t.Errorf("the rates of %s are due on %s, want %s", month, got, want)
		}
	}
	if !Due("soon").IsZero() {
		t.Error("what is no month is due")
	}
}

func TestWriteGivesBackTheTable(t *testing.T) {
	rates, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := rates.Write(&b); err != nil || !bytes.Equal(b.Bytes(), table) {
		t.Errorf("%v; the bundled table changed by reading and writing it:\n%s", err, b.Bytes())
	}
	m, err := ReadXML(strings.NewReader(strings.NewReplacer("Sep", "Oct", "30/", "31/", "1.3554", "1.3400").Replace(september)))
	if err != nil {
		t.Fatal(err)
	}
	after, err := rates.With(m)
	if err != nil {
		t.Fatal(err)
	}
	b.Reset()
	want := string(table) + "2026-10,EUR,1.1681,\"HMRC monthly rates, file of 2026-10\"\n2026-10,USD,1.3400,\"HMRC monthly rates, file of 2026-10\"\n"
	if err := after.Write(&b); err != nil || b.String() != want {
		t.Errorf("%v; with October:\n%s", err, b.String())
	}
}
