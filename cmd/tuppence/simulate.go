package main

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/recommend/interval"
	"github.com/tuppence-dev/tuppence/recommend/interval/model"
)

// simulating is one run of simulate.
type simulating struct {
	analysis
	clusters, sets []string
	preset         string
	horizon        days
	seed           uint64
	output         string

	choices []interval.Choice
}

// Bounds of what is simulated at once: below an hour most objects run too seldom to
// be counted.
const (
	leastHorizon = time.Hour
	mostHorizon  = 90 * 24 * time.Hour
)

func (a *app) simulate() *cobra.Command {
	n := &simulating{horizon: days(24 * time.Hour)}
	cmd := &cobra.Command{
		Use:   "simulate",
		Short: "Show what other reconcile intervals would do to load, waits, drift, deploys and cost",
		Long: `simulate shows what the GitOps controllers of each cluster do at their intervals
now, and what they would do at others: runs an hour, how busy the queues are, how
long a change by hand stands and a commit takes to be deployed, requests to Git
hosts against their limits, processor time and pounds. Every figure is worked out
twice, by a formula and by a simulation of discrete events; where the two differ by
more than 5 % and more than chance, ≠ marks it. What was not measured is said, with
what was assumed in its place.

--set takes KIND=INTERVAL, KIND/NAMESPACE=INTERVAL or KIND/NAMESPACE/NAME=INTERVAL,
and may be given again; the more exact one holds. Of Application the namespace is
its Argo CD's, whose timeout.reconciliation is one for all.
--preset proposed: what analyse proposes, by the objectives of the configuration.
usual: appliers that others depend on, or that change less than once a week,
every 30m, others every 5m. flux: GitRepository 1m, OCIRepository 5m, Kustomization
1h with retries after 2m, HelmRelease 30m. current: as they are.

-o json has clusters[].now and .then, with runsPerHour by kind and
runsPerHourByCause, queues, classes, cores (controllers by program, apiServer, etcd:
idle, work, standardError), argocd, gitRequestsPerHour and pounds; total; repositories, hosts; tasks, one an object;
assumed. Times end in Seconds, rates in PerHour; what is not known is null.`,
		Args: cobra.NoArgs,
		Example: "  tuppence simulate --config tuppence.yaml --preset flux -o json\n" +
			"  tuppence simulate --recording " + bundled + " --set Kustomization=30m --set GitRepository/flux-system/flux-system=1m",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := n.check(); err != nil {
				return err
			}
			s, err := n.settle(cmd)
			if err != nil {
				return err
			}
			f, err := n.fleet(cmd.Context(), a, s.config)
			if err != nil {
				return err
			}
			r, err := n.simulate(cmd.Context(), s, f)
			if err != nil {
				return err
			}
			if n.output == "json" {
				err = writeJSON(a.out, r)
			} else {
				err = writeSimulation(a.out, r)
			}
			if err != nil {
				return err
			}
			return n.strictly(r.Gaps)
		},
	}
	n.priceFlags(cmd)
	f := cmd.Flags()
	f.StringArrayVar(&n.clusters, "cluster", nil, "simulate only this cluster; may be given again")
	f.StringArrayVar(&n.sets, "set", nil, "an interval to try, KIND[/NAMESPACE[/NAME]]=INTERVAL; may be given again")
	f.StringVar(&n.preset, "preset", string(interval.Current), "intervals to try, under those of --set: "+presetNames())
	f.Var(&n.horizon, "horizon", "how much time is simulated; a quarter more goes before, uncounted")
	f.Uint64Var(&n.seed, "seed", 1, "of the simulation: the same seed gives the same figures")
	f.StringVarP(&n.output, "output", "o", "table", "format: table, json")
	return cmd
}

func presetNames() string {
	var names []string
	for _, p := range interval.Presets {
		names = append(names, string(p))
	}
	return strings.Join(names, ", ")
}

