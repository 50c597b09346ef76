package patch

import (
	"context"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/tuppence-dev/tuppence/recommend"
)

// refusing is a judge that refuses the named findings.
func refusing(ids ...string) Judge {
	return func(_ context.Context, p Proof) ([]recommend.Check, bool) {
		if slices.Contains(ids, p.Finding.ID) {
			return []recommend.Check{{Name: "quota", Verdict: recommend.Failed, Detail: "too much"}}, false
		}
		return []recommend.Check{{Name: "quota", Verdict: recommend.Passed}}, true
	}
}

func TestWhatTheJudgeRefusesIsLeftOut(t *testing.T) {
	for name, test := range map[string]struct {
		fixture string
		refuse  []string
		placed  map[string]string // finding to the folder that changes
	}{
		"one of two in a folder": {"helm_two", []string{"rightsize-1"}, map[string]string{"rightsize-2": "apps"}},
		"all":                    {"helm_two", []string{"rightsize-1", "rightsize-2"}, map[string]string{}},
		"none":                   {"helm_two", nil, map[string]string{"rightsize-1": "apps", "rightsize-2": "apps"}},
		"one who agrees with others: the others still do":     {"consensus", []string{"rightsize-3"}, map[string]string{"rightsize-1": "apps/base", "rightsize-2": "apps/base", "rightsize-4": "apps/base"}},
		"one who wants its own value, while the others don't": {"consensus_outlier", []string{"rightsize-4"}, map[string]string{"rightsize-1": "apps/base", "rightsize-2": "apps/base", "rightsize-3": "apps/base"}},
	} {
		t.Run(name, func(t *testing.T) {
			f := loadFixture(t, "testdata/"+test.fixture+".txtar")
			root := f.write(t)
			p, err := Make(t.Context(), root, f.input.fleet(), f.input.findings(), Options{Tolerance: f.input.Tolerance, Judge: refusing(test.refuse...)})
			must(t, err)
			placed := map[string]string{}
			for _, q := range p.Placed {
				placed[q.Finding] = q.File[:strings.LastIndex(q.File, "/")]
				if len(p.Checks[q.Finding]) != 1 {
					t.Errorf("%s has no checks", q.Finding)
				}
			}
			for id, dir := range test.placed {
				if placed[id] != dir {
					t.Errorf("%s is placed in %q, want %q", id, placed[id], dir)
				}
			}
			if len(placed) != len(test.placed) || len(p.Unplaced) != len(test.refuse) {
				t.Errorf("placed %v, unplaced %+v", placed, p.Unplaced)
			}
			for _, u := range p.Unplaced {
				if u.Reason != "it does not pass quota: too much" {
					t.Errorf("%s: %s", u.Finding, u.Reason)
				}
			}
			for _, file := range p.Files {
				for _, id := range test.refuse {
					if strings.Contains(string(file.After), id+"\n") || strings.Contains(string(file.After), id+",") {
						t.Errorf("%s holds %s all the same", file.Path, id)
					}
				}
			}
		})
	}
}

// The judge sees each object as it is built before and after.
func TestTheJudgeSeesWhatChanges(t *testing.T) {
	for _, name := range []string{"overlay", "helm_postrenderers", "argo_directory", "argo_helm", "consensus"} {
		f := loadFixture(t, "testdata/"+name+".txtar")
		seen := 0
		_, err := Make(t.Context(), f.write(t), f.input.fleet(), f.input.findings(), Options{Tolerance: f.input.Tolerance, Judge: func(_ context.Context, p Proof) ([]recommend.Check, bool) {
			seen++
			if len(p.Objects) != 1 || len(p.Build) == 0 {
				t.Fatalf("%s: %d objects, %d built", name, len(p.Objects), len(p.Build))
			}
			path := p.Finding.Changes[0].Path
			before, err1 := locate(p.Objects[0].Before, path)
			after, err2 := locate(p.Objects[0].After, path)
			if err1 != nil || err2 != nil || text(before.value) == text(after.value) || !after.found {
				t.Errorf("%s: %v before, %v after", name, before.value, after.value)
			}
			return nil, true
		}})
		must(t, err)
		if seen == 0 {
			t.Errorf("%s: the judge was not asked", name)
		}
	}
}

// upTo is a judge that lets a finding pass where it gets at most so many millicores.
func upTo(t *testing.T, most map[string]int64) Judge {
	return func(_ context.Context, p Proof) ([]recommend.Check, bool) {
		s, err := locate(p.Objects[0].After, p.Finding.Changes[0].Path)
		must(t, err)
		got := resource.MustParse(text(s.value))
		if limit, ok := most[p.Finding.ID]; ok && got.MilliValue() > limit {
			return []recommend.Check{{Name: "quota", Verdict: recommend.Failed, Detail: "too much"}}, false
		}
		return []recommend.Check{{Name: "quota", Verdict: recommend.Passed}}, true
	}
}

// What a folder does not bear at the larger value on which others agree it may bear
// at its own.
func TestWhoIsRefusedTheAgreedValueGetsItsOwn(t *testing.T) {
	const base = "apps/base 210m"
	for name, test := range map[string]struct {
		most map[string]int64
		want map[string]string // finding to the folder that changes, and the value there
	}{
		"one of four":                          {map[string]int64{"rightsize-3": 200}, map[string]string{"rightsize-1": base, "rightsize-2": base, "rightsize-3": "apps/man 195m", "rightsize-4": base}},
		"one that does not get its own either": {map[string]int64{"rightsize-3": 190}, map[string]string{"rightsize-1": base, "rightsize-2": base, "rightsize-4": base}},
		"two of four, so that none agree": {map[string]int64{"rightsize-1": 200, "rightsize-3": 200},
			map[string]string{"rightsize-1": "apps/bir 200m", "rightsize-2": "apps/lon 210m", "rightsize-3": "apps/man 195m", "rightsize-4": "apps/yor 205m"}},
		"the largest: the others agree on less": {map[string]int64{"rightsize-2": 205},
			map[string]string{"rightsize-1": "apps/base 205m", "rightsize-3": "apps/base 205m", "rightsize-4": "apps/base 205m"}},
		"all the others, so that each changes by itself": {map[string]int64{"rightsize-1": 209, "rightsize-3": 209, "rightsize-4": 209},
			map[string]string{"rightsize-1": "apps/bir 200m", "rightsize-2": "apps/lon 210m", "rightsize-3": "apps/man 195m", "rightsize-4": "apps/yor 205m"}},
	} {
		t.Run(name, func(t *testing.T) {
			f := loadFixture(t, "testdata/consensus.txtar")
			p, err := Make(t.Context(), f.write(t), f.input.fleet(), f.input.findings(), Options{Tolerance: f.input.Tolerance, Judge: upTo(t, test.most)})
			must(t, err)
			got := map[string]string{}
			for _, q := range p.Placed {
				at := slices.IndexFunc(p.Files, func(c FileChange) bool { return c.Path == q.File })
				_, value, _ := strings.Cut(string(p.Files[at].After), "cpu: ")
				got[q.Finding] = path.Dir(q.File) + " " + strings.TrimSpace(value)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			for _, u := range p.Unplaced {
				if u.Reason != "it does not pass quota: too much" {
					t.Errorf("%s: %s", u.Finding, u.Reason)
				}
			}
			for id, checks := range p.Checks {
				if passed := checks[0].Verdict == recommend.Passed; passed != (test.want[id] != "") {
					t.Errorf("%s: %v", id, checks)
				}
			}
		})
	}
}
