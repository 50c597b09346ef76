package hmrc

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/tuppence-dev/tuppence/pricing/web"
)

// site is where HMRC publishes. Its Trade Tariff API has moved: /uk/api is where
// it answers now, /api/v2 the older path that it maps to that one. Both are
// asked.
// https://github.com/trade-tariff/trade-tariff-backend
const site = "https://www.trade-tariff.service.gov.uk"

var paths = []string{"/uk/api/exchange_rates/files/", "/api/v2/exchange_rates/files/"}

// ErrNotPublished is what Fetch fails with where HMRC has no file of the month.
var ErrNotPublished = errors.New("HMRC has no file of that month")

// Fetch reads HMRC's file of one month, written 2026-09, from its web site. It
// returns an error that is ErrNotPublished where there is none, and any other
// of client's and of ReadXML's.
func Fetch(ctx context.Context, client *web.Client, month string) (Month, error) {
	return fetch(ctx, client, site, month)
}

func fetch(ctx context.Context, client *web.Client, site, period string) (Month, error) {
	if err := checkMonth(period); err != nil {
		return Month{}, fmt.Errorf("HMRC's exchange rates: %w", err)
	}
	for _, file := range files(period) {
		data, err := client.Bytes(ctx, site+file, nil)
		if e, ok := errors.AsType[*web.Error](err); ok && e.Status == http.StatusNotFound {
			continue
		}
		if err != nil {
			return Month{}, fmt.Errorf("HMRC's exchange rates of %s: %w", period, err)
		}
		m, err := ReadXML(bytes.NewReader(data))
		if err == nil && m.Period != period {
			err = fmt.Errorf("HMRC's monthly file: it is of %s", m.Period)
		}
		if err != nil {
			return Month{}, fmt.Errorf("exchange rates of %s: %w", period, err)
		}
		return m, nil
	}
	return Month{}, fmt.Errorf("exchange rates of %s: %w; it is due on %s, and until then the last month's rate stands; after that, check whether HMRC has moved its files",
		period, ErrNotPublished, Due(period).Format("Monday 2 January 2006"))
}

// files are the paths that the file of a month may have: HMRC's own links do not
// pad the month (2026-9), but some files are named 2026-09.
func files(period string) []string {
	at, _ := time.Parse(month, period) // checked
	var all []string
	for _, p := range paths {
		all = append(all, p+"monthly_xml_"+at.Format("2006-1")+".xml", p+"monthly_xml_"+period+".xml")
	}
	return slices.Compact(all) // 2026-10 is 2026-10
}

// Due is the day on which HMRC publishes the rates of a month, written 2026-12:
// the penultimate Thursday of the month before, 19 November 2026. It is the zero
// time for what is not a month.
// https://www.trade-tariff.service.gov.uk/exchange_rates
func Due(period string) time.Time {
	first, err := time.Parse(month, period)
	if err != nil {
		return time.Time{}
	}
	day := first.AddDate(0, 0, -1)
	for day.Weekday() != time.Thursday {
		day = day.AddDate(0, 0, -1)
	}
	return day.AddDate(0, 0, -7)
}
