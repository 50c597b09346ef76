package prom

import (
	"github.com/prometheus/common/model"

	"github.com/tuppence-dev/tuppence/collector"
)

// owned tells whose a series of a program is: that of the controller, or operator,
// whose pod was scraped. Where no pod is told, a queue of the table tells the
// program, and the only one of it is meant.
type owned struct {
	all        []*collector.Controller
	byWorkload map[collector.WorkloadRef]int
	homes      *homes
	namespaces map[string]bool
}

func (r *run) owned() *owned {
	o := &owned{byWorkload: map[collector.WorkloadRef]int{}, homes: newHomes(r.index), namespaces: map[string]bool{}}
	own := map[objectKey]int{}
	for _, programs := range [][]collector.Controller{r.c.Controllers, r.c.Operators} {
		for i := range programs {
			k := &programs[i]
			o.namespaces[k.Namespace] = true
			own[objectKey{namespace: k.Namespace, name: k.Name}] = len(o.all)
			for _, ref := range k.Workloads {
				o.byWorkload[ref] = len(o.all)
			}
			o.all = append(o.all, k)
		}
	}
	for i := range r.c.Workloads {
		w := &r.c.Workloads[i]
		if k, ok := own[objectKey{namespace: w.Namespace, name: w.Name}]; ok && (w.Kind == "Deployment" || w.Kind == "StatefulSet") {
			o.byWorkload[w.Ref()] = k
		}
	}
	return o
}

// of is the index of the controller that a series is of, and of the workload whose
// pod it was scraped of; false: of none.
func (o *owned) of(m model.Metric) (int, bool) {
	pod := podOf(m)
	if pod.Name == "" {
		return o.byQueue(queueOf(m))
	}
	i := o.homes.guess(pod, 0)
	if i < 0 {
		return 0, false
	}
	k, ok := o.byWorkload[o.homes.workloads[i].Ref()]
	return k, ok
}

func (o *owned) byQueue(queue string) (int, bool) {
	found, n := 0, 0
	for _, k := range collector.Kinds() {
		if queue == "" || k.Queue != queue {
			continue
		}
		for i, c := range o.all {
			p := collector.ProgramNamed(k.Program)
			if c.Kind == k.Program || p != nil && p.Of == "argocd" && c.Kind == "argocd" {
				found, n = i, n+1
			}
		}
		return found, n == 1
	}
	return 0, false
}

// queueOf is the name of the queue that a series is of: workqueues have it as name,
// controller-runtime as controller.
func queueOf(m model.Metric) string {
	if name := string(m["name"]); name != "" {
		return name
	}
	return string(m["controller"])
}
