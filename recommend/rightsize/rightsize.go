package rightsize

import (
	"fmt"
	"math"
	"strings"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
)

// Name of the recommender, and the start of its findings' ids.
const Name = "rightsize"

// New returns the recommender with these settings, or an error where they are
// not valid. It gives at most one finding a workload.
func New(s Settings) (recommend.Recommender, error) {
	if err := s.Valid(); err != nil {
		return recommend.Recommender{}, err
	}
	return recommend.Recommender{
		Name: Name,
		Doc:  "Size CPU and memory requests and memory limits to what containers used.",
		Func: s.findings,
	}, nil
}

func (s Settings) findings(p *recommend.Pass) []recommend.Finding {
	namespaces := make(map[string]*collector.Namespace, len(p.Cluster.Namespaces))
	for i := range p.Cluster.Namespaces {
		namespaces[p.Cluster.Namespaces[i].Name] = &p.Cluster.Namespaces[i]
	}
	window := int(math.Ceil(p.Window.Length().Hours() / 24))
	grown := map[string]growth{}
	var found []recommend.Finding
	for i := range p.Cluster.Workloads {
		w := &p.Cluster.Workloads[i]
		j := job{Settings: s, w: w, ns: namespaces[w.Namespace], subject: recommend.Subject(p.Cluster.Name, w),
			window: window, grown: grown[w.Namespace]}
		f, ok := j.finding(i)
		if !ok {
			continue
		}
		found = append(found, f)
		if f.Status == recommend.Proposed && p.Ignored(Name, f.Subject) == "" {
			grown[w.Namespace] = j.grown
		}
	}
	return found
}

// job is the sizing of one workload.
type job struct {
	Settings
	w       *collector.Workload
	ns      *collector.Namespace // nil: no bounds
	subject recommend.Object
	window  int    // days; 0 is unknown
	grown   growth // what the namespace's proposed findings up to this one add

	requests, limits []Resources // of each container, with the proposed changes
	proposals        []proposal
	evidence         []recommend.Evidence
	checks           []recommend.Check
	measured, single bool
	days, samples    int // the least of any sized container
}

// proposal is one change, and what stands in its way.
type proposal struct {
	recommend.Change
	text   string           // app CPU request 1 → 250m
	status recommend.Status // Proposed, Advised or Withheld
	reason string
	apply  func() // sets the new figure in requests or limits
}

// finding returns the workload's finding with i its index, or false where there
// is nothing to say.
func (j *job) finding(i int) (recommend.Finding, bool) {
	for k := range j.w.Containers {
		j.requests = append(j.requests, j.w.Containers[k].Requests)
		j.limits = append(j.limits, j.w.Containers[k].Limits)
	}
	for k := range j.w.Containers {
		j.container(k)
	}
	if !j.measured {
		return recommend.Finding{}, false
	}
	status, reason := j.decide()
	if status == "" {
		return recommend.Finding{}, false
	}
	f := recommend.Finding{
		ID: recommend.FindingID(Name, j.subject), Recommender: Name, Subject: j.subject,
		Status: status, Reason: reason, Evidence: j.evidence, Confidence: j.confidence(),
	}
	var texts []string
	for _, p := range j.proposals {
		if p.status == status {
			p.apply()
			f.Changes = append(f.Changes, p.Change)
			texts = append(texts, p.text)
		}
	}
	f.Title = title(texts)
	if q := j.bounded(); q.Name != "" && status != recommend.Withheld {
		f.Status, f.Reason = recommend.Withheld, q.Detail
	}
	f.Checks = j.checks
	if before, after := qos(j.w.Containers, nil, nil), qos(j.w.Containers, j.requests, j.limits); before != after {
		f.Evidence = append(f.Evidence, recommend.Evidence{Name: "QoS class", Value: before + " → " + after})
	}
	return f.WithEffect(recommend.Effect{Workload: i, Requests: j.requests}), true
}

// decide returns what becomes of the proposals: proposed where one can be, else
// advised where one can be, else withheld; empty where there is nothing to say.
func (j *job) decide() (recommend.Status, string) {
	status := recommend.Status("")
	for _, want := range []recommend.Status{recommend.Proposed, recommend.Advised, recommend.Withheld} {
		for _, p := range j.proposals {
			if status == "" && p.status == want {
				status = want
			}
		}
	}
	var reasons []string
	seen := map[string]bool{}
	for _, p := range j.proposals {
		if p.status == recommend.Proposed || seen[p.reason] {
			continue
		}
		seen[p.reason] = true
		reasons = append(reasons, p.reason)
	}
	if status == "" && len(j.checks) > 0 && !j.sizedAny() {
		return recommend.Withheld, j.checks[0].Detail
	}
	if status == recommend.Proposed && len(reasons) > 0 {
		return status, "left out: " + strings.Join(reasons, "; ")
	}
	return status, strings.Join(reasons, "; ")
}

func (j *job) sizedAny() bool { return j.samples > 0 }

// container adds the proposals for container k.
func (j *job) container(k int) {
	c := &j.w.Containers[k]
	if c.Usage.Source == "" {
		return
	}
	j.measured = true
	cpu, memory, err := read(c)
	if err != nil {
		j.check("data", recommend.Undecided, "%s: its usage cannot be read: %v", c.Name, err)
		return
	}
	if j.window > 0 { // a window of 14 days touches 15 calendar days
		cpu.days, memory.days = min(cpu.days, j.window), min(memory.days, j.window)
	}
	for _, d := range []struct {
		resource string
		data
	}{{"CPU", cpu}, {"memory", memory}} {
		if !d.enough(j.Settings) {
			j.check("data", recommend.Undecided, "%s %s: %d samples over %s; at least %d over %s are needed",
				c.Name, d.resource, d.sketch.Count(), days(d.days), j.MinSamples, days(j.MinDays))
			continue
		}
		if j.samples == 0 || d.sketch.Count() < j.samples {
			j.samples = d.sketch.Count()
		}
		if j.days == 0 || d.days < j.days {
			j.days = d.days
		}
	}
	if cpu.enough(j.Settings) || memory.enough(j.Settings) {
		j.single = j.single || cpu.single
		z := j.size(c, cpu, memory, containerBounds(j.ns))
		j.propose(k, z)
	}
}

func (j *job) check(name string, v recommend.Verdict, format string, args ...any) {
	j.checks = append(j.checks, recommend.Check{Name: name, Verdict: v, Detail: fmt.Sprintf(format, args...)})
}

// confidence is High from a week of data with 2,016 samples, Medium from the
// minimum, Low for a single look.
func (j *job) confidence() recommend.Confidence {
	switch {
	case j.single || j.samples == 0:
		return recommend.Low
	case j.days >= highDays && j.samples >= highSamples:
		return recommend.High
	}
	return recommend.Medium
}

func title(texts []string) string {
	switch {
	case len(texts) == 0:
		return "Too little data to size it"
	case len(texts) > 4:
		return fmt.Sprintf("Set %s and %d more", strings.Join(texts[:3], ", "), len(texts)-3)
	}
	return "Set " + strings.Join(texts, ", ")
}

// read merges a container's days.
func read(c *collector.Container) (cpu, memory data, err error) {
	single := c.Usage.Source != "prometheus"
	cpu, memory = data{single: single}, data{single: single}
	for _, d := range c.Usage.Days {
		if len(d.CPU) > 0 {
			cpu.days++
		}
		if len(d.Memory) > 0 {
			memory.days++
		}
	}
	cpu.sketch, memory.sketch, err = c.Usage.Merged()
	return cpu, memory, err
}
