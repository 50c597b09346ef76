package pull

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"github.com/tuppence-dev/tuppence/report/patch"
)

// Proposal is what one request is to hold.
type Proposal struct {
	// Key names the request from run to run, and ends its branch's name: at most
	// 100 lower-case letters, digits and hyphens. Group has them.
	Key         string
	Title, Body string // Body without the marker
	Labels      []string
	Files       []patch.FileChange // none: nothing is left to propose
	Findings    []string           // their IDs
	Subjects    []string           // as Item has them
	Evidence    []string           // likewise
	Clusters    []string           // that the changes are for
	// Digest is that of what is proposed. While it stays the same, and the evidence
	// about the same, a declined request stays declined; it should therefore not be of
	// each night's figures: see DigestOf.
	Digest string
	Wave   Wave
	// Untold, where it is set, is why this run can't tell what the request should
	// hold (its cluster could not be read): one that is open stays as it is.
	Untold string
}

func (p *Proposal) marker() Marker {
	subjects := make([]string, 0, len(p.Subjects))
	for _, s := range p.Subjects {
		if s != "" {
			subjects = append(subjects, subjectDigest(s))
		}
	}
	slices.Sort(subjects)
	findings := slices.Clone(p.Findings)
	slices.Sort(findings)
	evidence, clusters := slices.Clone(p.Evidence), slices.Clone(p.Clusters)
	slices.Sort(evidence)
	slices.Sort(clusters)
	return Marker{
		Version: markerVersion, Key: p.Key, Wave: p.Wave, Digest: p.Digest, Files: FilesDigest(p.Files),
		Findings: slices.Compact(findings), Subjects: slices.Compact(subjects), Evidence: slices.Compact(evidence), Clusters: slices.Compact(clusters),
	}
}

// subjectDigest keeps a marker short: two subjects that share one wait for each
// other without need, and nothing worse.
func subjectDigest(subject string) string {
	sum := sha256.Sum256([]byte(subject))
	return hex.EncodeToString(sum[:6])
}

// checkProposals refuses what the caller can only have got wrong.
func checkProposals(wanted []Proposal) error {
	seen := map[string]bool{}
	for i := range wanted {
		p := &wanted[i]
		switch {
		case !validKey(p.Key):
			return fmt.Errorf("propose %q: the key must be of at most %d lower-case letters, digits and hyphens", cut(p.Key, maxKey), maxKey)
		case seen[p.Key]:
			return fmt.Errorf("propose %s: two proposals have this key", p.Key)
		case p.Untold == "" && len(p.Files) > 0 && (p.Digest == "" || p.Title == ""):
			return fmt.Errorf("propose %s: it needs a title and a digest", p.Key)
		}
		seen[p.Key] = true
	}
	return nil
}

// Policy is how requests are made.
type Policy struct {
	// Base is the branch that requests go into.
	Base string
	// Prefix begins the names of the branches; empty means "tuppence/". All that
	// stands below it is one installation's, for one base branch: what that does
	// not want any more is withdrawn.
	Prefix string
	// MaxOpen bounds how many requests are open at once; 0 means 10.
	MaxOpen int
}

func (p Policy) check() error {
	if p.Base == "" {
		return errors.New("propose: the branch that requests go into is not known")
	}
	if p.MaxOpen < 0 {
		return errors.New("propose: the bound on open requests is negative")
	}
	return nil
}

func (p Policy) prefix() string {
	if p.Prefix == "" {
		return "tuppence/"
	}
	return p.Prefix
}

func (p Policy) maxOpen() int {
	if p.MaxOpen == 0 {
		return 10
	}
	return p.MaxOpen
}
