package aws_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/pricing/aws"
	"github.com/tuppence-dev/tuppence/pricing/pricingtest"
	"github.com/tuppence-dev/tuppence/pricing/web"
)

var update = flag.Bool("update", false, "write the golden files anew")

var now = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

const secretKey = "wJalrXUtnFEMI-K7MDENG-bPxRfiCYEXAMPLEKEY"

// config asks a test's server as the EC2 API, with credentials, without waiting.
func config(url string) sdk.Config {
	return sdk.Config{
		BaseEndpoint: sdk.String(url),
		Credentials: sdk.CredentialsProviderFunc(func(context.Context) (sdk.Credentials, error) {
			return sdk.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: secretKey}, nil
		}),
		Retryer: func() sdk.Retryer {
			return retry.NewStandard(func(o *retry.StandardOptions) {
				o.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return 0, nil })
			})
		},
	}
}

func source(url string, c sdk.Config) *aws.Source {
	client := web.New(web.Options{PerSecond: 1_000_000, Wait: func(time.Duration) time.Duration { return 0 }})
	return aws.New(client, aws.Options{URL: url, AdvisorURL: url + "/spot-advisor-data.json", Config: c, Now: now})
}

func TestSourceKeepsTheRules(t *testing.T) {
	pricingtest.Source(t, pricingtest.Priced{
		Region: "eu-west-2", Unknown: "eu-west-9",
		New:    func(url string) pricing.Source { return source(url, config(url)) },
		Serve:  serve,
		Spoilt: []pricing.Key{{Kind: pricing.Machine, Provider: collector.AWS, Region: "eu-west-2", Type: "m6gd.large", CapacityType: collector.OnDemand}},
		Secret: secretKey,
	})
}

func lines(quotes []pricing.Quote) string {
	var b strings.Builder
	for _, q := range quotes {
		fmt.Fprintf(&b, "%s: %s %s per %s", q.Key, q.Price.PerUnit, q.Price.Currency, q.Price.Unit)
		if q.Price.VCPU > 0 {
			fmt.Fprintf(&b, ", %d vCPU %s, %s GiB", q.Price.VCPU, q.Arch, q.Memory)
		}
		if q.Price.Estimate {
			b.WriteString(", estimate")
		}
		if q.Price.Interruption != nil {
			fmt.Fprintf(&b, ", bucket %d", *q.Price.Interruption)
		}
		fmt.Fprintf(&b, " (%s, %s)\n", q.Price.Source, q.Price.AsOf)
	}
	return b.String()
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile("testdata/"+name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestQuotes(t *testing.T) {
	server := httptest.NewServer(serve(pricingtest.Served{}))
	defer server.Close()
	quotes, err := source(server.URL, config(server.URL)).Quotes(t.Context(), "eu-west-2")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "eu-west-2.txt", lines(quotes))
}

// Without credentials the rest is still read, and the error says what is missing.
func TestQuotesWithoutCredentials(t *testing.T) {
	server := httptest.NewServer(serve(pricingtest.Served{}))
	defer server.Close()
	broken := config(server.URL)
	broken.Credentials = sdk.CredentialsProviderFunc(func(context.Context) (sdk.Credentials, error) {
		return sdk.Credentials{}, errors.New("the profile finance does not exist")
	})
	for want, c := range map[string]sdk.Config{
		"aws eu-west-2: spot prices are missing: they need AWS credentials": {},
		"the profile finance does not exist":                                broken,
	} {
		quotes, err := source(server.URL, c).Quotes(t.Context(), "eu-west-2")
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v, want %q", err, want)
		}
		golden(t, "without-spot.txt", lines(quotes))
	}
}

// What the EC2 API says of the account and of who asked stays out of the error.
func TestARefusalOfTheAPIIsShort(t *testing.T) {
	list := serve(pricingtest.Served{})
	for name, c := range map[string]struct {
		status     int
		body, want string
	}{
		"not allowed":    {403, `<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>User: arn:aws:iam::123456789012:user/jo is not authorized</Message></Error></Errors></Response>`, "the EC2 API answers UnauthorizedOperation: check the credentials"},
		"half an answer": {200, `<DescribeSpotPriceHistoryResponse><spotPriceHistorySet><item>`, "spot prices are missing: "},
		"no price":       {200, `<DescribeSpotPriceHistoryResponse><spotPriceHistorySet/></DescribeSpotPriceHistoryResponse>`, "the EC2 API has none for the region"},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet {
				list.ServeHTTP(w, r)
				return
			}
			w.WriteHeader(c.status)
			fmt.Fprint(w, c.body)
		}))
		quotes, err := source(server.URL, config(server.URL)).Quotes(t.Context(), "eu-west-2")
		server.Close()
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "123456789012") {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
		golden(t, "without-spot.txt", lines(quotes))
	}
}

