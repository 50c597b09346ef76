package interval

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tuppence-dev/tuppence/collector"
)

// program is what runs an object: a controller that was read, or only its name in
// the table of programs, whose defaults hold then.
type program struct {
	name string
	*collector.Controller
}

const shardKey = "sharding.fluxcd.io/key"

// programOf is what runs an object: of several controllers the one that watches its
// shard, or the instance of its namespace.
func programOf(c *collector.Cluster, k *collector.Kind, r *collector.Reconciler) program {
	p := program{name: k.Program}
	for _, all := range [][]collector.Controller{c.Controllers, c.Operators} {
		for i := range all {
			ctl := &all[i]
			if !slices.Contains(namesOf(k), ctl.Kind) {
				continue
			}
			if ctl.Kind == "argocd" && ctl.Namespace == cmp.Or(r.Instance, r.Namespace) || ctl.Kind != "argocd" && runsShard(ctl, r.Shard) {
				p.Controller = ctl
				return p
			}
			if p.Controller == nil {
				p.Controller = ctl
			}
		}
	}
	return p
}

// namesOf are the kinds of controller that may run objects of a kind.
func namesOf(k *collector.Kind) []string {
	switch {
	case k.Of == "argocd":
		return []string{"argocd"} // all its parts are one Controller
	case k.Program == "tofu-controller":
		return []string{k.Program, "tf-controller"}
	}
	return []string{k.Program}
}

// runsShard reports whether a controller watches the objects of a shard; those
// without one are watched by whoever selects none, or says so (!sharding…).
func runsShard(ctl *collector.Controller, shard string) bool {
	s, _ := ctl.Setting("--watch-label-selector")
	if shard == "" {
		return !strings.Contains(s.Value, shardKey) || strings.Contains(s.Value, "!"+shardKey)
	}
	if !strings.Contains(s.Value, shardKey) || strings.Contains(s.Value, "!"+shardKey) {
		return false
	}
	words := strings.FieldsFunc(s.Value, func(r rune) bool { return strings.ContainsRune("=(), ", r) })
	return slices.Contains(words, shard)
}

// setting is a setting's value as it was read, or else the program's default.
func (p program) setting(name string) (string, bool) {
	if p.Controller != nil {
		if s, ok := p.Setting(name); ok && s.Value != "" {
			return s.Value, true
		}
	}
	row := collector.ProgramNamed(p.name)
	if row == nil {
		return "", false
	}
	for _, k := range row.Knobs {
		if k.Name() == name {
			return k.Default, false
		}
	}
	return "", false
}

func (p program) duration(name string, fallback time.Duration) time.Duration {
	value, _ := p.setting(name)
	if d, err := time.ParseDuration(value); err == nil && d > 0 {
		return bounded(d)
	}
	return fallback
}

func (p program) number(name string, fallback int) int {
	value, _ := p.setting(name)
	if n, err := strconv.Atoi(value); err == nil && n >= 0 {
		return n
	}
	return fallback
}

// settingOf is the setting that says how many workers a queue has.
func settingOf(program string) string {
	switch program {
	case "argocd-application-controller":
		return "controller.status.processors"
	case "argocd-applicationset-controller":
		return "applicationsetcontroller.concurrent.reconciliations.max"
	}
	return "--concurrent"
}

// workers is how many workers a queue of the program has, and what told. They are
// those that were measured, or else set, or else the program's default.
func (p program) workers(queue string) (int, string) {
	if q := p.worked(queue); q != nil && q.Workers > 0 {
		from := q.WorkersFrom
		if from == "" {
			from = collector.FromMetric
		}
		return min(q.Workers, mostWorkers), from
	}
	from := collector.FromDefault
	if _, read := p.setting(settingOf(p.name)); read {
		from = collector.FromSetting
	}
	return max(1, min(p.number(settingOf(p.name), 1), mostWorkers)), from
}

// worked is what was measured of a queue; nil: nothing.
func (p program) worked(queue string) *collector.Queue {
	if p.Controller == nil {
		return nil
	}
	i := slices.IndexFunc(p.Queues, func(q collector.Queue) bool { return q.Name == queue })
	if i < 0 {
		return nil
	}
	return &p.Queues[i]
}
