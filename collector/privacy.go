package collector

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"unicode"
)

// MinSalt is how many bytes the salt of Pseudonymise must have at least: as many
// as nobody can try, so that a guessed name can't be confirmed.
const MinSalt = 16

// Errors of Pseudonymise.
var (
	ErrSalt          = fmt.Errorf("the salt of pseudonyms is too short: give at least %d bytes, and keep them secret", MinSalt)
	ErrPseudonymised = errors.New("the fleet's names are pseudonyms already: read the clusters, or the recording with names, again")
)

// Pseudonymise puts a pseudonym in place of everything in f that could identify a
// person, a team, a service or an account: "n-" and 12 hex digits of the
// HMAC-SHA-256 of the name under salt, which can stand in a DNS label. Equal names
// have equal pseudonyms everywhere in the fleet and in every fleet of that salt,
// so that pods still join to nodes and objects to what applies them. f is
// normalised again, and marked Pseudonymised.
//
// Every text is replaced unless privacy_keep.go says that its field stays, or that
// its value is one of a public vocabulary; a field that is added is so replaced
// until it is listed there. Times, sizes, counts and usage stay.
//
// Provider ids are replaced too: match them to a bill before. In gaps every name of
// the fleet is replaced, and whatever else has the shape of a name; a single plain
// word that names nothing in the fleet stays.
//
// ErrSalt is for a salt under MinSalt bytes, ErrPseudonymised for a fleet that is
// so already. Where two names have one pseudonym, once in some hundreds of fleets
// of a million names, the error asks for another salt. f is not to be used after
// that one.
func Pseudonymise(f *Fleet, salt []byte) error {
	switch {
	case len(salt) < MinSalt:
		return ErrSalt
	case f.Pseudonymised:
		return ErrPseudonymised
	}
	p := newPseudonyms(salt)
	for i := range f.Clusters {
		c := &f.Clusters[i]
		p.clusters[c.Name] = true
		c.PodOwners, c.PodNodes, c.Commands = nil, nil, nil // of use only while collecting
		p.walk(reflect.ValueOf(c).Elem(), "")
	}
	texts := p.texts() // now that every name is known
	for i := range f.Clusters {
		for j := range f.Clusters[i].Gaps {
			g := &f.Clusters[i].Gaps[j]
			g.Reason = texts.hide(g.Reason)
		}
	}
	if p.clash {
		return errors.New("two names have the same pseudonym: use another salt")
	}
	f.Pseudonymised = true
	f.Normalise()
	return nil
}

// Pseudonym is what Pseudonymise puts in place of a name, so that one that a user
// gives can be looked up in a fleet of that salt.
func Pseudonym(salt []byte, name string) string { return newPseudonyms(salt).name(name) }

// LabelPseudonym is Pseudonym for the value of a label of the allow-list, of which
// even public words are replaced.
func LabelPseudonym(salt []byte, value string) string { return newPseudonyms(salt).hidden(value) }

func newPseudonyms(salt []byte) *pseudonyms {
	return &pseudonyms{salt: salt, of: map[string]string{}, names: map[string]string{}, clusters: map[string]bool{}, members: map[reflect.Type][]member{}}
}

// pseudonyms are those given so far.
type pseudonyms struct {
	salt     []byte
	of       map[string]string // by name
	names    map[string]string // by pseudonym
	clusters map[string]bool   // names of clusters, which stay
	members  map[reflect.Type][]member
	clash    bool
}

// name is the pseudonym of s. A public word stays, and what has neither a letter
// nor a digit: nothing at all, and the paths "./" and "/".
func (p *pseudonyms) name(s string) string {
	if vocabulary[s] || !strings.ContainsFunc(s, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
		return s
	}
	return p.pseudonym(s)
}

// pseudonym is that of s, whatever s is.
func (p *pseudonyms) pseudonym(s string) string {
	if known, ok := p.of[s]; ok {
		return known
	}
	mac := hmac.New(sha256.New, p.salt)
	mac.Write([]byte(s))
	// 48 bits: of a million names two share one with a chance of
	// 10^12 / 2 / 2^48, 1 in 560.
	pseudonym := "n-" + hex.EncodeToString(mac.Sum(nil)[:6])
	if other, taken := p.names[pseudonym]; taken && other != s {
		p.clash = true
	}
	p.of[s], p.names[pseudonym] = pseudonym, s
	return pseudonym
}

// path is s with each part between slashes replaced: the "namespace/name" of a
// dependency still names the object.
func (p *pseudonyms) path(s string) string {
	parts := strings.Split(s, "/")
	for i := range parts {
		parts[i] = p.name(parts[i])
	}
	return strings.Join(parts, "/")
}

// walk replaces the texts in v, which is the field named so: "Node.Name".
func (p *pseudonyms) walk(v reflect.Value, field string) {
	switch v.Kind() {
	case reflect.String:
		if change := rules[field]; change != nil {
			v.SetString(change(p, v.String()))
		} else {
			v.SetString(p.name(v.String()))
		}
	case reflect.Pointer:
		if !v.IsNil() {
			p.walk(v.Elem(), field)
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return // a digest of usage
		}
		for i := range v.Len() {
			p.walk(v.Index(i), field)
		}
	case reflect.Struct:
		p.fields(v, field)
	default: // numbers and times of day tell of nobody
	}
}

// fields replaces the texts of a struct. The value of a label, a taint or a
// toleration is public where its key says so.
func (p *pseudonyms) fields(v reflect.Value, field string) {
	switch x := v.Addr().Interface().(type) {
	case *Label:
		if field == "Workload.Labels" { // of keys that the configuration names
			x.Value = p.hidden(x.Value)
			return
		}
		x.Key, x.Value = p.pair(x.Key, x.Value)
		return
	case *Taint:
		x.Key, x.Value = p.pair(x.Key, x.Value)
		x.Effect = p.name(x.Effect)
		return
	case *Toleration:
		x.Key, x.Value = p.pair(x.Key, x.Value)
		x.Operator, x.Effect = p.name(x.Operator), p.name(x.Effect)
		return
	}
	for _, f := range p.exported(v.Type()) {
		p.walk(v.Field(f.index), f.name)
	}
}

// member is a field of a type, named as in "Node.Name".
type member struct {
	index int
	name  string
}

// exported are the fields of t that may hold a text; time.Time has none.
func (p *pseudonyms) exported(t reflect.Type) []member {
	known, ok := p.members[t]
	if !ok {
		for i := range t.NumField() {
			if f := t.Field(i); f.IsExported() {
				known = append(known, member{i, t.Name() + "." + f.Name})
			}
		}
		p.members[t] = known
	}
	return known
}

// pair is a label with a pseudonym for its key, where that is not public, and for
// its value, where the key is not one whose values are.
func (p *pseudonyms) pair(key, value string) (k, v string) {
	if open, public := publicLabels[key]; public {
		if !open {
			value = p.name(value)
		}
		return key, value
	}
	return p.name(key), p.name(value)
}

// hidden is the pseudonym of s, a public word or not.
func (p *pseudonyms) hidden(s string) string {
	if s == "" {
		return s
	}
	return p.pseudonym(s)
}
