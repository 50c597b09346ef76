package pull

import (
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func drawMarker(t *rapid.T) Marker {
	texts := rapid.SliceOfN(rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"-->", " -->", "<!-- tuppence: {} -->", "--!>", "\u2028"})), 1, 5)
	return Marker{
		Version: markerVersion, Key: rapid.StringMatching(`[a-z0-9-]{1,100}`).Draw(t, "key"), Wave: Wave(rapid.IntRange(0, 2).Draw(t, "wave")),
		Digest: rapid.String().Draw(t, "digest"), Files: rapid.String().Draw(t, "files"),
		Findings: texts.Draw(t, "findings"), Subjects: texts.Draw(t, "subjects"),
		Told: texts.Draw(t, "told"), Withdrawn: rapid.Bool().Draw(t, "withdrawn"),
	}
}

// Whatever stands in a body before, its new marker is read back, once, and the
// comment ends where it is meant to.
func TestAMarkerIsReadAsItWasWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := drawMarker(t)
		body := rapid.OneOf(rapid.String(), rapid.Just("text\n\n"+drawMarker(t).text()), rapid.Just("<!-- tuppence: <!-- tuppence: x")).Draw(t, "body")
		written := withMarker(body, want)
		got, err := readMarker(written)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("read %+v (%v) from %q, want %+v", got, err, written, want)
		}
		if _, comment, _ := strings.Cut(written, markerOpen); strings.Count(comment, "-->") != 1 {
			t.Fatalf("the comment ends early: %q", written)
		}
		if forge := strings.ReplaceAll(written, "\n", "\r\n") + "\r\n"; !sameMarker(forge, want) {
			t.Fatalf("line ends as some forges write them hide it: %q", forge)
		}
	})
}

func sameMarker(body string, want Marker) bool {
	got, err := readMarker(body)
	return err == nil && reflect.DeepEqual(got, want)
}

func TestAMarkerThatIsNotExactlyOursIsNone(t *testing.T) {
	good := Marker{Version: 1, Key: "shop-staging"}.text()
	if _, err := readMarker(good); err != nil {
		t.Fatal(err)
	}
	for name, body := range map[string]string{
		"no body":                         "",
		"no marker":                       "text",
		"two markers":                     good + "\n" + good,
		"two in one line":                 good + good,
		"text after it":                   good + "\nhidden by whom?",
		"an open comment":                 strings.TrimSuffix(good, markerClose),
		"another version":                 strings.Replace(good, `"v":1`, `"v":2`, 1),
		"a field that it does not have":   strings.Replace(good, `"v":1`, `"v":1,"x":1`, 1),
		"a key that is no branch's":       strings.Replace(good, "shop-staging", "../main", 1),
		"an empty key":                    strings.Replace(good, "shop-staging", "", 1),
		"a long key":                      strings.Replace(good, "shop", strings.Repeat("k", maxKey), 1),
		"a wave that is none":             strings.Replace(good, `"wave":0`, `"wave":3`, 1),
		"more than one value":             strings.Replace(good, "}", "}{}", 1),
		"a list":                          markerOpen + "[]" + markerClose,
		"bytes that are no text":          strings.Replace(good, `"digest":""`, "\"digest\":\"\xff\"", 1),
		"a marker of a whole book's size": strings.Replace(good, `"digest":""`, `"digest":"`+strings.Repeat("d", maxMarker)+`"`, 1),
	} {
		t.Run(name, func(t *testing.T) {
			if m, err := readMarker(body); err == nil {
				t.Errorf("read %+v", m)
			}
		})
	}
}

func TestABodyWithItsMarkerIsBounded(t *testing.T) {
	many := make([]string, 5000)
	for i := range many {
		many[i] = "Deployment shop/" + strings.Repeat("x", i%50)
	}
	for name, tc := range map[string]struct{ m, want Marker }{
		"findings go first": {Marker{Key: "k", Findings: many, Subjects: []string{"s"}}, Marker{Version: 1, Key: "k", Subjects: []string{"s"}}},
		"then subjects":     {Marker{Key: "k", Findings: many, Subjects: many}, Marker{Version: 1, Key: "k"}},
	} {
		t.Run(name, func(t *testing.T) {
			body := withMarker(strings.Repeat("£", maxBody), tc.m)
			if len(body) > maxBody {
				t.Errorf("the body is %d bytes, more than %d", len(body), maxBody)
			}
			if !sameMarker(body, tc.want) {
				t.Errorf("the marker in %q is not %+v", body[len(body)-200:], tc.want)
			}
		})
	}
}

func FuzzReadMarker(f *testing.F) {
	f.Add(withMarker("body", Marker{Key: "shop-staging", Findings: []string{"-->"}}))
	f.Add("<!-- tuppence: {} --><!-- tuppence: ")
	f.Fuzz(func(t *testing.T, body string) {
		m, err := readMarker(body)
		if err != nil {
			return
		}
		if again := withMarker(body, m); !sameMarker(again, m) {
			t.Errorf("%+v is not read back from %q", m, again)
		}
	})
}