func TestWhatCannotBeTrusted(t *testing.T) {
	for name, c := range map[string]struct {
		service string
		more    []sold
		spots   [][5]string
		want    string
	}{
		"two prices of a machine":   {"AmazonEC2", []sold{machine("m6i.large", "2", "8 GiB", "0.12")}, nil, "aws eu-west-2 m6i.large on-demand (it has two prices, 0.111 and 0.12)"},
		"a machine without vCPU":    {"AmazonEC2", []sold{machine("m9.large", "NA", "8 GiB", "0.12")}, nil, `m9.large ("NA" is no number of vCPU)`},
		"a price by the quantity":   {"AmazonEC2", []sold{{family: "Compute Instance", price: "0.1", begin: "10", attributes: machine("m9.large", "2", "8 GiB", "").attributes}}, nil, "m9.large (its price depends on how much is used)"},
		"a price by the second":     {"AmazonEC2", []sold{{family: "Compute Instance", price: "0.1", unit: "Secs", attributes: machine("m9.large", "2", "8 GiB", "").attributes}}, nil, `m9.large (it is priced by "Secs" and not by hrs)`},
		"spot of an unknown type":   {"", nil, [][5]string{{"m9.large", "Linux/UNIX", "eu-west-2a", "2026-11-24T11:00:00Z", "0.03"}}, "m9.large spot (the price list does not have the type"},
		"spot below zero in a zone": {"", nil, [][5]string{{"m7g.large", "Linux/UNIX", "eu-west-2c", "2026-11-24T11:00:00Z", "-0.03"}}, `m7g.large spot (in eu-west-2c: "-0.03" is not a plain figure`},
		"spot as dear as on demand": {"", nil, [][5]string{{"m6i.xlarge", "Linux/UNIX", "eu-west-2a", "2026-11-24T11:00:00Z", "0.222"}}, "m6i.xlarge spot (0.222 is not below 0.222"},
	} {
		with := maps.Clone(files)
		with[c.service] = append(slices.Clip(with[c.service]), c.more...)
		server := httptest.NewServer(serveFrom(with, append(slices.Clip(spots), c.spots...), pricingtest.Served{}))
		quotes, err := source(server.URL, config(server.URL)).Quotes(t.Context(), "eu-west-2")
		server.Close()
		if err == nil || !strings.Contains(err.Error(), c.want) || len(quotes) < 12 {
			t.Errorf("%s: %d quotes and %v, want %q", name, len(quotes), err, c.want)
		}
	}
}

func TestAnAdvisorThatChangedIsNotBelieved(t *testing.T) {
	list := serve(pricingtest.Served{})
	for name, c := range map[string]struct{ body, want string }{
		"other buckets":  {strings.Replace(fmt.Sprintf(advisorJSON, 1), `"max":11`, `"max":20`, 1), "the advisor's buckets end at [5 20 16 22 100] %"},
		"another region": {strings.Replace(fmt.Sprintf(advisorJSON, 1), "eu-west-2", "eu-west-1", 1), "the advisor has nothing for the region"},
		"a sixth bucket": {fmt.Sprintf(advisorJSON, 5), "m6i.large on-demand (5 is no bucket of interruptions"},
		"no JSON":        {"<html>", "how often spot capacity is interrupted is missing: "},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/spot-advisor-data.json" {
				fmt.Fprint(w, c.body)
				return
			}
			list.ServeHTTP(w, r)
		}))
		quotes, err := source(server.URL, config(server.URL)).Quotes(t.Context(), "eu-west-2")
		server.Close()
		if err == nil || !strings.Contains(err.Error(), c.want) || len(quotes) < 12 {
			t.Errorf("%s: %d quotes and %v, want %q", name, len(quotes), err, c.want)
		}
	}
}
