package interval

import (
	"path"
	"strings"

	"k8s.io/apimachinery/pkg/util/version"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend/interval/model"
)

// priorityQueues are the first versions of Flux's controllers with controller-runtime
// 0.23 (Flux 2.8), whose priority queue is the default since: controller.Options has
// UsePriorityQueue true where nobody sets it, and false up to 0.22. Source- and
// kustomize-controller do not set it (up to 1.10, read in their main.go and
// SetupWithManager); of the others that was not read. Their go.mod and that of their
// api module say which controller-runtime they have: 0.22.4 in the last minor version
// before these.
var priorityQueues = map[string]*version.Version{
	"source-controller":           version.MajorMinor(1, 8),
	"kustomize-controller":        version.MajorMinor(1, 8),
	"helm-controller":             version.MajorMinor(1, 5),
	"notification-controller":     version.MajorMinor(1, 8),
	"image-reflector-controller":  version.MajorMinor(1, 1),
	"image-automation-controller": version.MajorMinor(1, 1),
}

// priorityQueue reports whether a program's queues have one entry a key, as the
// version in the tag of its image tells, and false where no such tag was read.
func (s *clusterMap) priorityQueue(p program) (one, known bool) {
	first := priorityQueues[p.name]
	if first == nil {
		return false, false
	}
	for i := range s.c.Workloads {
		w := &s.c.Workloads[i]
		row, container := collector.ProgramOf(w)
		if row == nil || row.Name != p.name || p.Controller != nil && (w.Namespace != p.Namespace || w.Name != p.Name) {
			continue
		}
		for _, c := range w.Containers {
			if c.Name == container {
				name, v := imageVersion(c.Image)
				known = name == p.name && v != nil
				return known && v.AtLeast(first), known
			}
		}
	}
	return false, false
}

// imageVersion is the name of an image, whatever registry it is in, and the version in
// its tag: kustomize-controller and 1.8.2 of
// mirror.example:5000/fluxcd/kustomize-controller:v1.8.2@sha256:…. nil: no version.
func imageVersion(image string) (name string, v *version.Version) {
	image, _, _ = strings.Cut(image, "@")
	name, tag, _ := strings.Cut(path.Base(image), ":")
	v, err := version.ParseGeneric(tag)
	if err != nil {
		return name, nil
	}
	return name, v
}

// queue is the index of the queue that objects of a kind stand in.
func (s *clusterMap) queue(p program, k *collector.Kind) int {
	key, q := p.name+" "+k.Queue, Queue{Program: p.name, Name: k.Queue}
	if p.Controller != nil {
		key, q.Namespace = p.name+" "+p.Namespace+"/"+p.Name+" "+k.Queue, p.Namespace
	}
	if i, ok := s.queues[key]; ok {
		return i
	}
	var n int
	n, q.WorkersFrom = p.workers(k.Queue)
	s.notes.seen("queue")
	if q.WorkersFrom == collector.FromDefault {
		s.notes.add("queue", "how many workers serve it is not known; its program's default is taken")
	}
	one, known := s.priorityQueue(p)
	if !known && k.Kind != "Application" { // those have client-go's queue, and their own timer
		s.notes.add("queue", "whether a trigger takes the place of its timer, as from controller-runtime 0.23 on, is not known; the timer is taken to stand beside it")
	}
	s.queues[key] = len(s.model.Queues)
	s.model.Queues = append(s.model.Queues, model.Queue{Name: k.Queue, Workers: n, OneEntry: one})
	s.system.Queues = append(s.system.Queues, q)
	return s.queues[key]
}