// check refuses what cannot be simulated before anything is read.
func (n *simulating) check() error {
	if n.output != "table" && n.output != "json" {
		return usagef("-o %s: there are table and json", n.output)
	}
	if !slices.Contains(interval.Presets, interval.Preset(n.preset)) {
		return usagef("--preset %s: there are %s", n.preset, presetNames())
	}
	if h := time.Duration(n.horizon); h < leastHorizon || h > mostHorizon {
		return usagef("--horizon %s: give 1h to %d days", n.horizon, mostHorizon/(24*time.Hour))
	}
	n.choices = nil
	for _, s := range n.sets {
		c, err := parseChoice(s)
		if err != nil {
			return err
		}
		n.choices = append(n.choices, c)
	}
	return nil
}

// parseChoice reads the value of one --set.
func parseChoice(s string) (interval.Choice, error) {
	object, value, ok := strings.Cut(s, "=")
	parts := strings.Split(object, "/")
	if !ok || len(parts) > 3 || slices.Contains(parts, "") {
		return interval.Choice{}, usagef("--set %q: write KIND=INTERVAL, KIND/NAMESPACE=INTERVAL or KIND/NAMESPACE/NAME=INTERVAL, such as Kustomization=30m", s)
	}
	d, err := time.ParseDuration(value)
	if err != nil {
		return interval.Choice{}, usagef("--set %s: %q is not an interval such as 90s, 10m or 1h30m", object, value)
	}
	if d < interval.ShortestChoice || d > interval.LongestChoice {
		return interval.Choice{}, usagef("--set %s: an interval of %s; give one from 1s to 8760h", object, value)
	}
	c := interval.Choice{Kind: parts[0], Interval: d}
	if len(parts) > 1 {
		c.Namespace = parts[1]
	}
	if len(parts) > 2 {
		c.Name = parts[2]
	}
	return c, nil
}

// simulate prices the fleet, maps it, and works out both sides.
func (n *simulating) simulate(ctx context.Context, s *study, f *collector.Fleet) (*simulation, error) {
	if err := known(f, n.clusters); err != nil {
		return nil, err
	}
	ledger, _, err := s.ledger(ctx, f)
	if err != nil {
		return nil, err
	}
	as := calledIn(f, s.salt)
	chosen, prices := n.chosen(f, ledger, as)
	choices := slices.Clone(n.choices)
	for i := range choices {
		choices[i].Namespace, choices[i].Name = asCalled(as, choices[i].Namespace), asCalled(as, choices[i].Name)
	}
	m := interval.Model(chosen)
	then, err := m.At(interval.Preset(n.preset), choices, s.Interval)
	if err != nil {
		return nil, usagef("--set %w", err)
	}
	horizon := time.Duration(n.horizon)
	o := model.Options{Seed: n.seed, Warmup: horizon / 4, Horizon: horizon}
	r := &simulation{Seed: n.seed, Horizon: horizon.Seconds(), Preset: n.preset, Set: []string{}, Assumed: m.Assumed, Gaps: chosen.Gaps(), Money: moneyWords}
	for _, c := range choices { // with the names that the fleet has
		r.Set = append(r.Set, c.String())
	}
	changes := n.preset != string(interval.Current) || len(choices) > 0
	now, err := m.Forecast(&m.Fleet, o)
	if err != nil {
		return nil, err
	}
	next := now
	if changes {
		if next, err = m.Forecast(&then, o); err != nil {
			return nil, err
		}
	}
	r.fill(chosen, m, now, next, prices)
	r.changes = changes
	return r, nil
}

// asCalled is a name as the fleet has it; none stays none.
func asCalled(as called, name string) string {
	if name == "" {
		return ""
	}
	return as.name(name)
}

// chosen is the fleet of the clusters that were asked for, and what a core costs a
// month in each.
func (n *simulating) chosen(f *collector.Fleet, ledger *pricing.Ledger, as called) (*collector.Fleet, []pricing.Amount) {
	out := &collector.Fleet{Window: f.Window, Pseudonymised: f.Pseudonymised}
	var prices []pricing.Amount
	for i := range f.Clusters {
		if len(n.clusters) > 0 && !slices.ContainsFunc(n.clusters, func(name string) bool { return f.Clusters[i].Name == name || f.Clusters[i].Name == as.name(name) }) {
			continue
		}
		out.Clusters = append(out.Clusters, f.Clusters[i])
		prices = append(prices, ledger.CoreMonth(f, i))
	}
	return out, prices
}
