package interval

import (
	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend/interval/model"
)

// ClusterCosts are what the runs of a cluster cost its programs.
type ClusterCosts struct {
	Programs  []ProgramCost
	APIServer Fit
	Etcd      Fit
}

// ProgramCost is what is known of one controller.
type ProgramCost struct {
	Program string
	*collector.Controller
	Fit Fit
}

// Fit is what a run of a Kustomization costs a program, in cores for runs and
// objects a second: the reference, as far as measurements move it.
type Fit struct {
	model.Fitted
	// Measured tells that there are measurements. Without any, what the program
	// takes while idle is not known.
	Measured bool
}

// idles are what the programs took without load beside the reference run, and how
// far that may be off: an API server and etcd serve much else. Cores.
var idles = struct{ controller, apiServer, etcd model.Estimate }{
	controller: model.Estimate{Value: 0.0003, SD: 0.05},
	apiServer:  model.Estimate{Value: 0.016, SD: 4},
	etcd:       model.Estimate{Value: 0.009, SD: 1},
}

func (k *ClusterCosts) fit(c *collector.Cluster, n *notes) {
	k.APIServer = fitOf(model.NewPrior(model.Reference.APIServer, idles.apiServer), c.ControlPlane.APIServerCost, n)
	k.Etcd = fitOf(model.NewPrior(model.Reference.Etcd, idles.etcd), c.ControlPlane.EtcdCost, n)
	for _, all := range [][]collector.Controller{c.Controllers, c.Operators} {
		for i := range all {
			if all[i].Kind != "argocd" {
				k.Programs = append(k.Programs, ProgramCost{all[i].Kind, &all[i], fitOf(controllerPrior(), all[i].Cost, n)})
			}
		}
	}
}

func controllerPrior() model.Prior {
	return model.NewPrior(model.Reference.Controller, idles.controller)
}

// fitOf learns from measurements, and leaves them where they contradict themselves.
func fitOf(prior model.Prior, m collector.Moments, n *notes) Fit {
	n.seen("cost of a program")
	fit, err := model.Fit(prior, m)
	if err == nil {
		return Fit{fit, m.Steps > 0}
	}
	n.add("cost of a program", "what was measured contradicts itself ("+err.Error()+"); the reference is taken")
	fit, _ = model.Fit(prior, collector.Moments{}) // the priors are valid, as a test shows
	return Fit{Fitted: fit}
}

// program is the index of a program's costs. One that was not read has the
// reference's, and one without a cost by the object only a name.
func (k *ClusterCosts) program(p program) int {
	for i := range k.Programs {
		if q := &k.Programs[i]; q.Controller == p.Controller && (q.Program == p.name || p.Controller != nil && p.Kind != "argocd") {
			return i
		}
	}
	fit, _ := model.Fit(controllerPrior(), collector.Moments{})
	k.Programs = append(k.Programs, ProgramCost{p.name, p.Controller, Fit{Fitted: fit}})
	return len(k.Programs) - 1
}

// of is what a run of a Kustomization costs. One that applies to another cluster
// asks this one's API server for its status alone.
func (k *ClusterCosts) of(t *Task) model.Cost {
	controller := k.Programs[t.Controller].Fit.Coefficient()
	here := t.Objects
	if t.Remote {
		here = 0
	}
	c := model.Coefficients{Controller: controller, APIServer: k.APIServer.Coefficient(), Etcd: k.Etcd.Coefficient()}
	cost := c.Cost(here, len(t.DependsOn), t.Wait)
	cost.Controller = controller.PerRun + controller.PerObject*float64(t.Objects)
	return model.Cost{Controller: min(cost.Controller, mostCost), APIServer: min(cost.APIServer, mostCost),
		Etcd: min(cost.Etcd, mostCost), Calls: min(cost.Calls, mostCost)}
}
