package boe

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"time"

	"github.com/tuppence-dev/tuppence/pricing/web"
)

// export is the address of the Bank's database as CSV.
// https://www.bankofengland.co.uk/boeapps/database/Help.asp
const export = "https://www.bankofengland.co.uk/boeapps/database/_iadb-fromshowcolumns.asp"

// Fetch reads the rates of the days from from to to, in UTC, from the Bank's web
// site, and of the 31 days before, so that from has a rate even after a holiday.
// Its errors are client's and Read's.
func Fetch(ctx context.Context, client *web.Client, from, to time.Time) (*Rates, error) {
	return fetch(ctx, client, export, from, to)
}

func fetch(ctx context.Context, client *web.Client, address string, from, to time.Time) (*Rates, error) {
	first, last := midnight(from), midnight(to)
	if last.Before(first) {
		return nil, fmt.Errorf("the Bank of England's rates: %s is before %s: ask for the earlier day first", last.Format(time.DateOnly), first.Format(time.DateOnly))
	}
	data, err := client.Bytes(ctx, address+"?"+question(first.AddDate(0, 0, -maxDays), last), nil)
	if err != nil {
		return nil, fmt.Errorf("the Bank of England's rates: %w", err)
	}
	return Read(bytes.NewReader(data))
}

// question asks for a table (CSVF=TN: a column a series, no titles) under the
// series' codes (UsingCodes), provisional figures included (VPD) and footnotes not
// (VFD).
func question(from, to time.Time) string {
	const day = "02/Jan/2006"
	return url.Values{
		"csv.x": {"yes"}, "CSVF": {"TN"}, "UsingCodes": {"Y"}, "VPD": {"Y"}, "VFD": {"N"},
		"Datefrom": {from.Format(day)}, "Dateto": {to.Format(day)}, "SeriesCodes": {codes()},
	}.Encode()
}
