package pull

import (
	"crypto/sha256"
	"encoding/hex"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Wish is what a finding proposes for one field.
type Wish struct {
	Field string // with its object
	Value string
	// Amount is the value as a number above zero, where small differences of it don't
	// matter; 0: they do.
	Amount float64
}

// Evidence is what a finding proposes in the short form that a marker remembers it: a
// digest of its name, and for each field a digest and the amount, as the number of its
// step of 1 %. See near for what it is good for.
//
// 212m of CPU, 0.212, is step -156 (1.01^-156 = 0.2118) and 230m step -148: 8 steps
// lie between them.
func Evidence(finding string, wishes ...Wish) string {
	fields := make([]string, len(wishes))
	for i, w := range wishes {
		value := "~" + short(w.Value, 4)
		if w.Amount > 0 {
			value = strconv.FormatInt(int64(math.Round(math.Log(w.Amount)/math.Log(1.01))), 36)
		}
		fields[i] = short(w.Field, 2) + "=" + value
	}
	slices.Sort(fields)
	return short(finding, 5) + ":" + strings.Join(fields, ".")
}

// short is the first n bytes of a digest.
func short(s string, n int) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:n])
}

// bearable is by how many steps an amount may differ and count as the same. So one that
// is up to 20 % more or less always does, one that is a third more or a quarter less
// never: 20 % less are 22.4 steps and a quarter less 28.9, and rounding takes or adds one
// at most. It is counted from the amount that was proposed, so that there is no edge on
// which an amount could come and go.
const bearable = 24

// near tells whether all that the finding proposes now was in what it proposed before,
// in about the same amounts. A field that it proposes no more makes no difference, since
// a change that is hardly worth making comes and goes.
func near(before, now string) bool {
	finding, fields, _ := strings.Cut(now, ":")
	same, had, ok := strings.Cut(before, ":")
	if !ok || finding != same {
		return false
	}
	amounts := map[string]string{}
	for field := range strings.SplitSeq(had, ".") {
		name, value, _ := strings.Cut(field, "=")
		amounts[name] = value
	}
	for field := range strings.SplitSeq(fields, ".") {
		name, value, _ := strings.Cut(field, "=")
		if have, ok := amounts[name]; !ok || have != value && !bears(have, value) {
			return false
		}
	}
	return true
}

// bears tells whether both are steps, and near each other.
func bears(a, b string) bool {
	x, err1 := strconv.ParseInt(a, 36, 32)
	y, err2 := strconv.ParseInt(b, 36, 32)
	return err1 == nil && err2 == nil && max(x-y, y-x) <= bearable
}

// findingOf is the part of the evidence that names the finding.
func findingOf(evidence string) string {
	finding, _, _ := strings.Cut(evidence, ":")
	return finding
}

// DigestOf is the Proposal.Digest of findings with the evidence, in any order.
func DigestOf(evidence []string) string {
	all := make([]string, len(evidence))
	for i, e := range evidence {
		all[i] = findingOf(e)
	}
	slices.Sort(all)
	return short(strings.Join(slices.Compact(all), "\n"), sha256.Size)
}

// proposed tells whether the request that m is of proposes all of p, in about the same
// amounts, as far as that is remembered.
func (m *Marker) proposed(p *Proposal) bool {
	if len(m.Evidence) == 0 {
		return true
	}
	return !slices.ContainsFunc(p.Evidence, func(e string) bool {
		return !slices.ContainsFunc(m.Evidence, func(have string) bool { return near(have, e) })
	})
}

// renewed is the evidence of a request after its readers were told of news: what the
// news says of a finding is in the place of what the request said.
func renewed(evidence, news []string) []string {
	out := slices.Clone(news)
	for _, e := range evidence {
		if !slices.ContainsFunc(news, func(n string) bool { return findingOf(n) == findingOf(e) }) {
			out = append(out, e)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
