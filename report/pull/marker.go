package pull

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"unicode/utf8"
)

// Marker is what is remembered of a request from run to run. It stands at the end
// of the request's body, as a comment that nobody sees and anybody may edit.
type Marker struct {
	Version  int      `json:"v"`
	Key      string   `json:"key"`
	Wave     Wave     `json:"wave"`
	Digest   string   `json:"digest"` // Proposal.Digest
	Files    string   `json:"files"`  // FilesDigest
	Findings []string `json:"findings,omitempty"`
	Subjects []string `json:"subjects,omitempty"` // the digest of each
	// Evidence has for each finding what it proposes (Item.Evidence), as its readers
	// were last told: where the request is declined, each of them is.
	Evidence []string `json:"evidence,omitempty"`
	// Clusters are those that its changes are for: a run that did not read one of them
	// does not know all that the request is to hold.
	Clusters []string `json:"clusters,omitempty"`
	// Told are the digests that a comment was made for, on a request that holds
	// somebody's commits, the newest last; "none" where it said that nothing is left.
	Told []string `json:"told,omitempty"`
	// Withdrawn tells that tuppence closes the request itself, so that nobody has
	// declined it.
	Withdrawn bool `json:"withdrawn,omitempty"`
}

const (
	markerVersion = 1
	markerOpen    = "<!-- tuppence: "
	markerClose   = " -->"
	// maxMarker bounds a marker, in bytes: 250 findings of 21 bytes with as many
	// subjects of 15 and evidence of 50 (four fields) are 21 KiB; 200 clusters are some 3 more.
	maxMarker = 24 << 10
	// maxBody bounds a body with its marker, in bytes. GitHub's end at 65,536 characters.
	maxBody = 65_000
)

var errMarker = errors.New("the comment in which tuppence remembers what it proposed is missing, changed or there twice")

// withMarker is the body with its marker, which replaces any that was there. The
// marker never ends the comment it stands in, since JSON writes < and > of a name
// as \u003c and \u003e. Of a marker that would be too long, the findings, their
// evidence and then the subjects are left out: it is better to forget what it holds than that it is there.
func withMarker(body string, m Marker) string {
	m.Version = markerVersion
	text := m.text()
	if len(text) > maxMarker {
		m.Findings = nil
		text = m.text()
	}
	if len(text) > maxMarker {
		m.Evidence = nil
		text = m.text()
	}
	if len(text) > maxMarker {
		m.Subjects = nil
		text = m.text()
	}
	body = strings.TrimRight(withoutMarkers(body), " \r\n")
	return cut(body, maxBody-len(text)-2) + "\n\n" + text
}

func (m Marker) text() string {
	data, err := json.Marshal(m)
	if err != nil {
		return "" // a marker has nothing that JSON could refuse
	}
	return markerOpen + string(data) + markerClose
}

// withoutMarkers is the body without any comment that is, or begins as, a marker.
func withoutMarkers(body string) string {
	for {
		before, rest, ok := strings.Cut(body, markerOpen)
		if !ok {
			return body
		}
		_, after, _ := strings.Cut(rest, strings.TrimSpace(markerClose))
		body = before + after
	}
}

// readMarker returns the marker of a body. It errs where there is none, where
// there are two, and where it is anything but what withMarker writes: such a
// request is not tuppence's to touch.
func readMarker(body string) (Marker, error) {
	var m Marker
	if strings.Count(body, strings.TrimSpace(markerOpen)) != 1 {
		return m, errMarker
	}
	_, rest, _ := strings.Cut(body, markerOpen)
	text, after, ok := strings.Cut(rest, markerClose)
	if !ok || len(text) > maxMarker || strings.TrimSpace(after) != "" || !utf8.ValidString(text) {
		return m, errMarker
	}
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil {
		return Marker{}, errMarker
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) || m.Version != markerVersion || !validKey(m.Key) || m.Wave < Development || m.Wave > Production {
		return Marker{}, errMarker
	}
	return m, nil
}

// maxKey bounds a proposal's key, in bytes: it ends a branch's name.
const maxKey = 100

// validKey tells whether key is one: lower-case letters, digits and hyphens.
func validKey(key string) bool {
	return key != "" && len(key) <= maxKey && strings.Trim(key, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// cut returns the first n bytes of s or fewer, whole characters.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	n = max(n, 0)
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
